//! One span for each request, whose children are the spans of `tracing` in the function.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use opentelemetry::trace::{SpanKind, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::SdkTracer;

use super::attributes;
use super::propagation::{Propagation, has_parent};
use crate::body::Request;
use crate::error::excerpt;
use crate::measure::{self, OTHER};
use crate::observer::{Fault, Observed, Observer, Outcome};
use crate::scope::EventKey;

/// The spans of one server.
#[derive(Debug)]
pub(super) struct Traces {
    tracing: Arc<Tracing>,
    has_had_one: AtomicBool,
}

#[derive(Debug)]
struct Tracing {
    tracer: SdkTracer,
    propagation: Propagation,
}

impl Traces {
    pub(super) fn new(tracer: SdkTracer, propagation: Propagation) -> Self {
        Self { tracing: Arc::new(Tracing { tracer, propagation }), has_had_one: AtomicBool::new(false) }
    }
}

impl Observer for Traces {
    fn request(&self, request: &Request) -> Arc<dyn Observed> {
        let mut span = Traced {
            tracing: self.tracing.clone(),
            name: name(request),
            arrived: SystemTime::now(),
            parent: self.tracing.propagation.arrived(request.headers()),
            attributes: Vec::new(),
            forwarded: attributes::client(request.headers(), None),
            is_first: !self.has_had_one.swap(true, Ordering::Relaxed),
            started: OnceLock::new(),
        };
        if has_parent(&span.parent) || !is_structured(request.headers()) {
            let cx = span.start(span.parent.clone());
            if cx.span().is_recording() {
                cx.span().set_attributes(attributes::arrival(request));
            }
        } else {
            // Whose child it is stands in the body.
            span.attributes = attributes::arrival(request);
        }
        Arc::new(span)
    }
}

/// As there are no routes, what is asked for is no name: there is no end of paths.
fn name(request: &Request) -> &'static str {
    match measure::method(request.method()) {
        OTHER => "HTTP",
        method => method,
    }
}

fn is_structured(headers: &HeaderMap) -> bool {
    let begins = |text: &[u8], start: &[u8]| text.get(..start.len()).is_some_and(|it| it.eq_ignore_ascii_case(start));
    headers.get(CONTENT_TYPE).is_some_and(|media_type| begins(media_type.as_bytes(), b"application/cloudevents"))
}

/// The span of one request, and all that is needed to start it late.
#[derive(Debug)]
struct Traced {
    tracing: Arc<Tracing>,
    name: &'static str,
    arrived: SystemTime,
    parent: Context,
    attributes: Vec<KeyValue>,
    forwarded: Option<String>,
    is_first: bool,
    started: OnceLock<Context>,
}

impl Traced {
    fn start(&self, parent: Context) -> &Context {
        self.started.get_or_init(|| {
            let tracer = &self.tracing.tracer;
            let builder = tracer.span_builder(self.name);
            let builder = builder.with_kind(SpanKind::Server).with_start_time(self.arrived);
            let builder = builder.with_attributes(self.attributes.iter().cloned());
            parent.with_span(builder.start_with_context(tracer, &parent))
        })
    }

    /// What the end of a request tells.
    fn finish(&self, cx: &Context, outcome: &Outcome<'_>) {
        let span = cx.span();
        let scope = outcome.scope;
        let client = self.forwarded.clone().or_else(|| scope.remote_addr().map(|peer| peer.ip().to_string()));
        span.set_attributes(client.map(|client| KeyValue::new("client.address", client)));
        if let Some(peer) = scope.remote_addr() {
            span.set_attribute(KeyValue::new("network.peer.address", peer.ip().to_string()));
            span.set_attribute(KeyValue::new("network.peer.port", i64::from(peer.port())));
        }
        if let Some(status) = outcome.status {
            span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status.as_u16())));
        }
        span.set_attribute(KeyValue::new("http.request.body.size", number(outcome.request_bytes)));
        span.set_attribute(KeyValue::new("http.response.body.size", number(outcome.response_bytes)));
        span.set_attribute(KeyValue::new("faas.trigger", if scope.event().is_some() { "pubsub" } else { "http" }));
        span.set_attribute(KeyValue::new("faas.invocation_id", scope.request_id_text().to_owned()));
        span.set_attribute(KeyValue::new("faas.coldstart", self.is_first));
        let error_type = attributes::error_type(outcome);
        span.set_attributes(error_type.clone().map(|kind| KeyValue::new("error.type", kind)));
        if let Some(trouble) = trouble(outcome) {
            let mut exception = vec![KeyValue::new("exception.type", error_type.unwrap_or_default())];
            exception.extend(outcome.error.map(|error| KeyValue::new("exception.message", error.to_owned())));
            span.add_event("exception", exception);
            span.set_status(Status::error(trouble));
        }
    }
}

/// Why a request failed by a fault on our side. A client that asks for what is wrong or goes away is none.
fn trouble(outcome: &Outcome<'_>) -> Option<String> {
    let failed = outcome.status.filter(StatusCode::is_server_error);
    let is_ours = matches!(outcome.fault, Some(Fault::Panicked | Fault::Broken)) || failed.is_some();
    is_ours.then(|| {
        let mut words = outcome.error.unwrap_or_default().to_owned();
        if let Some(status) = failed.filter(|_| words.is_empty()) {
            let _ = write!(words, "{status}");
        }
        words
    })
}

/// Whether both are of the same span.
fn is_same(one: &Context, other: &Context) -> bool {
    let (one, other) = (one.span(), other.span());
    let (one, other) = (one.span_context(), other.span_context());
    (one.trace_id(), one.span_id()) == (other.trace_id(), other.span_id())
}

fn number(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

impl Observed for Traced {
    fn begun(&self, event: Option<&EventKey>) {
        let origin = event.map(|event| self.tracing.propagation.with_event(self.parent.clone(), event));
        let started = self.started.get();
        let cx = started.unwrap_or_else(|| self.start(origin.clone().unwrap_or_else(|| self.parent.clone())));
        if let Some(event) = event.filter(|_| cx.span().is_recording()) {
            let source = excerpt(&event.source);
            cx.span().update_name(format!("{source} process").trim_start().to_owned());
            cx.span().set_attributes(attributes::event(event));
            if let Some(origin) = origin.filter(|origin| started.is_some() && !is_same(origin, &self.parent)) {
                // The child of a proxy, for one, still has to do with what made the event.
                cx.span().add_link(origin.span().span_context().clone(), Vec::new());
            }
        }
    }

    fn enter(&self, code: &mut dyn FnMut()) {
        let _current = self.started.get().map(|cx| cx.clone().attach());
        code();
    }

    fn inject(&self, headers: &mut HeaderMap) -> bool {
        let current = Context::current();
        let own = || self.started.get().cloned();
        let cx = if has_parent(&current) { Some(current) } else { own() };
        if let Some(cx) = &cx {
            self.tracing.propagation.inject(cx, headers);
        }
        cx.is_some()
    }

    fn ended(&self, outcome: &Outcome<'_>) {
        let cx = self.start(self.parent.clone());
        if cx.span().is_recording() {
            self.finish(cx, outcome);
        }
        cx.span().end();
    }
}
