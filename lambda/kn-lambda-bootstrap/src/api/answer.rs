//! What a process answers: a response, whole or streaming, or an error.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body_util::BodyExt;
use hyper::body::{Body as _, Incoming};
use kn_func_runtime::{BoxError, Error};
use kn_lambda_gateway::Failure;
use serde_json::json;

use super::reply::{accepted, fault};
use super::{Api, Reply, stream};
use crate::desk::{Claim, Refusal};
use crate::outcome::Outcome;

const RESPONSE_MODE: &str = "lambda-runtime-function-response-mode";
const ERROR_TYPE: &str = "lambda-runtime-function-error-type";
const INVOCATION_ID: &str = "lambda-runtime-invocation-id";
const HTTP_RESPONSE: &str = "application/vnd.awslambda.http-integration-response";

const TOO_LARGE: &str = "Function.ResponseSizeTooLarge";
pub(super) const INVALID: &str = "Runtime.InvalidResponse";

impl Api {
    pub(super) async fn response(self: Arc<Self>, id: &str, headers: &HeaderMap, body: Incoming) -> Reply {
        let claim = match self.claim(id, headers) {
            Ok(claim) => claim,
            Err(refusal) => return refused(refusal, body).await,
        };
        let is_streaming = text(headers, RESPONSE_MODE).is_some_and(|mode| mode.eq_ignore_ascii_case("streaming"));
        match (is_streaming, media_type(headers)) {
            (false, _) => self.whole(claim, body).await,
            (true, Some(media_type)) if essence(media_type).eq_ignore_ascii_case(HTTP_RESPONSE) => {
                stream::http(claim, headers, body).await;
                accepted()
            }
            (true, media_type) => {
                stream::plain(claim, media_type.cloned(), headers, body).await;
                accepted()
            }
        }
    }

    async fn whole(&self, mut claim: Claim, body: Incoming) -> Reply {
        match read(body, self.response_limit).await {
            Ok(whole) => {
                claim.say(Outcome::Whole(whole));
                accepted()
            }
            Err(Unread::TooLarge(rest)) => {
                let limit = self.response_limit;
                let reason = format!("the response is larger than {limit} bytes");
                claim.say(Outcome::Refused(bad_response(TOO_LARGE, "function's response is too large", reason)));
                discard(rest).await;
                let words = format!("Exceeded maximum allowed payload size ({limit} bytes).");
                fault(StatusCode::PAYLOAD_TOO_LARGE, TOO_LARGE, words)
            }
            Err(Unread::Broken(error)) => {
                claim.say(Outcome::Refused(bad_response(INVALID, "function's response broke off", error)));
                fault(StatusCode::BAD_REQUEST, "InvalidRequest", "the response broke off")
            }
        }
    }

    pub(super) async fn error(&self, id: &str, headers: &HeaderMap, body: Incoming) -> Reply {
        let mut claim = match self.claim(id, headers) {
            Ok(claim) => claim,
            Err(refusal) => return refused(refusal, body).await,
        };
        claim.say(Outcome::Failed(diagnostic(headers, body, self.response_limit).await));
        accepted()
    }

    fn claim(&self, id: &str, headers: &HeaderMap) -> Result<Claim, Refusal> {
        self.desk.claim(id, text(headers, INVOCATION_ID))
    }
}

/// 502: the function answered, but not so that it could be passed on. The reason is for the log.
pub(super) fn bad_response(kind: &str, words: &str, reason: impl Into<BoxError>) -> Error {
    Failure::new(kind, words).into_error(StatusCode::BAD_GATEWAY).with_cause(reason)
}

/// AWS's JSON about an error; made of the header where the body has none.
pub(super) async fn diagnostic(headers: &HeaderMap, body: Incoming, limit: usize) -> Bytes {
    let of_header = |words: &str| {
        let kind = text(headers, ERROR_TYPE).unwrap_or("Unhandled");
        Bytes::from(json!({ "errorType": kind, "errorMessage": words }).to_string())
    };
    match read(body, limit).await {
        Ok(whole) if whole.trim_ascii().is_empty() => of_header(""),
        Ok(whole) => whole,
        Err(Unread::TooLarge(rest)) => {
            discard(rest).await;
            of_header("the error is too large to be told")
        }
        Err(Unread::Broken(_)) => of_header("the error broke off"),
    }
}

async fn refused(refusal: Refusal, body: Incoming) -> Reply {
    // Read, so that the process sees the answer and may use its connection again.
    discard(body).await;
    match refusal {
        Refusal::Unknown => fault(StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID"),
        Refusal::Late => fault(StatusCode::GONE, "RequestTimedOut", "the deadline of the request has passed"),
    }
}

enum Unread {
    TooLarge(Incoming),
    Broken(hyper::Error),
}

async fn read(mut body: Incoming, limit: usize) -> Result<Bytes, Unread> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limit {
        return Err(Unread::TooLarge(body));
    }
    let mut whole = BytesMut::with_capacity(announced);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(Unread::Broken)?.into_data() else { continue };
        if whole.len() + data.len() > limit {
            return Err(Unread::TooLarge(body));
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole.freeze())
}

/// Reads a body that nobody wants, to its end.
pub(super) async fn discard(mut body: Incoming) {
    while let Some(Ok(_)) = body.frame().await {}
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn media_type(headers: &HeaderMap) -> Option<&HeaderValue> {
    headers.get(CONTENT_TYPE)
}

fn essence(media_type: &HeaderValue) -> &str {
    media_type.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim()
}
