//! What a process hears back.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::Full;
use serde_json::json;

use super::Reply;

/// JSON with a status.
pub(super) fn with_json(status: StatusCode, json: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(Full::new(json.into()));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    reply
}

/// 202: it was taken.
pub(super) fn accepted() -> Reply {
    with_json(StatusCode::ACCEPTED, r#"{"status":"OK"}"#)
}

/// What was wrong, as AWS says it.
pub(super) fn fault(status: StatusCode, kind: &str, message: impl Into<String>) -> Reply {
    let message: String = message.into();
    with_json(status, json!({ "errorMessage": message, "errorType": kind }).to_string())
}
