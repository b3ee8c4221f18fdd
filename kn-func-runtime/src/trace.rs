//! The trace that a request belongs to: W3C Trace Context and Baggage, as headers or as attributes of an event.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::scope::Scope;

static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
static TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
static BAGGAGE: HeaderName = HeaderName::from_static("baggage");

/// Continues the trace of the running request in the headers of a request that the function makes: sets `traceparent`, `tracestate`
/// and `baggage` (W3C Trace Context and W3C Baggage).
///
/// With the feature `otel` and tracing switched on, the parent is the span that is running. Without, what came with the request is passed on
/// as it is, from the headers or from the attributes of the event. Outside of a request nothing is set; a task of your own belongs
/// to the request if it is run by [`Context::spawn`](crate::Context::spawn) or [`Context::handle`](crate::Context::handle).
///
/// ```
/// use kn_func_runtime::{Context, Function, HeaderMap, TestClient, propagate};
///
/// async fn ask(_: Context) -> String {
///     let mut headers = HeaderMap::new();
///     propagate(&mut headers);
///     // With reqwest: client.get(url).headers(headers)
///     headers["traceparent"].to_str().unwrap_or_default().to_owned()
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// let client = TestClient::new(Function::new(ask));
/// assert_eq!(client.get("/").header("traceparent", trace).send().await.text(), trace);
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn propagate(headers: &mut HeaderMap) {
    Scope::current(|scope| scope.propagate(headers));
}

/// What a sender says of the trace.
#[derive(Debug, Clone, Default)]
pub(crate) struct TraceHeaders {
    parent: Option<HeaderValue>,
    state: Option<HeaderValue>,
    baggage: Option<HeaderValue>,
}

/// The ids of a valid `traceparent` (Trace Context, section 3.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TraceParent<'a> {
    pub(crate) trace_id: &'a str,
    pub(crate) span_id: &'a str,
}

impl TraceHeaders {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let parent = headers.get(&TRACEPARENT).cloned();
        // Without a parent its state means nothing.
        let state = parent.as_ref().and_then(|_| list(headers, &TRACESTATE));
        Self { parent, state, baggage: list(headers, &BAGGAGE) }
    }

    /// Those of an event: CloudEvents, extension "Distributed Tracing".
    pub(crate) fn of_event(parent: Option<String>, state: Option<String>) -> Self {
        let value = |text: Option<String>| text.and_then(|text| HeaderValue::try_from(text).ok());
        let parent = value(parent);
        let state = parent.as_ref().and_then(|_| value(state));
        Self { parent, state, baggage: None }
    }

    pub(crate) fn has_parent(&self) -> bool {
        self.parent().is_some()
    }

    pub(crate) fn parent(&self) -> Option<TraceParent<'_>> {
        let mut fields = self.parent.as_ref()?.to_str().ok()?.split('-');
        let (version, trace_id, span_id) = (fields.next()?, fields.next()?, fields.next()?);
        let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let is_id = |id: &str, digits| id.len() == digits && is_hex(id) && id.bytes().any(|byte| byte != b'0');
        let is_valid =
            version.len() == 2 && is_hex(version) && version != "ff" && is_id(trace_id, 32) && is_id(span_id, 16);
        is_valid.then_some(TraceParent { trace_id, span_id })
    }

    pub(crate) fn add_to(&self, headers: &mut HeaderMap) {
        for (name, value) in [(&TRACEPARENT, &self.parent), (&TRACESTATE, &self.state), (&BAGGAGE, &self.baggage)] {
            if let Some(value) = value {
                headers.insert(name, value.clone());
            }
        }
    }
}

/// A list that may come in several header fields (RFC 9110, section 5.3).
fn list(headers: &HeaderMap, name: &HeaderName) -> Option<HeaderValue> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    let Some(second) = values.next() else { return Some(first.clone()) };
    let all: Vec<_> = [first, second].into_iter().chain(values).map(HeaderValue::as_bytes).collect();
    HeaderValue::from_bytes(&all.join(&b","[..])).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn headers(parent: &str) -> TraceHeaders {
        TraceHeaders::of_event(Some(parent.to_owned()), Some("a=1".to_owned()))
    }

    #[test]
    fn ids_are_read_only_from_a_valid_traceparent() {
        let (trace_id, span_id) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
        assert_eq!(headers(VALID).parent(), Some(TraceParent { trace_id, span_id }));
        let zeros = |digits: usize| "0".repeat(digits);
        let no_trace = format!("00-{}-{span_id}-01", zeros(32));
        let no_span = format!("00-{trace_id}-{}-01", zeros(16));
        let version = VALID.replacen("00", "ff", 1);
        for invalid in ["", "00", "00-0-0-0", &no_trace, &no_span, &version, &VALID.to_uppercase()] {
            assert_eq!(headers(invalid).parent(), None, "{invalid}");
        }
    }

    #[test]
    fn a_list_in_several_fields_is_one_list() {
        let mut sent = HeaderMap::new();
        for (name, value) in [(&TRACEPARENT, VALID), (&TRACESTATE, "a=1"), (&TRACESTATE, "b=2"), (&BAGGAGE, "shop=7")] {
            sent.append(name, HeaderValue::from_static(value));
        }
        let mut added = HeaderMap::new();
        TraceHeaders::of(&sent).add_to(&mut added);
        assert_eq!((&added[&TRACESTATE], &added[&BAGGAGE]), (&"a=1,b=2".parse().unwrap(), &"shop=7".parse().unwrap()));
    }

    #[test]
    fn a_state_without_a_parent_is_left_out() {
        let mut sent = HeaderMap::new();
        sent.insert(&TRACESTATE, HeaderValue::from_static("a=1"));
        sent.insert(&BAGGAGE, HeaderValue::from_static("shop=7"));
        let mut added = HeaderMap::new();
        TraceHeaders::of(&sent).add_to(&mut added);
        assert!(!added.contains_key(&TRACESTATE));
        assert_eq!(added[&BAGGAGE], "shop=7");
    }
}
