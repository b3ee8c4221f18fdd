//! What is said about an answer: to the log, and to the caller of a failed one.

use std::sync::Arc;

use http::StatusCode;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};

use crate::body::{Body, Response};
use crate::error::Error;
use crate::output::{Failed, IntoResponse};
use crate::scope::{Scope, X_REQUEST_ID};

/// More than any client takes.
const MOST_HEADERS: usize = 4096;

/// One line for a failed request, none for an ordinary one. A failed answer carries the request id, so that the line can be found.
/// Gives what failed.
pub(super) fn outcome(response: &mut Response, scope: &Scope, expose_errors: bool) -> Option<Arc<Error>> {
    make_possible(response);
    warn_of_loop(response, scope);
    let failed = response.extensions_mut().remove::<Failed>();
    let status = response.status();
    match &failed {
        Some(Failed(error)) => {
            log(scope, error);
            if expose_errors && status == StatusCode::INTERNAL_SERVER_ERROR {
                expose(response, error);
            }
        }
        None if status.is_server_error() => {
            tracing::error!(method = %scope.method(), path = scope.path(), status = status.as_u16(), "request failed");
        }
        None => {
            tracing::debug!(method = %scope.method(), path = scope.path(), status = status.as_u16(), "request answered");
        }
    }
    let id = if failed.is_some() { Some(scope.request_id()) } else { scope.given_request_id() };
    if let Some(id) = id {
        response.headers_mut().entry(&X_REQUEST_ID).or_insert_with(|| id.clone());
    }
    failed.map(|Failed(error)| error)
}

/// Why, for the operator.
pub(super) fn reason(error: &Arc<Error>) -> String {
    error.cause_chain().unwrap_or_else(|| error.message().to_owned())
}

/// What HTTP has no room for: an interim status as the answer, a body where there is none (RFC 9110, sections 15.2, 15.3.5 and
/// 15.4.5), more header fields than a map can hold with those that are still to come.
fn make_possible(response: &mut Response) {
    let headers = response.headers().len();
    if headers > MOST_HEADERS {
        *response = Error::internal(format!("function answered with {headers} header fields")).into_response();
    }
    match response.status() {
        StatusCode::SWITCHING_PROTOCOLS => {}
        status if status.is_informational() => {
            let words = format!("function answered with the interim status {}", status.as_u16());
            *response = Error::internal(words).into_response();
        }
        StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT => {
            *response.body_mut() = Body::empty();
            response.headers_mut().remove(CONTENT_LENGTH);
            response.headers_mut().remove(CONTENT_TYPE);
        }
        StatusCode::NOT_MODIFIED => *response.body_mut() = Body::empty(),
        _ => {}
    }
}

fn log(scope: &Scope, error: &Arc<Error>) {
    let (method, path, status) = (scope.method(), scope.path(), error.status().as_u16());
    let reason = reason(error);
    // A passing fault is said on purpose.
    if error.status().is_server_error() && error.status() != StatusCode::SERVICE_UNAVAILABLE {
        tracing::error!(%method, path, status, error = reason, "request failed");
    } else {
        tracing::warn!(%method, path, status, error = reason, "request refused");
    }
}

/// Parliament's way, for those who debug.
fn expose(response: &mut Response, error: &Error) {
    if let Some(cause) = error.cause().filter(|_| error.json().is_none()) {
        *response.body_mut() = Body::from(format!("Function raised {cause}"));
        let headers = response.headers_mut();
        headers.remove(CONTENT_LENGTH);
        headers.remove(CONTENT_ENCODING);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    }
}

/// A reply that the same trigger selects again goes round until the broker's hop limit ends it.
fn warn_of_loop(response: &Response, scope: &Scope) {
    let Some(event) = scope.event() else { return };
    let is = |name: &str, value: &str| response.headers().get(name).is_some_and(|it| it.as_bytes() == value.as_bytes());
    if is("ce-type", &event.ty) && is("ce-source", &event.source) {
        tracing::warn!(
            "reply has the type and the source of the event that it answers; a trigger that selects both loops"
        );
    }
}
