//! What spans and metrics say of a request, in the words of OpenTelemetry's semantic conventions.

use std::net::SocketAddr;

use http::header::{HOST, USER_AGENT};
use http::uri::Authority;
use http::{HeaderMap, Version};
use opentelemetry::KeyValue;

use crate::body::Request;
use crate::error::excerpt;
use crate::measure::{self, OTHER};
use crate::observer::{Fault, Outcome};
use crate::scope::EventKey;

/// How the client reached us, which a proxy knows better.
pub(super) fn scheme(request: &Request) -> &'static str {
    let of_proxy = request.headers().get("x-forwarded-proto").map(|scheme| scheme.as_bytes());
    let own = || request.uri().scheme_str().map(str::as_bytes);
    match of_proxy.or_else(own) {
        Some(scheme) if scheme.eq_ignore_ascii_case(b"https") => "https",
        _ => "http",
    }
}

/// What is known of a request when it arrives. Its query may hold what nobody should read elsewhere, so it is left out.
pub(super) fn arrival(request: &Request) -> Vec<KeyValue> {
    let method = measure::method(request.method());
    let mut attributes = vec![
        KeyValue::new("http.request.method", method),
        KeyValue::new("url.path", excerpt(request.uri().path()).to_owned()),
        KeyValue::new("url.scheme", scheme(request)),
    ];
    if method == OTHER {
        attributes.push(KeyValue::new("http.request.method_original", excerpt(request.method().as_str()).to_owned()));
    }
    if let Some(version) = version(request.version()) {
        attributes.push(KeyValue::new("network.protocol.version", version));
    }
    if let Some(server) = server(request) {
        attributes.push(KeyValue::new("server.address", excerpt(server.host()).to_owned()));
        attributes.extend(server.port_u16().map(|port| KeyValue::new("server.port", i64::from(port))));
    }
    if let Some(agent) = request.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok()) {
        attributes.push(KeyValue::new("user_agent.original", excerpt(agent).to_owned()));
    }
    attributes
}

fn version(version: Version) -> Option<&'static str> {
    match version {
        Version::HTTP_10 => Some("1.0"),
        Version::HTTP_11 => Some("1.1"),
        Version::HTTP_2 => Some("2"),
        _ => None,
    }
}

fn server(request: &Request) -> Option<Authority> {
    let of_header = || request.headers().get(HOST)?.to_str().ok()?.parse().ok();
    request.uri().authority().cloned().or_else(of_header)
}

/// The first one that a proxy names is the client; who names none is it.
pub(super) fn client(headers: &HeaderMap, peer: Option<SocketAddr>) -> Option<String> {
    let forwarded = headers.get("x-forwarded-for").and_then(|list| list.to_str().ok()?.split(',').next());
    let forwarded = forwarded.map(str::trim).filter(|first| !first.is_empty());
    forwarded.map(|first| excerpt(first).to_owned()).or_else(|| peer.map(|peer| peer.ip().to_string()))
}

/// What is known of an event when it was read. Its id is for spans only, as there is no end of ids.
pub(super) fn event(event: &EventKey) -> Vec<KeyValue> {
    let mut attributes = vec![
        KeyValue::new("messaging.system", "knative"),
        KeyValue::new("messaging.operation.name", "process"),
        KeyValue::new("messaging.operation.type", "process"),
        KeyValue::new("messaging.message.id", event.id.clone()),
        KeyValue::new("cloudevents.event_id", event.id.clone()),
        KeyValue::new("cloudevents.event_source", excerpt(&event.source).to_owned()),
        KeyValue::new("cloudevents.event_type", excerpt(&event.ty).to_owned()),
        KeyValue::new("cloudevents.event_spec_version", "1.0"),
    ];
    if let Some(subject) = &event.subject {
        attributes.push(KeyValue::new("cloudevents.event_subject", excerpt(subject).to_owned()));
    }
    attributes
}

/// What kind of error a request ended with: what went wrong on our side, else the status of a failed answer.
pub(super) fn error_type(outcome: &Outcome<'_>) -> Option<String> {
    let of_status =
        || outcome.status.filter(|status| status.is_server_error()).map(|status| status.as_str().to_owned());
    let kind = match outcome.fault {
        Some(Fault::Panicked) => "panic",
        Some(Fault::TimedOut) => "timeout",
        Some(Fault::Broken) => "broken_answer",
        Some(Fault::ClientGone) => "client_disconnect",
        Some(Fault::Shed) | None => return of_status(),
    };
    Some(kind.to_owned())
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;
    use crate::body::Body;

    fn request(method: &str, uri: &str, headers: &[(&'static str, &'static str)]) -> Request {
        let mut request = Request::new(Body::empty());
        *request.method_mut() = method.parse().unwrap();
        *request.uri_mut() = uri.parse().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        request
    }

    fn said(attributes: &[KeyValue]) -> Vec<String> {
        attributes.iter().map(|it| format!("{}={}", it.key, it.value)).collect()
    }

    #[test]
    fn a_request_is_told_without_its_query() {
        let request = request("GET", "/a/b?token=secret", &[("host", "shop.example:8080"), ("user-agent", "curl/8")]);
        let expected = [
            "http.request.method=GET",
            "url.path=/a/b",
            "url.scheme=http",
            "network.protocol.version=1.1",
            "server.address=shop.example",
            "server.port=8080",
            "user_agent.original=curl/8",
        ];
        assert_eq!(said(&arrival(&request)), expected);
    }

    #[test]
    fn a_method_of_no_standard_is_another_one() {
        let said = said(&arrival(&request("BREW", "/", &[])));
        assert!(said.contains(&"http.request.method=_OTHER".to_owned()), "{said:?}");
        assert!(said.contains(&"http.request.method_original=BREW".to_owned()), "{said:?}");
    }

    #[test]
    fn a_proxy_knows_scheme_and_client() {
        let proxied =
            request("GET", "/", &[("x-forwarded-proto", "https"), ("x-forwarded-for", "192.0.2.7, 10.0.0.1")]);
        let peer = Some(SocketAddr::from(([10, 0, 0, 1], 4000)));
        assert_eq!(scheme(&proxied), "https");
        assert_eq!(client(proxied.headers(), peer).as_deref(), Some("192.0.2.7"));
        assert_eq!(client(&HeaderMap::new(), peer).as_deref(), Some("10.0.0.1"));
        assert_eq!(client(&HeaderMap::new(), None), None);
    }
}
