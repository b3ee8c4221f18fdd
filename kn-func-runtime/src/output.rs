//! What a function may return.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::body::{Body, Response};
use crate::error::{BoxError, Error};

/// What a function may return: whatever becomes a response.
///
/// | value | response |
/// |---|---|
/// | `()`, `None` | 204 without a body; 202 to an event |
/// | `String`, `&'static str`, `Cow<'static, str>` | 200, `text/plain; charset=utf-8` |
/// | `Bytes`, `Vec<u8>`, `&'static [u8]` | 200, `application/octet-stream` |
/// | [`Json<T>`](crate::Json), `serde_json::Value` | 200, `application/json` |
/// | [`Event`](crate::Event), `Vec<Event>` | 200, a CloudEvent in binary mode, a batch of them |
/// | [`Reply<T>`](crate::Reply) | 200, any of these as the data of an event with attributes of your choice |
/// | [`Sse`](crate::Sse) | 200, `text/event-stream` |
/// | `StatusCode`, `(StatusCode, T)`, `(StatusCode, HeaderMap, T)` | as they say |
/// | `Option<T>`, `Result<T, E>` | as what is in it; [`Error`] with its own status |
/// | [`Body`], `Response<B>` | as it is |
///
/// ```
/// use kn_func_runtime::{Body, IntoResponse, Response};
///
/// struct Csv(String);
///
/// impl IntoResponse for Csv {
///     fn into_response(self) -> Response {
///         let mut response = Response::new(Body::from(self.0));
///         response.headers_mut().insert("content-type", http::HeaderValue::from_static("text/csv"));
///         response
///     }
/// }
/// assert_eq!(Csv("a,b".into()).into_response().headers()["content-type"], "text/csv");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no output of a function",
    label = "a function cannot return this",
    note = "a function returns `()`, text, `Bytes`, `Json<T>`, `Event`, `Vec<Event>`, `Reply<T>`, `Sse`, `StatusCode`, `(StatusCode, T)`, `(StatusCode, HeaderMap, T)`, `Body`, `Response<B>`, or an `Option` or `Result` of these",
    note = "the error of a `Result` is `kn_func_runtime::Error`, or a type of yours that implements `IntoResponse`"
)]
pub trait IntoResponse {
    /// Makes the response.
    fn into_response(self) -> Response;
}

/// A response with a body and its media type.
pub(crate) fn with_type(media_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// A response of one line of text.
pub(crate) fn text(status: StatusCode, line: impl Into<Body>) -> Response {
    let mut response = with_type(TEXT, line);
    *response.status_mut() = status;
    response
}

const TEXT: &str = "text/plain; charset=utf-8";
const OCTETS: &str = "application/octet-stream";

impl IntoResponse for () {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl IntoResponse for StatusCode {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self;
        response
    }
}

impl IntoResponse for &'static str {
    fn into_response(self) -> Response {
        with_type(TEXT, self)
    }
}

impl IntoResponse for String {
    fn into_response(self) -> Response {
        with_type(TEXT, self)
    }
}

impl IntoResponse for Cow<'static, str> {
    fn into_response(self) -> Response {
        match self {
            Cow::Borrowed(text) => text.into_response(),
            Cow::Owned(text) => text.into_response(),
        }
    }
}

impl IntoResponse for Bytes {
    fn into_response(self) -> Response {
        with_type(OCTETS, self)
    }
}

impl IntoResponse for Vec<u8> {
    fn into_response(self) -> Response {
        with_type(OCTETS, self)
    }
}

impl IntoResponse for &'static [u8] {
    fn into_response(self) -> Response {
        with_type(OCTETS, self)
    }
}

impl IntoResponse for Body {
    fn into_response(self) -> Response {
        Response::new(self)
    }
}

impl<B> IntoResponse for http::Response<B>
where
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    fn into_response(self) -> Response {
        self.map(Body::new)
    }
}

impl<T: IntoResponse> IntoResponse for (StatusCode, T) {
    fn into_response(self) -> Response {
        let mut response = self.1.into_response();
        *response.status_mut() = self.0;
        response
    }
}

impl<T: IntoResponse> IntoResponse for (StatusCode, HeaderMap, T) {
    fn into_response(self) -> Response {
        let mut response = (self.0, self.2).into_response();
        response.headers_mut().extend(self.1);
        response
    }
}

impl<T: IntoResponse> IntoResponse for Option<T> {
    fn into_response(self) -> Response {
        self.map_or_else(|| ().into_response(), IntoResponse::into_response)
    }
}

impl<T: IntoResponse, E: IntoResponse> IntoResponse for Result<T, E> {
    fn into_response(self) -> Response {
        match self {
            Ok(value) => value.into_response(),
            Err(error) => error.into_response(),
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = match self.json() {
            Some(json) => (self.status(), json.clone()).into_response(),
            None => text(self.status(), one_short_line(self.message())),
        };
        if let Some(seconds) = self.retry_after_seconds() {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(Failed(Arc::new(self)));
        response
    }
}

/// Eventing keeps the first 1,024 characters of an error's body, and passes them on in a header.
fn one_short_line(message: &str) -> String {
    message.chars().take(1024).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The error that a response was made of, for the log.
#[derive(Clone)]
pub(crate) struct Failed(pub(crate) Arc<Error>);

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn outcome(output: impl IntoResponse) -> (u16, Option<String>) {
        let response = output.into_response();
        let media_type = response.headers().get(CONTENT_TYPE).map(|value| value.to_str().unwrap().to_owned());
        (response.status().as_u16(), media_type)
    }

    #[test]
    fn nothing_is_a_204() {
        assert_eq!(outcome(()), (204, None));
        assert_eq!(outcome(None::<String>), (204, None));
    }

    #[test]
    fn text_and_bytes_say_what_they_are() {
        assert_eq!(outcome("hello"), (200, Some(TEXT.into())));
        assert_eq!(outcome(Cow::from("hello".to_owned())), (200, Some(TEXT.into())));
        assert_eq!(outcome(vec![0_u8]), (200, Some(OCTETS.into())));
    }

    #[test]
    fn a_status_and_headers_go_before_the_value() {
        assert_eq!(outcome((StatusCode::CREATED, "made")), (201, Some(TEXT.into())));
        let html = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("text/html"))]);
        assert_eq!(outcome((StatusCode::OK, html, "<p>")), (200, Some("text/html".into())));
    }

    #[tokio::test]
    async fn the_words_of_an_error_are_one_short_line() {
        let error = Error::bad_request(format!("a\r\nb\0{}", "x".repeat(5000)));
        let body = error.into_response().into_body().bytes().await.unwrap();
        assert!(body.starts_with(b"a  b x") && body.len() == 1024);
    }

    #[test]
    fn an_error_says_its_words_and_when_to_come_back() {
        let response = Error::unavailable("starting").retry_after(Duration::from_secs(7)).into_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()[RETRY_AFTER], "7");
    }

    #[tokio::test]
    async fn an_error_with_json_says_that_instead() {
        let response = Error::not_found("no order 7").with_json(serde_json::json!({ "order": 7 })).into_response();
        assert_eq!(
            (response.status().as_u16(), &response.headers()[CONTENT_TYPE]),
            (404, &HeaderValue::from_static("application/json"))
        );
        assert_eq!(response.into_body().bytes().await.unwrap(), r#"{"order":7}"#);
    }
}
