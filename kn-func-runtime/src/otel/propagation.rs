//! What comes with a request of its trace, and what goes on with the requests that the function makes.

use http::{HeaderMap, HeaderName};
use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

use super::settings::Propagator;
use crate::scope::EventKey;
use crate::trace::TraceHeaders;

static OF_EVENT: [(&str, HeaderName); 2] = [
    ("traceparent", HeaderName::from_static("ce-traceparent")),
    ("tracestate", HeaderName::from_static("ce-tracestate")),
];

/// The ways to say which trace a request belongs to that are switched on: W3C Trace Context and W3C Baggage.
#[derive(Debug)]
pub(super) struct Propagation {
    trace: Option<TraceContextPropagator>,
    baggage: Option<BaggagePropagator>,
}

impl Propagation {
    pub(super) fn new(propagators: &[Propagator]) -> Self {
        Self {
            trace: propagators.contains(&Propagator::TraceContext).then(TraceContextPropagator::new),
            baggage: propagators.contains(&Propagator::Baggage).then(BaggagePropagator::new),
        }
    }

    /// The context that a request came with: of its headers, else of those that an event in binary mode has.
    pub(super) fn arrived(&self, headers: &HeaderMap) -> Context {
        // Lists in several fields are one list.
        let mut whole = HeaderMap::new();
        TraceHeaders::of(headers).add_to(&mut whole);
        let cx = match &self.baggage {
            Some(baggage) => baggage.extract_with_context(&Context::new(), &HeaderExtractor(&whole)),
            None => Context::new(),
        };
        let cx = self.with_parent(cx, &HeaderExtractor(&whole));
        if has_parent(&cx) { cx } else { self.with_parent(cx, &EventHeaders(headers)) }
    }

    /// Adds the parent that an event names.
    pub(super) fn with_event(&self, cx: Context, event: &EventKey) -> Context {
        let mut attributes = HeaderMap::new();
        event.trace.add_to(&mut attributes);
        self.with_parent(cx, &HeaderExtractor(&attributes))
    }

    fn with_parent(&self, cx: Context, carrier: &dyn Extractor) -> Context {
        match &self.trace {
            Some(trace) => trace.extract_with_context(&cx, carrier),
            None => cx,
        }
    }

    /// Adds what continues the trace.
    pub(super) fn inject(&self, cx: &Context, headers: &mut HeaderMap) {
        if let Some(trace) = &self.trace {
            trace.inject_context(cx, &mut HeaderInjector(headers));
        }
        if let Some(baggage) = self.baggage.as_ref().filter(|_| !cx.baggage().is_empty()) {
            baggage.inject_context(cx, &mut HeaderInjector(headers));
        }
        // A state that is empty says nothing.
        if headers.get("tracestate").is_some_and(|state| state.is_empty()) {
            headers.remove("tracestate");
        }
    }
}

/// Whether it is known whose child a span is.
pub(super) fn has_parent(cx: &Context) -> bool {
    cx.span().span_context().is_valid()
}

/// The attributes of CloudEvents' extension "Distributed Tracing" in binary mode.
struct EventHeaders<'a>(&'a HeaderMap);

impl Extractor for EventHeaders<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        let (_, name) = OF_EVENT.iter().find(|(attribute, _)| *attribute == key)?;
        self.0.get(name)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        OF_EVENT.iter().map(|(attribute, _)| *attribute).collect()
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const OTHER: &str = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-00";

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    fn passed_on(propagators: &[Propagator], pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let propagation = Propagation::new(propagators);
        let mut passed_on = HeaderMap::new();
        propagation.inject(&propagation.arrived(&headers(pairs)), &mut passed_on);
        passed_on
    }

    const BOTH: [Propagator; 2] = [Propagator::TraceContext, Propagator::Baggage];

    #[test]
    fn parent_state_and_baggage_are_passed_on() {
        let all = [("traceparent", PARENT), ("tracestate", "a=1,b=2"), ("baggage", "user=7")];
        assert_eq!(passed_on(&BOTH, &all), headers(&all));
    }

    #[test]
    fn a_header_wins_over_the_attribute_of_an_event() {
        let passed_on = passed_on(&BOTH, &[("ce-traceparent", OTHER), ("traceparent", PARENT)]);
        assert_eq!(passed_on["traceparent"], PARENT);
    }

    #[test]
    fn an_event_names_its_parent_where_no_header_does() {
        let event = [("ce-traceparent", OTHER), ("ce-tracestate", "a=1"), ("traceparent", "nonsense")];
        assert_eq!(passed_on(&BOTH, &event), headers(&[("traceparent", OTHER), ("tracestate", "a=1")]));
    }

    #[test]
    fn a_list_in_several_fields_is_one_list() {
        let mut sent = headers(&[("traceparent", PARENT), ("tracestate", "a=1"), ("baggage", "user=7")]);
        sent.append("tracestate", HeaderValue::from_static("b=2"));
        sent.append("baggage", HeaderValue::from_static("shop=8"));
        let cx = Propagation::new(&BOTH).arrived(&sent);
        assert_eq!(cx.span().span_context().trace_state().header(), "a=1,b=2");
        assert_eq!(cx.baggage().len(), 2);
    }

    #[test]
    fn what_is_switched_off_is_not_passed_on() {
        let all = [("traceparent", PARENT), ("baggage", "user=7")];
        assert_eq!(passed_on(&[], &all), HeaderMap::new());
        assert_eq!(passed_on(&[Propagator::Baggage], &all), headers(&[("baggage", "user=7")]));
        assert_eq!(passed_on(&[Propagator::TraceContext], &all), headers(&[("traceparent", PARENT)]));
    }
}
