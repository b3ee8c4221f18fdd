//! A request with its whole body, and the event that it is.

use std::borrow::Cow;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use serde::de::DeserializeOwned;

use crate::body::{Request, Response};
use crate::builder::ContextBuilder;
use crate::error::{Error, Result, bad_json, excerpt, shorten};
use crate::event::{self, AttributesReader, Decoded, Event, EventExt, Fault, Reason};
use crate::input::FromRequest;
use crate::request::RequestHandle;
use crate::scope::{EventKey, Scope};
use crate::trace::TraceHeaders;

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// A request: its method, URI, headers and whole body, and the CloudEvent that it is, if it is one.
///
/// In tests it is made in one line, without a server:
///
/// ```
/// use kn_func_runtime::Context;
/// use serde_json::json;
///
/// let get = Context::get("/?descriptions=cold");
/// assert_eq!(get.query_param("descriptions").as_deref(), Some("cold"));
///
/// let post = Context::post("/orders").header("x-shop", "7").json(&json!({ "item": "tea" }));
/// assert_eq!(post.json::<serde_json::Value>()?["item"], "tea");
/// # Ok::<(), kn_func_runtime::Error>(())
/// ```
#[derive(Debug)]
pub struct Context {
    request: Request<Bytes>,
    // In a box, as most requests are no event and all are moved about.
    event: Option<Box<Event>>,
    scope: Arc<Scope>,
}

impl Context {
    /// A `GET` without a body, for tests.
    ///
    /// # Panics
    ///
    /// If the text is no URI.
    pub fn get(uri: &str) -> Self {
        Self::builder(Method::GET, uri).body("")
    }

    /// A `POST`, to be given a body, for tests.
    ///
    /// # Panics
    ///
    /// If the text is no URI.
    pub fn post(uri: &str) -> ContextBuilder {
        Self::builder(Method::POST, uri)
    }

    /// A request of any method, to be given headers and a body, for tests.
    ///
    /// # Panics
    ///
    /// If the text is no URI.
    ///
    /// ```
    /// # use kn_func_runtime::Context;
    /// let page = Context::builder("GET".parse()?, "/").header("accept", "text/html").body("");
    /// assert_eq!(page.headers()["accept"], "text/html");
    /// # Ok::<(), http::method::InvalidMethod>(())
    /// ```
    pub fn builder(method: Method, uri: &str) -> ContextBuilder {
        ContextBuilder::new(method, uri)
    }

    /// The request with its whole body.
    pub fn request(&self) -> &Request<Bytes> {
        &self.request
    }

    /// The request with its whole body, to take apart.
    pub fn into_request(self) -> Request<Bytes> {
        self.request
    }

    /// The method.
    pub fn method(&self) -> &Method {
        self.request.method()
    }

    /// The path and the query. Over HTTP/2 also scheme and authority.
    pub fn uri(&self) -> &Uri {
        self.request.uri()
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        self.request.headers()
    }

    /// The bytes of the body. Of an event in structured mode that is its envelope; [`Context::payload`] is its data.
    pub fn body(&self) -> &Bytes {
        self.request.body()
    }

    /// The event, if the request is one.
    pub fn event(&self) -> Option<&Event> {
        self.event.as_deref()
    }

    /// The event, to keep.
    pub fn into_event(self) -> Option<Event> {
        self.event.map(|event| *event)
    }

    /// The data of the event if the request is one, else the body.
    pub fn payload(&self) -> Cow<'_, [u8]> {
        match &self.event {
            Some(event) => event.data_bytes().unwrap_or_default(),
            None => Cow::Borrowed(self.body()),
        }
    }

    /// Reads the payload as JSON: the event's data if the request is an event, else the body.
    ///
    /// # Errors
    ///
    /// 400 with the place of the fault if the payload is not the expected JSON.
    ///
    /// ```
    /// # use kn_func_runtime::{Context, Result};
    /// fn quantity(ctx: &Context) -> Result<u32> {
    ///     ctx.json()
    /// }
    /// assert_eq!(quantity(&Context::post("/").body("7"))?, 7);
    /// # Ok::<(), kn_func_runtime::Error>(())
    /// ```
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        match &self.event {
            Some(event) => event.data_json(),
            None if self.body().is_empty() => Err(Error::bad_request("body is empty; expected JSON")),
            None => serde_json::from_slice(self.body()).map_err(|error| bad_json("body", &error)),
        }
    }

    /// Reads the query string into a type of yours. A name that comes several times fills a `Vec`.
    ///
    /// # Errors
    ///
    /// 400 if a field is missing or cannot be read.
    ///
    /// ```
    /// # use kn_func_runtime::{Context, Result};
    /// #[derive(serde::Deserialize)]
    /// struct Page {
    ///     number: u32,
    /// }
    ///
    /// let page: Page = Context::get("/?number=3").query()?;
    /// assert_eq!(page.number, 3);
    /// # Ok::<(), kn_func_runtime::Error>(())
    /// ```
    pub fn query<T: DeserializeOwned>(&self) -> Result<T> {
        let query = self.uri().query().unwrap_or_default();
        serde_html_form::from_str(query)
            .map_err(|error| Error::bad_request(format!("query is not as expected: {}", shorten(&error))))
    }

    /// The first value of a name in the query string, decoded.
    pub fn query_param(&self, name: &str) -> Option<Cow<'_, str>> {
        let query = self.uri().query().unwrap_or_default();
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Reads the body of a form, `application/x-www-form-urlencoded`, into a type of yours.
    ///
    /// # Errors
    ///
    /// 415 if the body is no form, 400 if a field is missing or cannot be read.
    ///
    /// ```
    /// # use kn_func_runtime::Context;
    /// # use std::collections::BTreeMap;
    /// let fields: BTreeMap<String, String> = Context::post("/").form(&[("name", "Ada")]).form()?;
    /// assert_eq!(fields["name"], "Ada");
    /// # Ok::<(), kn_func_runtime::Error>(())
    /// ```
    pub fn form<T: DeserializeOwned>(&self) -> Result<T> {
        let media_type = self.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
        let essence = media_type.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        if !essence.eq_ignore_ascii_case(FORM.as_bytes()) {
            let refusal = format!("body is no form; expected the content type {FORM}");
            return Err(Error::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, refusal));
        }
        serde_html_form::from_bytes(self.body())
            .map_err(|error| Error::bad_request(format!("form is not as expected: {}", shorten(&error))))
    }

    /// The id of the request: its `X-Request-Id`, or a new one. Every log line of the request carries it.
    pub fn request_id(&self) -> &str {
        self.scope.request_id_text()
    }

    /// The address of the peer, which on Knative is the queue proxy. Unknown without a socket.
    pub fn remote_addr(&self) -> Option<SocketAddr> {
        self.scope.remote_addr()
    }

    /// When the request is answered with 504, if `FUNC_REQUEST_TIMEOUT` is set.
    pub fn deadline(&self) -> Option<Instant> {
        self.scope.deadline()
    }

    /// Runs work that outlives the response. It goes on when the client goes away, and the drain waits for it.
    ///
    /// On Knative the CPU may be taken away while no request is active, so this is for what ends soon.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.scope.spawn(work);
    }

    /// Resolves when the server begins to drain, for streams and sockets that would go on for ever.
    pub fn draining(&self) -> impl Future<Output = ()> + Send + 'static {
        self.scope.host().draining()
    }

    /// The request for another task that does the work.
    pub fn handle(&self) -> RequestHandle {
        RequestHandle::new(self.scope.clone())
    }

    /// Looks whether a request is an event; a batch comes beside it.
    pub(crate) fn decode(request: Request<Bytes>) -> Result<(Self, Option<Vec<Event>>)> {
        let scope = Scope::of(&request);
        let decoded = event::decode(request.headers(), request.body(), scope.host().profile);
        let (event, batch) = match decoded.map_err(Fault::into_error)? {
            Decoded::NotEvent => (None, None),
            Decoded::Event(event) => (Some(Box::new(event)), None),
            Decoded::Batch(events) => (None, Some(events)),
        };
        if event.is_some() || batch.is_some() {
            let first = event.as_deref().or_else(|| batch.as_ref()?.first());
            scope.is_event(first.map(EventKey::of).unwrap_or_default());
        }
        Ok((Self { request, event, scope }, batch))
    }

    /// Reads the request, and the batch if it is one, and makes an input of them.
    ///
    /// Futures are moved about, so this is one small one and not two, one in the other.
    fn read<T>(
        request: Request,
        input: impl FnOnce(Self, Option<Vec<Event>>) -> Result<T> + Send,
    ) -> impl Future<Output = Result<T>> + Send {
        let (head, body) = request.into_parts();
        async move {
            let (context, batch) = Self::decode(Request::from_parts(head, body.bytes().await?))?;
            input(context, batch)
        }
    }
}

/// A `POST` of the event in binary mode, for tests.
impl From<Event> for Context {
    fn from(event: Event) -> Self {
        let mut request = Request::new(Bytes::new());
        *request.method_mut() = Method::POST;
        // An event that cannot be sent is still an event: then there are only no headers.
        if let Ok(body) = event::encode_binary(event.clone(), request.headers_mut()) {
            *request.body_mut() = body;
        }
        let scope = Arc::new(Scope::new(Arc::default(), &request));
        scope.is_event(EventKey::of(&event));
        Self { request, event: Some(Box::new(event)), scope }
    }
}

impl FromRequest for Request {
    async fn from_request(mut request: Request) -> Result<Self> {
        Scope::give(&mut request);
        Ok(request)
    }
}

impl FromRequest for Context {
    fn from_request(request: Request) -> impl Future<Output = Result<Self>> + Send {
        Self::read(request, |context, batch| match batch {
            None => Ok(context),
            Some(_) => {
                let words = "function takes one event at a time; got a batch";
                Err(Fault::new(Reason::BatchUnsupported, words).into_error())
            }
        })
    }
}

impl FromRequest for Bytes {
    async fn from_request(request: Request) -> Result<Self> {
        let context = Context::from_request(request).await?;
        match &context.event {
            Some(_) => Ok(Self::from(context.payload().into_owned())),
            None => Ok(context.request.into_body()),
        }
    }
}

impl FromRequest for String {
    async fn from_request(request: Request) -> Result<Self> {
        let payload = Bytes::from_request(request).await?;
        Self::from_utf8(payload.into()).map_err(|_| Error::bad_request("body is no UTF-8 text"))
    }
}

impl FromRequest for Event {
    async fn from_request(request: Request) -> Result<Self> {
        let context = Context::from_request(request).await?;
        context.into_event().ok_or_else(no_event)
    }

    fn preflight(request: &Request) -> Option<Response> {
        event::webhook_permission(request)
    }
}

impl FromRequest for Vec<Event> {
    fn from_request(request: Request) -> impl Future<Output = Result<Self>> + Send {
        Context::read(request, |context, batch| match batch {
            Some(batch) => Ok(batch),
            None => context.into_event().map(|event| vec![event]).ok_or_else(no_event),
        })
    }

    fn preflight(request: &Request) -> Option<Response> {
        event::webhook_permission(request)
    }
}

fn no_event() -> Error {
    Error::bad_request("expected a CloudEvent: the request has neither `ce-specversion` nor a cloudevents content type")
}

impl EventKey {
    fn of(event: &Event) -> Self {
        let extension = |name| event.extension(name).map(ToString::to_string);
        Self {
            id: excerpt(event.id()).to_owned(),
            ty: event.ty().to_owned(),
            source: event.source().clone(),
            subject: event.subject().map(str::to_owned),
            trace: TraceHeaders::of_event(extension("traceparent"), extension("tracestate")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_query_parameter_is_decoded_and_the_first_one_counts() {
        let ctx = Context::get("/?d=a%20b+c%2C%C3%A4&d=second");
        assert_eq!(ctx.query_param("d").as_deref(), Some("a b c,ä"));
        assert_eq!(ctx.query_param("e"), None);
    }

    #[test]
    fn a_query_that_lacks_a_field_is_a_400_that_names_it() {
        #[derive(Debug, serde::Deserialize)]
        struct Page {
            #[expect(dead_code, reason = "only its absence matters")]
            number: u32,
        }
        let error = Context::get("/?size=3").query::<Page>().unwrap_err();
        assert_eq!(error.status(), 400);
        assert!(error.message().contains("number"), "{error}");
    }

    #[test]
    fn json_that_does_not_fit_is_a_400_with_the_place() {
        let error = Context::post("/").body(r#"{"quantity": 1}"#).json::<Vec<u8>>().unwrap_err();
        assert_eq!(error.status(), 400);
        assert!(error.message().ends_with("at line 1 column 0"), "{error}");
        let error = Context::post("/").body("").json::<Value>().unwrap_err();
        assert_eq!(error.message(), "body is empty; expected JSON");
    }

    #[test]
    fn a_form_must_say_that_it_is_one() {
        let error = Context::post("/").body("a=1").form::<Vec<(String, String)>>().unwrap_err();
        assert_eq!(error.status(), 415);
        let ctx = Context::post("/").form(&[("a", "1"), ("a", "2")]);
        let fields: Vec<(String, String)> = ctx.form().unwrap();
        assert_eq!(fields, [("a".into(), "1".into()), ("a".into(), "2".into())]);
    }

    #[test]
    fn a_context_knows_the_event_of_its_headers() {
        let ctx = Context::post("/")
            .header("ce-specversion", "1.0")
            .header("ce-id", "1")
            .header("ce-source", "/shop")
            .header("ce-type", "order")
            .json(&json!({ "item": "tea" }));
        assert_eq!(ctx.json::<Value>().unwrap(), json!({ "item": "tea" }));
        let event = ctx.into_event().unwrap();
        assert_eq!(Context::from(event).json::<Value>().unwrap(), json!({ "item": "tea" }));
    }
}
