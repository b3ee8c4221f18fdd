//! A request, as those who describe it to a function look at it.

use std::borrow::Cow;
use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderMap, Method, Uri, Version};
use kn_func_runtime::Context;

use crate::route::Matched;

/// Media types that are text, beside `text/...`, `...+json` and `...+xml`.
const TEXTS: [&str; 3] = ["application/json", "application/javascript", "application/xml"];

/// What is known of a request.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Incoming<'a> {
    /// The method.
    pub method: &'a Method,
    /// Path and query.
    pub uri: &'a Uri,
    /// The version of HTTP.
    pub version: Version,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The whole body.
    pub body: &'a Bytes,
    /// Its id.
    pub request_id: &'a str,
    remote_addr: Option<SocketAddr>,
}

/// A body, as AWS gives it to a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content<'a> {
    /// No body.
    Empty,
    /// Text, by its content type, and UTF-8.
    Text(&'a str),
    /// Anything else, which travels in JSON as base64.
    Binary(&'a [u8]),
}

impl<'a> Incoming<'a> {
    /// The stage and the route of an API that has only one.
    pub const DEFAULT: &'static str = "$default";

    /// Looks at a request.
    pub fn new(request: &'a http::Request<Bytes>, request_id: &'a str, remote_addr: Option<SocketAddr>) -> Self {
        Self {
            method: request.method(),
            uri: request.uri(),
            version: request.version(),
            headers: request.headers(),
            body: request.body(),
            request_id,
            remote_addr,
        }
    }

    pub(crate) fn of(ctx: &'a Context) -> Self {
        Self::new(ctx.request(), ctx.request_id(), ctx.remote_addr())
    }

    /// A header as text; empty if it is missing or no text.
    pub fn header(&self, name: impl http::header::AsHeaderName) -> &'a str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The host that the client asked for.
    pub fn host(&self) -> &'a str {
        match self.header(HOST) {
            "" => self.uri.authority().map_or("localhost", |authority| authority.as_str()),
            host => host,
        }
    }

    /// The name of the host without its port.
    pub fn domain(&self) -> &'a str {
        let host = self.host();
        match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        }
    }

    /// The first label of the host.
    pub fn domain_prefix(&self) -> &'a str {
        self.domain().split('.').next().unwrap_or_default()
    }

    /// The path, still percent-encoded.
    pub fn path(&self) -> &'a str {
        self.uri.path()
    }

    /// The query without its question mark.
    pub fn query(&self) -> &'a str {
        self.uri.query().unwrap_or_default()
    }

    /// The client: the first one of `X-Forwarded-For`, else the peer.
    pub fn source_ip(&self) -> Cow<'a, str> {
        let forwarded = self.header("x-forwarded-for").split(',').next().unwrap_or_default().trim();
        match forwarded {
            "" => self.remote_addr.map(|address| address.ip().to_string()).unwrap_or_default().into(),
            client => client.into(),
        }
    }

    /// The name of the client's program.
    pub fn user_agent(&self) -> &'a str {
        self.header(USER_AGENT)
    }

    /// The version as AWS writes it.
    pub fn protocol(&self) -> &'static str {
        match self.version {
            Version::HTTP_2 => "HTTP/2.0",
            Version::HTTP_10 => "HTTP/1.0",
            _ => "HTTP/1.1",
        }
    }

    /// `GET /users/{id}`, or `$default` if no pattern matches.
    pub fn route_key(&self, matched: &Matched) -> String {
        matched.pattern.as_ref().map_or_else(|| Self::DEFAULT.into(), |pattern| format!("{} {pattern}", self.method))
    }

    /// The body, as text if its content type says so or is missing, as an HTTP API decides it.
    pub fn content(&self) -> Content<'a> {
        let is_text = !self.headers.contains_key(CONTENT_ENCODING) && is_text(self.header(CONTENT_TYPE));
        content(self.body, is_text)
    }

    /// The body as text if it is UTF-8, as a REST API decides it.
    pub(crate) fn content_if_utf8(&self) -> Content<'a> {
        content(self.body, true)
    }
}

impl<'a> Content<'a> {
    /// The body in JSON, and whether it is base64.
    pub(crate) fn encoded(self) -> (Option<Cow<'a, str>>, bool) {
        match self {
            Self::Empty => (None, false),
            Self::Text(text) => (Some(text.into()), false),
            Self::Binary(bytes) => (Some(STANDARD.encode(bytes).into()), true),
        }
    }
}

fn content(body: &Bytes, may_be_text: bool) -> Content<'_> {
    match std::str::from_utf8(body) {
        _ if body.is_empty() => Content::Empty,
        Ok(text) if may_be_text => Content::Text(text),
        _ => Content::Binary(body),
    }
}

/// Whether a content type is one of text; a missing one is.
fn is_text(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.is_empty()
        || essence.starts_with("text/")
        || TEXTS.contains(&essence.as_str())
        || essence.ends_with("+json")
        || essence.ends_with("+xml")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&'static str, &'static str)], body: &'static [u8]) -> http::Request<Bytes> {
        let mut request = http::Request::new(Bytes::from_static(body));
        for (name, value) in headers {
            request.headers_mut().append(*name, http::HeaderValue::from_static(value));
        }
        request
    }

    #[test]
    fn a_body_is_text_by_its_content_type() {
        let cases: [(&[(&str, &str)], bool); 8] = [
            (&[], true),
            (&[("content-type", "text/csv")], true),
            (&[("content-type", "Application/JSON; charset=utf-8")], true),
            (&[("content-type", "application/problem+json")], true),
            (&[("content-type", "application/x-www-form-urlencoded")], false),
            (&[("content-type", "image/png")], false),
            (&[("content-type", "application/octet-stream")], false),
            (&[("content-type", "text/plain"), ("content-encoding", "gzip")], false),
        ];
        for (headers, is_text) in cases {
            let request = request(headers, b"a");
            let content = Incoming::new(&request, "", None).content();
            assert_eq!(content == Content::Text("a"), is_text, "{headers:?}");
        }
    }

    #[test]
    fn text_that_is_not_utf8_is_binary() {
        let request = request(&[("content-type", "text/plain")], b"\xff");
        assert_eq!(Incoming::new(&request, "", None).content(), Content::Binary(b"\xff"));
    }

    #[test]
    fn the_client_is_the_first_that_was_forwarded_for() {
        let forwarded = request(&[("x-forwarded-for", "203.0.113.7, 10.0.0.1")], b"");
        assert_eq!(Incoming::new(&forwarded, "", None).source_ip(), "203.0.113.7");
        let peer = "[::1]:80".parse().ok();
        assert_eq!(Incoming::new(&request(&[], b""), "", peer).source_ip(), "::1");
    }

    #[test]
    fn a_domain_has_no_port() {
        for (host, domain, prefix) in [
            ("a.example:80", "a.example", "a"),
            ("a.example", "a.example", "a"),
            ("localhost", "localhost", "localhost"),
        ] {
            let request = request(&[("host", host)], b"");
            let incoming = Incoming::new(&request, "", None);
            assert_eq!((incoming.domain(), incoming.domain_prefix()), (domain, prefix));
        }
    }
}
