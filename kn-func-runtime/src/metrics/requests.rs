//! What is counted of requests.

use std::sync::Arc;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::body::Request;
use crate::measure::{self, EventTypes};
use crate::observer::{Fault, Observed, Observer, Outcome};
use crate::scope::EventKey;

/// The counters of one server.
#[derive(Debug, Clone)]
pub(super) struct Requests(Arc<Counters>);

#[derive(Debug)]
struct Counters {
    requests: Family<Ended, Counter>,
    durations: Family<Ended, Histogram>,
    received: Family<Ended, Histogram>,
    sent: Family<Ended, Histogram>,
    active: Family<InFlight, Gauge>,
    events: Family<OfType, Counter>,
    event_types: EventTypes,
    panics: Counter,
    shed: Counter,
    timeouts: Counter,
    broken: Counter,
    gone: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InFlight {
    http_request_method: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    http_request_method: &'static str,
    http_response_status_code: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfType {
    cloudevents_event_type: String,
}

fn durations() -> Histogram {
    Histogram::new(measure::SECONDS)
}

fn sizes() -> Histogram {
    Histogram::new(measure::BYTES)
}

impl Requests {
    /// Counters that begin at 0, in their place on the page.
    pub(super) fn register(registry: &mut Registry) -> Self {
        let counters = Counters {
            requests: Family::default(),
            durations: Family::new_with_constructor(durations),
            received: Family::new_with_constructor(sizes),
            sent: Family::new_with_constructor(sizes),
            active: Family::default(),
            events: Family::default(),
            event_types: EventTypes::default(),
            panics: Counter::default(),
            shed: Counter::default(),
            timeouts: Counter::default(),
            broken: Counter::default(),
            gone: Counter::default(),
        };
        let http = registry.sub_registry_with_prefix("http_server");
        http.register(
            "requests",
            "Requests that ended, health probes aside; 499 is a client that went away before the answer",
            counters.requests.clone(),
        );
        http.register_with_unit(
            "request_duration",
            "Time from the arrival of a request to the last byte of its answer",
            Unit::Seconds,
            counters.durations.clone(),
        );
        http.register("active_requests", "Requests in flight", counters.active.clone());
        http.register_with_unit(
            "request_body_size",
            "Bytes of a request's body that were read",
            Unit::Bytes,
            counters.received.clone(),
        );
        http.register_with_unit(
            "response_body_size",
            "Bytes of an answer's body that were sent",
            Unit::Bytes,
            counters.sent.clone(),
        );
        let function = registry.sub_registry_with_prefix("kn_function");
        function.register("events", "Events that the function was called with, by type", counters.events.clone());
        function.register(
            "panics",
            "Panics of the function, of its streams and of its spawned work",
            counters.panics.clone(),
        );
        function.register("shed_requests", "Requests refused at FUNC_CONCURRENCY", counters.shed.clone());
        function.register("timeouts", "Requests out of the time of FUNC_REQUEST_TIMEOUT", counters.timeouts.clone());
        function.register("broken_answers", "Streaming answers that failed in the middle", counters.broken.clone());
        function.register(
            "client_disconnects",
            "Requests whose client went away before the end of the answer",
            counters.gone.clone(),
        );
        Self(Arc::new(counters))
    }
}

impl Observer for Requests {
    fn request(&self, request: &Request) -> Arc<dyn Observed> {
        let method = measure::method(request.method());
        self.0.active.get_or_create(&InFlight { http_request_method: method }).inc();
        Arc::new(Counted { counters: self.0.clone(), method })
    }
}

/// One request that is counted.
#[derive(Debug)]
struct Counted {
    counters: Arc<Counters>,
    method: &'static str,
}

impl Observed for Counted {
    fn begun(&self, event: Option<&EventKey>) {
        if let Some(event) = event {
            let name = self.counters.event_types.name(&event.ty).to_owned();
            self.counters.events.get_or_create(&OfType { cloudevents_event_type: name }).inc();
        }
    }

    fn panicked(&self) {
        self.counters.panics.inc();
    }

    fn ended(&self, outcome: &Outcome<'_>) {
        let Self { counters, method } = self;
        let ended = Ended { http_request_method: method, http_response_status_code: measure::status(outcome) };
        counters.active.get_or_create(&InFlight { http_request_method: method }).dec();
        counters.requests.get_or_create(&ended).inc();
        counters.durations.get_or_create(&ended).observe(outcome.time.as_secs_f64());
        counters.received.get_or_create(&ended).observe(outcome.request_bytes as f64);
        counters.sent.get_or_create(&ended).observe(outcome.response_bytes as f64);
        match outcome.fault {
            Some(Fault::Shed) => counters.shed.inc(),
            Some(Fault::TimedOut) => counters.timeouts.inc(),
            Some(Fault::Broken) => counters.broken.inc(),
            Some(Fault::ClientGone) => counters.gone.inc(),
            // Counted where it happened, as there may be several.
            Some(Fault::Panicked) | None => 0,
        };
    }
}
