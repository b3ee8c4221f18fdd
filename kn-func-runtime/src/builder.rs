//! Requests made by hand, for tests.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::Serialize;

use crate::body::Request;
use crate::context::{Context, FORM};

/// A [`Context`] in the making, for tests: headers first, then the body.
#[derive(Debug)]
pub struct ContextBuilder {
    request: Request<()>,
}

impl ContextBuilder {
    pub(crate) fn new(method: Method, uri: &str) -> Self {
        Self { request: request(method, uri, ()) }
    }

    /// Adds a header.
    ///
    /// # Panics
    ///
    /// If the name or the value cannot be one.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        append(self.request.headers_mut(), name, value);
        self
    }

    /// The context with this body.
    ///
    /// # Panics
    ///
    /// If the headers and the body are a malformed event; send those through a [`TestClient`](crate::TestClient).
    pub fn body(self, body: impl Into<Bytes>) -> Context {
        match Context::decode(self.request.map(|()| body.into())) {
            Ok((context, None)) => context,
            Ok((_, Some(_))) => panic!("a `Context` is one event; this is a batch"),
            Err(error) => panic!("this is a malformed event: {}", error.message()),
        }
    }

    /// The context with a JSON body and, unless there is one, the content type of it.
    ///
    /// # Panics
    ///
    /// If the value is no JSON, for example a map with keys that are no text.
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Context {
        let body = json(self.request.headers_mut(), value);
        self.body(body)
    }

    /// The context with a form as its body and its content type.
    ///
    /// # Panics
    ///
    /// If the value is no list of names and values.
    pub fn form<T: Serialize + ?Sized>(mut self, fields: &T) -> Context {
        let body = serde_html_form::to_string(fields).unwrap_or_else(|error| panic!("the value is no form: {error}"));
        self.request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(FORM));
        self.body(body)
    }
}

/// A request to a URI, or a panic that says why there cannot be one.
pub(crate) fn request<B>(method: Method, uri: &str, body: B) -> Request<B> {
    let mut request = Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = uri.parse().unwrap_or_else(|error| panic!("`{uri}` is no URI: {error}"));
    request
}

/// Adds a header, or panics with what is wrong with it.
pub(crate) fn append(headers: &mut HeaderMap, name: &str, value: &str) {
    let name = HeaderName::try_from(name).unwrap_or_else(|error| panic!("`{name}`: {error}"));
    let value = HeaderValue::try_from(value).unwrap_or_else(|error| panic!("header `{name}`: {error}"));
    headers.append(name, value);
}

/// A value as JSON, whose content type goes to the headers unless they have one.
pub(crate) fn json<T: Serialize + ?Sized>(headers: &mut HeaderMap, value: &T) -> Vec<u8> {
    headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
    serde_json::to_vec(value).unwrap_or_else(|error| panic!("the value is no JSON: {error}"))
}
