//! The way of a request to a Lambda function, and of its answer back.

use std::sync::Arc;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};
use kn_func_runtime::{AttributesReader, Body, ConfigError, Context, Event, EventExt, IntoResponse, Response, Result};
use serde::Serialize;

use crate::envelope::{self, json_fault};
use crate::failure::Failure;
use crate::function::FunctionInfo;
use crate::headers::remove_not_theirs;
use crate::incoming::Incoming;
use crate::invocation::Invocation;
use crate::route::{Matched, Route};
use crate::settings::{Lookup, Settings, Shape, environment};
use crate::{client_context, sent, v1, v2};

/// Does what API Gateway and Lambda do, as the environment says. Clones are cheap.
///
/// ```
/// use bytes::Bytes;
/// use kn_func_runtime::{Context, Error};
/// use kn_lambda_gateway::Gateway;
///
/// let gateway = Gateway::from_env()?;
/// let request = Context::post("/").body(r#"{"name": "Ada"}"#);
/// let invocation = gateway.invocation(&request)?;
/// assert_eq!(invocation.payload, r#"{"name": "Ada"}"#);
///
/// let answer = Bytes::from_static(br#"{"statusCode": 201, "body": "hello, Ada"}"#);
/// assert_eq!(gateway.response(&invocation, answer)?.status(), 201);
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Gateway {
    settings: Arc<Settings>,
    arn: Arc<str>,
    /// What the function is known to take, where the environment says nothing.
    guess: Option<Shape>,
}

impl Gateway {
    /// Reads the environment.
    ///
    /// # Errors
    ///
    /// The first variable that cannot be understood.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(&environment)
    }

    /// Reads these variables instead of the environment, for tests.
    ///
    /// # Errors
    ///
    /// The first variable that cannot be understood.
    pub fn from_vars<'a>(vars: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, ConfigError> {
        let vars: Vec<_> = vars.into_iter().collect();
        Self::read(&|name| {
            let var = vars.iter().rev().find(|(key, _)| *key == name);
            Ok(var.map(|(_, value)| (*value).to_owned()))
        })
    }

    fn read(look: &Lookup<'_>) -> Result<Self, ConfigError> {
        let settings = Settings::read(look)?;
        Ok(Self { arn: settings.function.arn.as_str().into(), settings: Arc::new(settings), guess: None })
    }

    /// What the function takes when `KN_LAMBDA_EVENT` does not say it. A body that has this form already is passed on as it is.
    pub fn expecting(self, shape: Shape) -> Self {
        Self { guess: Some(shape), ..self }
    }

    /// Who the function is.
    pub fn function(&self) -> &FunctionInfo {
        &self.settings.function
    }

    /// How many invocations may be at work at once: `KN_LAMBDA_CONCURRENCY`.
    pub fn concurrency(&self) -> Option<usize> {
        self.settings.concurrency
    }

    /// The largest answer that is not streamed, in bytes: `KN_LAMBDA_RESPONSE_LIMIT`.
    pub fn response_limit(&self) -> usize {
        self.settings.response_limit
    }

    /// The pattern of `KN_LAMBDA_ROUTE` that a path matches.
    pub fn matched(&self, path: &str) -> Matched {
        Route::matched(&self.settings.routes, path)
    }

    /// Makes of a request what the function is invoked with.
    ///
    /// # Errors
    ///
    /// 400 if the payload is not JSON, or is an API Gateway event whose body is not the base64 that it should be.
    pub fn invocation(&self, ctx: &Context) -> Result<Invocation> {
        let mut invocation = self.bare_invocation(ctx.request_id(), ctx.deadline(), ctx.headers());
        invocation.is_event = ctx.event().is_some();
        invocation.client_context = ctx.event().map(client_context::of).transpose()?;
        let payload = ctx.event().map_or_else(|| Ok(ctx.body().clone()), data);
        invocation.shape = match (self.settings.shape, self.guess) {
            (Some(shape), _) => shape,
            // Who sends the event itself has said what it is.
            (None, guess) => match sent::is_request(payload.as_deref().unwrap_or_default())? {
                true => Shape::Payload,
                false => guess.unwrap_or(Shape::Payload),
            },
        };
        let matched = self.matched(ctx.uri().path());
        let incoming = Incoming::of(ctx);
        let name = &self.settings.function.name;
        invocation.payload = match invocation.shape {
            Shape::Payload => checked(payload?)?,
            Shape::ApiGatewayV2 => json(&v2::Request::new(&incoming, &matched, name))?,
            Shape::ApiGatewayV1 => json(&v1::Request::new(&incoming, &matched, name))?,
        };
        Ok(invocation)
    }

    /// An invocation without a payload, for a function that gets the request itself.
    pub fn bare_invocation(&self, request_id: &str, deadline: Option<Instant>, headers: &HeaderMap) -> Invocation {
        Invocation::new(request_id, deadline, headers, self.arn.clone())
    }

    /// Makes an HTTP response of the function's answer in JSON: of an object with `statusCode` what it says, of anything else a 200
    /// whose body it is. `null` is no reply to an event.
    ///
    /// # Errors
    ///
    /// 502 if it is larger than the limit, not JSON, or an envelope that HTTP has no room for.
    pub fn response(&self, invocation: &Invocation, answer: Bytes) -> Result<Response> {
        self.within_limit(answer.len())?;
        if envelope::is_envelope(&answer) {
            return envelope::open(&answer, &self.settings.content_type);
        }
        match answer.trim_ascii() {
            b"" | b"null" if invocation.is_event => Ok(().into_response()),
            _ if invocation.shape == Shape::ApiGatewayV1 => {
                Err(Failure::bad_gateway("answer to a REST API has no `statusCode`; expected an object with one"))
            }
            b"" => envelope::whole(Bytes::from_static(b"null")),
            _ => envelope::whole(answer),
        }
    }

    /// Whether an answer of so many bytes may be sent as a whole.
    ///
    /// # Errors
    ///
    /// 502 if it is larger than the limit.
    pub fn within_limit(&self, length: usize) -> Result<()> {
        let limit = self.settings.response_limit;
        if length <= limit {
            return Ok(());
        }
        let words = format!("answer has {length} bytes, more than the {limit} of KN_LAMBDA_RESPONSE_LIMIT");
        Err(Failure::new("Function.ResponseSizeTooLarge", words).into_error(StatusCode::BAD_GATEWAY))
    }

    /// Makes an HTTP response of a stream and of what comes before it: JSON with `statusCode`, `headers` and `cookies`.
    ///
    /// # Errors
    ///
    /// 502 if that is no such JSON, or has what HTTP has no room for.
    pub fn streamed(&self, prelude: &[u8], body: Body) -> Result<Response> {
        envelope::streamed(prelude, body)
    }

    /// Makes a response fit to be sent: its length and its connection are the server's business, and it has a content type.
    ///
    /// # Errors
    ///
    /// 502 if its status is an interim one, or if it has too many headers.
    pub fn finished(&self, mut response: Response, default_type: DefaultType) -> Result<Response> {
        envelope::check(&response)?;
        let headers = response.headers_mut();
        remove_not_theirs(headers);
        let default = match default_type {
            DefaultType::Text => self.settings.content_type.clone(),
            DefaultType::Octets => HeaderValue::from_static("application/octet-stream"),
            DefaultType::None => return Ok(response),
        };
        headers.entry(CONTENT_TYPE).or_insert(default);
        Ok(response)
    }
}

/// What an answer without a content type is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultType {
    /// Text: `KN_LAMBDA_CONTENT_TYPE`.
    Text,
    /// Octets, or a stream.
    Octets,
    /// Nothing, so it has none.
    None,
}

fn json<T: Serialize>(request: &T) -> Result<Bytes> {
    Ok(serde_json::to_vec(request)?.into())
}

/// A function takes JSON; an empty body is an empty object, as an invocation without one is on Lambda.
fn checked(payload: Bytes) -> Result<Bytes> {
    if payload.trim_ascii().is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    json_fault(&payload).map_or(Ok(payload), |fault| Err(Failure::bad_request(format!("body is not JSON: {fault}"))))
}

/// The data of an event: JSON as it is, text as a JSON string, anything else as base64 in one.
fn data(event: &Event) -> Result<Bytes> {
    let Some(data) = event.data_bytes() else { return Ok(Bytes::new()) };
    let media_type = event.datacontenttype().unwrap_or("application/json");
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence.ends_with("/json") || essence.ends_with("+json") {
        return Ok(data.into_owned().into());
    }
    match std::str::from_utf8(&data) {
        Ok(text) if essence.starts_with("text/") || essence.ends_with("xml") => json(&text),
        _ => json(&STANDARD.encode(&data)),
    }
}
