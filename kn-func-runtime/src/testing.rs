//! The whole way of a request, without a socket.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::body::{Body, Request, Response};
use crate::builder;
use crate::config::Config;
use crate::error::Result;
use crate::event::{self, Decoded, Event};
use crate::function::Function;
use crate::invoker::Invoker;

/// Sends requests to a function as the server would: through health routes, limits, events and errors.
///
/// ```
/// use kn_func_runtime::{Context, Function, TestClient};
///
/// async fn greet(ctx: Context) -> String {
///     format!("hello, {}", ctx.query_param("name").unwrap_or_default())
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let client = TestClient::new(Function::new(greet));
/// let reply = client.get("/?name=Ada").send().await;
/// assert_eq!(reply.status(), 200);
/// assert_eq!(reply.text(), "hello, Ada");
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct TestClient {
    invoker: Arc<Invoker>,
}

impl TestClient {
    /// A client of a function with the default [`Config`]. The environment is not looked at.
    pub fn new(function: Function) -> Self {
        Self::with_config(function, Config::default())
    }

    /// A client of a function with this config.
    pub fn with_config(function: Function, config: Config) -> Self {
        Self { invoker: Arc::new(config.invoker(function)) }
    }

    /// A `GET`.
    ///
    /// # Panics
    ///
    /// If the text is no URI.
    pub fn get(&self, uri: &str) -> TestRequest {
        self.request(Method::GET, uri)
    }

    /// A `POST`.
    ///
    /// # Panics
    ///
    /// If the text is no URI.
    pub fn post(&self, uri: &str) -> TestRequest {
        self.request(Method::POST, uri)
    }

    /// A request of any method.
    ///
    /// # Panics
    ///
    /// If the text is no URI.
    pub fn request(&self, method: Method, uri: &str) -> TestRequest {
        TestRequest { invoker: self.invoker.clone(), request: builder::request(method, uri, Body::empty()) }
    }

    /// A `POST` of an event, in binary mode.
    ///
    /// # Panics
    ///
    /// If the event breaks the CloudEvents specification; build the headers by hand to see what the function answers to that.
    pub fn event(&self, event: Event) -> TestRequest {
        let mut post = self.post("/");
        let body = event::encode_binary(event, post.request.headers_mut());
        post.body(body.unwrap_or_else(|fault| panic!("this is a malformed event: {fault}")))
    }

    /// Begins the drain, as SIGTERM does, and waits until no request and no [`Context::spawn`](crate::Context::spawn) is left.
    pub async fn drain(&self) {
        self.invoker.host.drain();
        self.invoker.host.idle().await;
    }
}

/// A request in the making.
#[derive(Debug)]
pub struct TestRequest {
    invoker: Arc<Invoker>,
    request: Request,
}

impl TestRequest {
    /// Adds a header.
    ///
    /// # Panics
    ///
    /// If the name or the value cannot be one.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        builder::append(self.request.headers_mut(), name, value);
        self
    }

    /// Gives it a body.
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        *self.request.body_mut() = body.into();
        self
    }

    /// Gives it a JSON body and, unless there is one, the content type of it.
    ///
    /// # Panics
    ///
    /// If the value is no JSON, for example a map with keys that are no text.
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        let body = builder::json(self.request.headers_mut(), value);
        self.body(body)
    }

    /// Sends it and takes the whole answer.
    pub async fn send(self) -> TestReply {
        let (head, body) = self.answer().await.into_parts();
        TestReply { status: head.status, headers: head.headers, body: body.bytes().await }
    }

    /// Sends it and leaves the answer as it comes.
    pub(crate) async fn answer(self) -> Response {
        self.invoker.invoke(self.request, None).await
    }
}

/// The answer to a [`TestRequest`].
#[derive(Debug)]
pub struct TestReply {
    status: StatusCode,
    headers: HeaderMap,
    body: Result<Bytes>,
}

impl TestReply {
    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// A header as text; empty if it is missing.
    ///
    /// # Panics
    ///
    /// If it is no ASCII text.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap_or_else(|_| panic!("header `{name}` is no ASCII text")))
    }

    /// Whether the answer broke off; on a socket the connection would have been aborted.
    pub fn is_broken(&self) -> bool {
        self.body.is_err()
    }

    /// The body.
    ///
    /// # Panics
    ///
    /// If the answer broke off.
    pub fn bytes(&self) -> &Bytes {
        self.body.as_ref().unwrap_or_else(|error| panic!("the answer broke off: {error}"))
    }

    /// The body as text.
    ///
    /// # Panics
    ///
    /// If the answer broke off or is no UTF-8.
    pub fn text(&self) -> &str {
        std::str::from_utf8(self.bytes()).unwrap_or_else(|error| panic!("the answer is no text: {error}"))
    }

    /// The body read as JSON.
    ///
    /// # Panics
    ///
    /// If it is not the expected JSON.
    pub fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(self.bytes()).unwrap_or_else(|error| panic!("the answer is not as expected: {error}"))
    }

    /// The event that the answer is, in whatever mode.
    ///
    /// # Panics
    ///
    /// If it is none, or a batch of them.
    pub fn event(&self) -> Event {
        match event::decode(&self.headers, self.bytes(), event::Profile::Strict) {
            Ok(Decoded::Event(event)) => event,
            Ok(_) => panic!("the answer is no event: {}", self.text()),
            Err(fault) => panic!("the answer is a malformed event: {fault}"),
        }
    }
}
