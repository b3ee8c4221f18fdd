//! A client of HTTP/1.1 and of HTTP/2 with prior knowledge.

use std::fmt;
use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri, Version};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use crate::soon;

/// What is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1.
    Http1,
    /// HTTP/2 without TLS, known beforehand.
    H2c,
}

impl Protocol {
    /// Its version of HTTP.
    pub fn version(self) -> Version {
        match self {
            Self::Http1 => Version::HTTP_11,
            Self::H2c => Version::HTTP_2,
        }
    }
}

/// Sends requests to one server, over connections that it keeps.
#[derive(Debug, Clone)]
pub struct Client {
    pool: Pool<HttpConnector, Full<Bytes>>,
    address: SocketAddr,
}

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    head: http::response::Parts,
    body: Bytes,
    trailers: Option<HeaderMap>,
}

/// An answer whose body still comes.
#[derive(Debug)]
pub struct Stream(Response<Incoming>);

/// There was no whole answer: no connection, or one that ended too early.
#[derive(Debug)]
pub struct Broken(String);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Client {
    /// A client of HTTP/1.1.
    pub fn new(address: SocketAddr) -> Self {
        Self::speaking(Protocol::Http1, address)
    }

    /// A client of either protocol.
    pub fn speaking(protocol: Protocol, address: SocketAddr) -> Self {
        let mut builder = Pool::builder(TokioExecutor::new());
        let builder = builder.http2_only(protocol == Protocol::H2c).retry_canceled_requests(false);
        Self { pool: builder.build_http(), address }
    }

    /// A request to the server, to be given headers and a body.
    pub fn request(&self, method: Method, path: &str) -> http::request::Builder {
        Request::builder().method(method).uri(self.uri(path))
    }

    /// A `GET`.
    ///
    /// # Panics
    ///
    /// If there is no whole answer.
    pub async fn get(&self, path: &str) -> Answer {
        let request = self.request(Method::GET, path).body(Full::default());
        self.send(request.expect("the path is one")).await
    }

    /// A `POST` of a body.
    ///
    /// # Panics
    ///
    /// If there is no whole answer.
    pub async fn post(&self, path: &str, body: impl Into<Bytes>) -> Answer {
        let request = self.request(Method::POST, path).body(Full::new(body.into()));
        self.send(request.expect("the path is one")).await
    }

    /// A `GET` whose answer is read piece by piece.
    ///
    /// # Panics
    ///
    /// If there is no answer.
    pub async fn stream(&self, path: &str) -> Stream {
        let request = self.request(Method::GET, path).body(Full::default());
        let stream = self.open(request.expect("the path is one")).await;
        stream.unwrap_or_else(|broken| panic!("GET {path}: {broken}"))
    }

    /// Sends a request.
    ///
    /// # Panics
    ///
    /// If there is no whole answer.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> Answer {
        let what = format!("{} {}", request.method(), request.uri());
        self.try_send(request).await.unwrap_or_else(|broken| panic!("{what}: {broken}"))
    }

    /// Sends a request that may get no whole answer.
    ///
    /// # Errors
    ///
    /// If there is no connection, or it ends before the answer does.
    pub async fn try_send(&self, request: Request<Full<Bytes>>) -> Result<Answer, Broken> {
        self.open(request).await?.rest().await
    }

    /// Sends a request and waits for the head of the answer only.
    ///
    /// # Errors
    ///
    /// If there is no connection, or it ends before the answer begins.
    pub async fn open(&self, request: Request<Full<Bytes>>) -> Result<Stream, Broken> {
        let response = soon("the head of an answer", self.pool.request(request)).await;
        response.map(Stream).map_err(Broken::of)
    }

    fn uri(&self, path: &str) -> Uri {
        format!("http://{}{path}", self.address).parse().unwrap_or_else(|error| panic!("`{path}` is no path: {error}"))
    }
}

impl Stream {
    /// The status.
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        self.0.headers()
    }

    /// The next piece of the body; none at its end.
    ///
    /// # Errors
    ///
    /// If the connection ends before the body does.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Broken> {
        loop {
            match soon("the next piece of an answer", self.0.frame()).await {
                None => return Ok(None),
                Some(Err(error)) => return Err(Broken::of(error)),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) if !data.is_empty() => return Ok(Some(data)),
                    _ => {}
                },
            }
        }
    }

    /// What is left of it.
    ///
    /// # Errors
    ///
    /// If the connection ends before the body does.
    pub async fn rest(self) -> Result<Answer, Broken> {
        let (head, body) = self.0.into_parts();
        let body = soon("the rest of an answer", body.collect()).await.map_err(Broken::of)?;
        let trailers = body.trailers().cloned();
        Ok(Answer { head, body: body.to_bytes(), trailers })
    }

    /// The response itself, to take its connection over.
    pub fn into_inner(self) -> Response<Incoming> {
        self.0
    }
}

impl Answer {
    /// The status.
    pub fn status(&self) -> u16 {
        self.head.status.as_u16()
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// A header as text; empty if it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The trailers, if there were any.
    pub fn trailers(&self) -> Option<&HeaderMap> {
        self.trailers.as_ref()
    }

    /// The body as text.
    ///
    /// # Panics
    ///
    /// If it is no UTF-8.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap_or_else(|error| panic!("the answer is no text: {error}"))
    }

    /// The body as JSON.
    ///
    /// # Panics
    ///
    /// If it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("the answer is no JSON: {error}: {}", self.text()))
    }
}

impl Broken {
    fn of(error: impl std::error::Error) -> Self {
        let mut words = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            words = format!("{words}: {error}");
            source = error.source();
        }
        Self(words)
    }
}
