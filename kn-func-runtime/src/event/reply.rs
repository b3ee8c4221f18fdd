//! What a function answers to an event: another event, or nothing.

use bytes::Bytes;
use chrono::Utc;
use cloudevents::event::ExtensionValue;
use cloudevents::{AttributesWriter, Data, Event, EventBuilder, EventBuilderV10};
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use uuid::Uuid;

use super::fault::Fault;
use super::media_type::{BATCH_TYPE, STRUCTURED_TYPE};
use super::{Mode, encode_batch, encode_binary, encode_structured};
use crate::body::{Body, Request, Response};
use crate::error::Error;
use crate::output::{IntoResponse, with_type};
use crate::scope::Scope;

const REPLY_TYPE: &str = "function.response";

/// An answer that is an event, with attributes of your choice: the value is its data.
///
/// A plain value that answers an event becomes such a reply by itself. Use this to choose its attributes, or to answer plain HTTP
/// with an event. What is not chosen is: a new UUID as `id`, `function.response` as `type`, the name of the function (`K_SERVICE`)
/// as `source`, the current time. A value that is an event already, or an error, is answered as it is.
///
/// ```
/// use kn_func_runtime::{Event, Json, Reply, Result};
/// use serde_json::{Value, json};
///
/// async fn confirm(_: Event) -> Reply<Json<Value>> {
///     Reply::new(Json(json!({ "accepted": true }))).ty("order.accepted").source("/shop").subject("order 7")
/// }
/// ```
#[derive(Debug)]
pub struct Reply<T> {
    data: T,
    attributes: Event,
    structured: bool,
}

impl<T> Reply<T> {
    /// An event whose data is this value, in binary mode.
    ///
    /// # Panics
    ///
    /// If the system gives no random bytes for the id.
    pub fn new(data: T) -> Self {
        let source = Scope::current(|scope| scope.host().name.clone());
        let attributes = EventBuilderV10::new()
            .id(Uuid::new_v4().to_string())
            .source(source.unwrap_or_else(|| "function".into()))
            .ty(REPLY_TYPE)
            .time(Utc::now())
            .build()
            .expect("id, source and type were given");
        Self { data, attributes, structured: false }
    }

    /// The type.
    pub fn ty(mut self, ty: impl Into<String>) -> Self {
        self.attributes.set_type(ty);
        self
    }

    /// The source, a URI reference.
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.attributes.set_source(source);
        self
    }

    /// The id, for a reply that must be recognised when it is made again.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.attributes.set_id(id);
        self
    }

    /// The subject.
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.attributes.set_subject(Some(subject));
        self
    }

    /// An extension attribute. Its name is of lower-case letters and digits; a name that is not makes the answer a 500.
    pub fn extension(mut self, name: &str, value: impl Into<ExtensionValue>) -> Self {
        self.attributes.set_extension(name, value);
        self
    }

    /// Sends the event in structured mode: one JSON document. The value has to be whole, not streaming.
    pub fn structured(mut self) -> Self {
        self.structured = true;
        self
    }
}

impl<T: IntoResponse> IntoResponse for Reply<T> {
    fn into_response(self) -> Response {
        let response = self.data.into_response();
        if !response.status().is_success() || Mode::of(response.headers()).is_some() {
            return response;
        }
        let reply = if self.structured {
            structured(self.attributes, response)
        } else {
            binary(self.attributes, response).map_err(Fault::into_internal)
        };
        reply.unwrap_or_else(IntoResponse::into_response)
    }
}

/// Binary mode is the response as it is, with attributes among its headers.
fn binary(attributes: Event, mut response: Response) -> Result<Response, Fault> {
    let media_type = response.headers_mut().remove(CONTENT_TYPE);
    encode_binary(attributes, response.headers_mut())?;
    if let Some(media_type) = media_type {
        response.headers_mut().insert(CONTENT_TYPE, media_type);
    }
    // A body with 202 would not be read (Knative data plane, "Event reply contract").
    if matches!(response.status(), StatusCode::ACCEPTED | StatusCode::NO_CONTENT) {
        *response.status_mut() = StatusCode::OK;
    }
    Ok(response)
}

fn structured(mut attributes: Event, response: Response) -> Result<Response, Error> {
    let (mut head, body) = response.into_parts();
    let media_type = match head.headers.remove(CONTENT_TYPE) {
        Some(media_type) => Some(media_type.to_str()?.to_owned()),
        None => None,
    };
    attributes.set_datacontenttype(media_type.clone());
    let data = body.into_whole().ok_or_else(|| Error::internal("a streaming body cannot be a structured event"))?;
    if !data.is_empty() {
        attributes.set_data_unchecked(data_of(media_type.as_deref(), data));
    }
    let document = encode_structured(attributes).map_err(Fault::into_internal)?;
    head.headers.insert(CONTENT_TYPE, HeaderValue::from_static(STRUCTURED_TYPE));
    head.status = StatusCode::OK;
    Ok(Response::from_parts(head, Body::from(document)))
}

/// Text stays readable in the document; JSON is put into it as it is, and the rest is base64.
fn data_of(media_type: Option<&str>, data: Bytes) -> Data {
    let is_text = media_type.is_some_and(|it| it.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("text/")));
    match String::from_utf8(data.into()) {
        Ok(text) if is_text => Data::String(text),
        Ok(text) => Data::Binary(text.into_bytes()),
        Err(error) => Data::Binary(error.into_bytes()),
    }
}

/// An event is answered as itself, in binary mode; one that breaks the specification is a 500.
impl IntoResponse for Event {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        match encode_binary(self, response.headers_mut()) {
            Ok(data) => response.map(|_| Body::from(data)),
            Err(fault) => fault.into_internal().into_response(),
        }
    }
}

/// Events are answered as a batch, which brokers do not take; it is for HTTP clients that ask for several.
impl IntoResponse for Vec<Event> {
    fn into_response(self) -> Response {
        match encode_batch(self) {
            Ok(batch) => with_type(BATCH_TYPE, batch),
            Err(fault) => fault.into_internal().into_response(),
        }
    }
}

/// What an event is answered with: a broker takes an event or an empty body, and nothing else.
pub(crate) fn answer_event(mut response: Response) -> Response {
    if !response.status().is_success() || Mode::of(response.headers()).is_some() {
        return response;
    }
    if !response.body().is_empty() {
        return Reply::new(response).into_response();
    }
    if response.status() == StatusCode::NO_CONTENT {
        *response.status_mut() = StatusCode::ACCEPTED;
    }
    response
}

/// `OPTIONS` asks whether events may be sent (HTTP webhook, section 4); they may, from anywhere and at any rate.
pub(crate) fn webhook_permission(request: &Request) -> Option<Response> {
    if request.method() != Method::OPTIONS || Mode::of(request.headers()).is_some() {
        return None;
    }
    let mut response = StatusCode::OK.into_response();
    let headers = response.headers_mut();
    headers.insert(ALLOW, HeaderValue::from_static("POST, OPTIONS"));
    for name in ["webhook-allowed-origin", "webhook-allowed-rate"] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static("*"));
    }
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Json;

    fn header<'a>(response: &'a Response, name: &str) -> &'a str {
        response.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[test]
    fn a_reply_has_defaults_for_what_is_not_chosen() {
        let response = Reply::new("thanks").into_response();
        assert_eq!(response.status(), 200);
        assert_eq!(header(&response, "ce-type"), "function.response");
        assert_eq!(header(&response, "ce-source"), "function");
        assert_eq!(header(&response, "ce-specversion"), "1.0");
        assert_eq!(header(&response, "content-type"), "text/plain; charset=utf-8");
        assert_eq!(header(&response, "ce-id").len(), 36);
        assert!(response.headers().contains_key("ce-time"));
    }

    #[tokio::test]
    async fn a_structured_reply_is_one_document() {
        let reply = Reply::new(Json(vec![1])).id("1").ty("t").source("/s").subject("ü").extension("n", 5).structured();
        let response = reply.into_response();
        assert_eq!(header(&response, "content-type"), "application/cloudevents+json");
        let body = response.into_body().bytes().await.unwrap();
        let document: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(document["data"], serde_json::json!([1]));
        assert_eq!(document["datacontenttype"], "application/json");
        assert_eq!((&document["subject"], &document["n"]), (&"ü".into(), &5.into()));
    }

    #[tokio::test]
    async fn text_is_readable_in_a_structured_reply() {
        let response = Reply::new("thanks").structured().into_response();
        let body = response.into_body().bytes().await.unwrap();
        let document: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(document["data"], "thanks");
    }

    #[test]
    fn an_error_is_no_event() {
        let reply: Reply<Result<(), Error>> = Reply::new(Err(Error::unprocessable("no such item")));
        let response = reply.into_response();
        assert_eq!((response.status().as_u16(), header(&response, "ce-id")), (422, ""));
    }

    #[test]
    fn an_event_is_passed_on_as_it_is() {
        let event = EventBuilderV10::new().id("7").source("/other").ty("other").build().unwrap();
        let response = Reply::new(event).ty("mine").into_response();
        assert_eq!((header(&response, "ce-id"), header(&response, "ce-type")), ("7", "other"));
    }

    #[test]
    fn a_bad_attribute_is_a_500() {
        assert_eq!(Reply::new("x").extension("my-name", "v").into_response().status(), 500);
        assert_eq!(Reply::new("x").ty("").structured().into_response().status(), 500);
    }

    #[test]
    fn a_body_is_not_lost_behind_a_202() {
        assert_eq!(answer_event((StatusCode::ACCEPTED, "later").into_response()).status(), 200);
        assert_eq!(answer_event(().into_response()).status(), 202);
    }
}
