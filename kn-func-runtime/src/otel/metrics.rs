//! What is counted of requests, for the Collector: the same as the feature `metrics` has for Prometheus.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter, UpDownCounter};

use super::attributes;
use crate::body::Request;
use crate::measure::{self, EventTypes};
use crate::observer::{Fault, Observed, Observer, Outcome};
use crate::scope::EventKey;

/// The instruments of one server.
#[derive(Debug, Clone)]
pub(super) struct Requests(Arc<Instruments>);

#[derive(Debug)]
struct Instruments {
    durations: Histogram<f64>,
    received: Histogram<u64>,
    sent: Histogram<u64>,
    active: UpDownCounter<i64>,
    events: Counter<u64>,
    event_types: EventTypes,
    panics: Counter<u64>,
    shed: Counter<u64>,
    timeouts: Counter<u64>,
    broken: Counter<u64>,
    gone: Counter<u64>,
    cold_start: Histogram<f64>,
}

impl Requests {
    pub(super) fn new(meter: &Meter) -> Self {
        let seconds = |name: &'static str, what: &'static str| {
            meter
                .f64_histogram(name)
                .with_unit("s")
                .with_description(what)
                .with_boundaries(measure::SECONDS.into())
                .build()
        };
        let bytes = |name: &'static str, what: &'static str| {
            meter
                .u64_histogram(name)
                .with_unit("By")
                .with_description(what)
                .with_boundaries(measure::BYTES.into())
                .build()
        };
        let count = |name: &'static str, unit: &'static str, what: &'static str| {
            meter.u64_counter(name).with_unit(unit).with_description(what).build()
        };
        Self(Arc::new(Instruments {
            durations: seconds(
                "http.server.request.duration",
                "Time from the arrival of a request to the last byte of its answer",
            ),
            received: bytes("http.server.request.body.size", "Bytes of a request's body that were read"),
            sent: bytes("http.server.response.body.size", "Bytes of an answer's body that were sent"),
            active: meter
                .i64_up_down_counter("http.server.active_requests")
                .with_unit("{request}")
                .with_description("Requests in flight")
                .build(),
            events: count("kn.function.events", "{event}", "Events that the function was called with, by type"),
            event_types: EventTypes::default(),
            panics: count(
                "kn.function.panics",
                "{panic}",
                "Panics of the function, of its streams and of its spawned work",
            ),
            shed: count("kn.function.shed_requests", "{request}", "Requests refused at FUNC_CONCURRENCY"),
            timeouts: count("kn.function.timeouts", "{request}", "Requests out of the time of FUNC_REQUEST_TIMEOUT"),
            broken: count("kn.function.broken_answers", "{answer}", "Streaming answers that failed in the middle"),
            gone: count(
                "kn.function.client_disconnects",
                "{request}",
                "Requests whose client went away before the end of the answer",
            ),
            cold_start: seconds("faas.init_duration", "Cold start: from the exec of the process until it listens"),
        }))
    }

    /// The process listens, so long after it was executed.
    pub(super) fn is_ready(&self, after: Duration) {
        self.0.cold_start.record(after.as_secs_f64(), &[]);
    }
}

impl Observer for Requests {
    fn request(&self, request: &Request) -> Arc<dyn Observed> {
        let labels = [
            KeyValue::new("http.request.method", measure::method(request.method())),
            KeyValue::new("url.scheme", attributes::scheme(request)),
        ];
        self.0.active.add(1, &labels);
        Arc::new(Counted { instruments: self.0.clone(), labels })
    }
}

/// One request that is counted.
#[derive(Debug)]
struct Counted {
    instruments: Arc<Instruments>,
    labels: [KeyValue; 2],
}

impl Observed for Counted {
    fn begun(&self, event: Option<&EventKey>) {
        if let Some(event) = event {
            let ty = self.instruments.event_types.name(&event.ty).to_owned();
            self.instruments.events.add(1, &[KeyValue::new("cloudevents.event_type", ty)]);
        }
    }

    fn panicked(&self) {
        self.instruments.panics.add(1, &[]);
    }

    fn ended(&self, outcome: &Outcome<'_>) {
        let Self { instruments, labels } = self;
        instruments.active.add(-1, labels);
        let mut labels = labels.to_vec();
        labels.push(KeyValue::new("http.response.status_code", i64::from(measure::status(outcome))));
        labels.extend(attributes::error_type(outcome).map(|kind| KeyValue::new("error.type", kind)));
        instruments.durations.record(outcome.time.as_secs_f64(), &labels);
        instruments.received.record(outcome.request_bytes, &labels);
        instruments.sent.record(outcome.response_bytes, &labels);
        match outcome.fault {
            Some(Fault::Shed) => instruments.shed.add(1, &[]),
            Some(Fault::TimedOut) => instruments.timeouts.add(1, &[]),
            Some(Fault::Broken) => instruments.broken.add(1, &[]),
            Some(Fault::ClientGone) => instruments.gone.add(1, &[]),
            // Counted where it happened, as there may be several.
            Some(Fault::Panicked) | None => {}
        }
    }
}
