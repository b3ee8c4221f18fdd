//! What a function may take.

use std::future::Future;

use crate::body::{Request, Response};
use crate::error::Result;

/// What a function may take: whatever can be read from a request.
///
/// | input | what it is |
/// |---|---|
/// | [`Context`](crate::Context) | everything: the request with its whole body, and the event if there is one |
/// | [`Event`](crate::Event) | the CloudEvent; a request that is none is a 400 |
/// | `Vec<Event>` | a batch, or one event |
/// | [`Json<T>`](crate::Json) | the payload read as JSON; 400 with the place of the fault |
/// | `String`, `Bytes` | the payload as text, as bytes |
/// | [`Request`] | the request while its body still streams; events are not looked at |
///
/// The payload is the data of the event if the request is one, else the body. Each of the inputs that read the body is refused
/// with 413 above `FUNC_BODY_LIMIT`, and a request that claims to be an event and is malformed with 400.
///
/// ```
/// use kn_func_runtime::{Error, FromRequest, Request, Result};
///
/// struct Token(String);
///
/// impl FromRequest for Token {
///     async fn from_request(request: Request) -> Result<Self> {
///         let token = request.headers().get("x-token").and_then(|value| value.to_str().ok());
///         token.map(|token| Self(token.into())).ok_or_else(|| Error::bad_request("header `x-token` is missing"))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no input of a function",
    label = "a function cannot take this",
    note = "a function takes `Context`, `Event`, `Vec<Event>`, `Json<T>`, `String`, `Bytes` or `Request`"
)]
pub trait FromRequest: Sized {
    /// Reads the input.
    ///
    /// # Errors
    ///
    /// What the caller is told instead of calling the function.
    fn from_request(request: Request) -> impl Future<Output = Result<Self>> + Send;

    /// Answers a request that asks about the function instead of calling it. The default answers none.
    ///
    /// An input of events answers `OPTIONS` here, as the CloudEvents webhook specification asks.
    fn preflight(request: &Request) -> Option<Response> {
        let _ = request;
        None
    }
}
