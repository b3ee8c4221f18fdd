//! The shortest way in.

use std::fmt::Debug;
use std::future::Future;

use bytes::Bytes;
use futures_util::Stream;
use lambda_runtime::layers::TracingLayer;
use lambda_runtime::{Diagnostic, Error, IntoFunctionResponse, LambdaEvent, Service};
use serde::{Deserialize, Serialize};

use crate::runtime::Runtime;

/// Serves a handler until SIGTERM or SIGINT, then drains. Gives `Ok` when all requests are answered.
///
/// Requests are served concurrently on the task that awaits this.
///
/// # Errors
///
/// What keeps it from serving, in one line: a variable that cannot be understood, an address that cannot be had, or a service that
/// is never ready again.
pub async fn run<A, F, R, B, S, D, E>(handler: F) -> Result<(), Error>
where
    F: Service<LambdaEvent<A>, Response = R>,
    F::Future: Future<Output = Result<R, F::Error>>,
    F::Error: Into<Diagnostic> + Debug,
    A: for<'de> Deserialize<'de>,
    R: IntoFunctionResponse<B, S>,
    B: Serialize,
    S: Stream<Item = Result<D, E>> + Unpin + Send + 'static,
    D: Into<Bytes> + Send,
    E: Into<Error> + Send + Debug,
{
    Runtime::new(handler).layer(TracingLayer::new()).run().await
}

/// Serves a handler that can be cloned and sent, on all threads of the tokio runtime, until SIGTERM or SIGINT, then drains.
///
/// # Errors
///
/// As [`run`].
#[cfg(feature = "concurrency-tokio")]
pub async fn run_concurrent<A, F, R, B, S, D, E>(handler: F) -> Result<(), Error>
where
    F: Service<LambdaEvent<A>, Response = R> + Clone + Send + 'static,
    F::Future: Future<Output = Result<R, F::Error>> + Send + 'static,
    F::Error: Into<Diagnostic> + Debug,
    A: for<'de> Deserialize<'de> + Send + 'static,
    R: IntoFunctionResponse<B, S> + Send + 'static,
    B: Serialize + Send + 'static,
    S: Stream<Item = Result<D, E>> + Unpin + Send + 'static,
    D: Into<Bytes> + Send + 'static,
    E: Into<Error> + Send + Debug + 'static,
{
    Runtime::new(handler).layer(TracingLayer::new()).run_concurrent().await
}

#[cfg(test)]
mod tests {
    use lambda_runtime::service_fn;
    use serde_json::Value;

    use super::*;

    /// A program may spawn what it serves.
    #[test]
    fn what_is_made_of_a_handler_that_can_be_sent_can_be_sent() {
        fn can_be_sent(_: impl Send) {}
        async fn echo(event: LambdaEvent<Value>) -> Result<Value, Error> {
            Ok(event.payload)
        }
        can_be_sent(run(service_fn(echo)));
        can_be_sent(Runtime::new(service_fn(echo)).run());
    }
}
