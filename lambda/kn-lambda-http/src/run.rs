//! The ways in.

use std::fmt::Debug;

use bytes::Bytes;
use http_body::Body as HttpBody;
use kn_lambda_runtime::layers::TracingLayer;
use kn_lambda_runtime::{Diagnostic, LambdaInvocation, Runtime};
use lambda_http::{Error, IntoResponse, Request, Response, Service};

use crate::handler::{Handler, Streaming, Whole};

/// Serves a handler until SIGTERM or SIGINT, then drains. Gives `Ok` when all requests are answered.
///
/// Requests are served concurrently on the task that awaits this. An answer is read to its end before it is sent; one of text has
/// the content type of `KN_LAMBDA_CONTENT_TYPE` if it has none.
///
/// # Errors
///
/// What keeps it from serving, in one line: a variable that cannot be understood, an address that cannot be had, or a service that
/// is never ready again.
pub async fn run<'a, R, S, E>(handler: S) -> Result<(), Error>
where
    S: Service<Request, Response = R, Error = E>,
    S::Future: Send + 'a,
    R: IntoResponse,
    E: Debug + Into<Diagnostic>,
{
    Runtime::over_requests(Handler::<S, Whole<R>>::new(handler)).layer(TracingLayer::new()).run().await
}

/// Serves a handler that can be cloned and sent, on all threads of the tokio runtime, until SIGTERM or SIGINT, then drains.
///
/// # Errors
///
/// As [`run`].
#[cfg(feature = "concurrency-tokio")]
pub async fn run_concurrent<R, S, E>(handler: S) -> Result<(), Error>
where
    S: Service<Request, Response = R, Error = E> + Clone + Send + 'static,
    S::Future: Send + 'static,
    R: IntoResponse + Send + Sync + 'static,
    E: Debug + Into<Diagnostic> + Send + 'static,
{
    runtime_concurrent(handler).layer(TracingLayer::new()).run_concurrent().await
}

/// Serves a handler whose answers are sent while they are made, until SIGTERM or SIGINT, then drains.
///
/// A body that fails aborts the connection, so that the client can tell a broken answer from a whole one.
///
/// # Errors
///
/// As [`run`].
pub async fn run_with_streaming_response<'a, S, B, E>(handler: S) -> Result<(), Error>
where
    S: Service<Request, Response = Response<B>, Error = E>,
    S::Future: Send + 'a,
    E: Debug + Into<Diagnostic>,
    B: HttpBody + Unpin + Send + 'static,
    B::Data: Into<Bytes> + Send,
    B::Error: Into<Error> + Send + Debug,
{
    Runtime::over_requests(Handler::<S, Streaming<Response<B>>>::new(handler)).layer(TracingLayer::new()).run().await
}

/// Serves a streaming handler that can be cloned and sent, on all threads of the tokio runtime.
///
/// # Errors
///
/// As [`run`].
#[cfg(feature = "concurrency-tokio")]
pub async fn run_with_streaming_response_concurrent<S, B, E>(handler: S) -> Result<(), Error>
where
    S: Service<Request, Response = Response<B>, Error = E> + Clone + Send + 'static,
    S::Future: Send + 'static,
    E: Debug + Into<Diagnostic> + Send + 'static,
    B: HttpBody + Unpin + Send + 'static,
    B::Data: Into<Bytes> + Send,
    B::Error: Into<Error> + Send + Debug,
{
    streaming_runtime_concurrent(handler).layer(TracingLayer::new()).run_concurrent().await
}

/// The runtime of a handler before it runs, for layers and SnapStart hooks.
pub fn runtime<R, S, E>(handler: S) -> Runtime<impl Service<LambdaInvocation, Response = (), Error = Error>>
where
    S: Service<Request, Response = R, Error = E> + Send + 'static,
    S::Future: Send + 'static,
    R: IntoResponse + Send + Sync + 'static,
    E: Debug + Into<Diagnostic> + Send + 'static,
{
    Runtime::over_requests(Handler::<S, Whole<R>>::new(handler))
}

/// The runtime of a handler that can be cloned and sent, before it runs.
#[cfg(feature = "concurrency-tokio")]
pub fn runtime_concurrent<R, S, E>(
    handler: S,
) -> Runtime<impl Service<LambdaInvocation, Response = (), Error = Error, Future: Send> + Clone + Send + 'static>
where
    S: Service<Request, Response = R, Error = E> + Clone + Send + 'static,
    S::Future: Send + 'static,
    R: IntoResponse + Send + Sync + 'static,
    E: Debug + Into<Diagnostic> + Send + 'static,
{
    Runtime::over_requests(Handler::<S, Whole<R>>::new(handler))
}

/// The runtime of a streaming handler before it runs, for layers and SnapStart hooks.
pub fn streaming_runtime<S, B, E>(handler: S) -> Runtime<impl Service<LambdaInvocation, Response = (), Error = Error>>
where
    S: Service<Request, Response = Response<B>, Error = E> + Send + 'static,
    S::Future: Send + 'static,
    E: Debug + Into<Diagnostic> + Send + 'static,
    B: HttpBody + Unpin + Send + 'static,
    B::Data: Into<Bytes> + Send,
    B::Error: Into<Error> + Send + Debug,
{
    Runtime::over_requests(Handler::<S, Streaming<Response<B>>>::new(handler))
}

/// The runtime of a streaming handler that can be cloned and sent, before it runs.
#[cfg(feature = "concurrency-tokio")]
pub fn streaming_runtime_concurrent<S, B, E>(
    handler: S,
) -> Runtime<impl Service<LambdaInvocation, Response = (), Error = Error, Future: Send> + Clone + Send + 'static>
where
    S: Service<Request, Response = Response<B>, Error = E> + Clone + Send + 'static,
    S::Future: Send + 'static,
    E: Debug + Into<Diagnostic> + Send + 'static,
    B: HttpBody + Unpin + Send + 'static,
    B::Data: Into<Bytes> + Send,
    B::Error: Into<Error> + Send + Debug,
{
    Runtime::over_requests(Handler::<S, Streaming<Response<B>>>::new(handler))
}

#[cfg(test)]
mod tests {
    use lambda_http::service_fn;

    use super::*;

    /// A program may spawn what it serves.
    #[test]
    fn what_is_made_of_a_handler_that_can_be_sent_can_be_sent() {
        fn can_be_sent(_: impl Send) {}
        async fn hello(_: Request) -> Result<&'static str, Error> {
            Ok("hello")
        }
        can_be_sent(run(service_fn(hello)));
        can_be_sent(run_with_streaming_response(service_fn(async |_: Request| {
            Ok::<_, Error>(Response::new(lambda_http::Body::Empty))
        })));
    }
}
