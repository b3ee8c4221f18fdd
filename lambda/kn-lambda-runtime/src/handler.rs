//! A user's handler as a service over invocations.

use std::fmt::Debug;
use std::future::{Future, Ready, ready};
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::Stream;
use http::header::SET_COOKIE;
use http::{HeaderValue, StatusCode};
use kn_func_runtime::{Body, Response, Result};
use kn_lambda_gateway::{DefaultType, Failure, Gateway, Shape};
use lambda_runtime::{
    Diagnostic, Error, FunctionResponse, IntoFunctionResponse, LambdaEvent, LambdaInvocation, Service, StreamResponse,
};
use pin_project_lite::pin_project;
use serde::{Deserialize, Serialize};

use crate::exchange::Exchange;
use crate::stream::StreamBody;

/// Calls the user's service with the payload and answers with what it gives.
#[derive(Debug)]
pub struct Handler<F, A, R, B, S> {
    service: F,
    types: Types<A, (R, B, S)>,
}

/// What a service takes and gives, without holding any.
type Types<In, Out> = PhantomData<fn(In) -> Out>;

impl<F, A, R, B, S> Handler<F, A, R, B, S> {
    pub(crate) fn new(service: F) -> Self {
        Self { service, types: PhantomData }
    }
}

impl<F: Clone, A, R, B, S> Clone for Handler<F, A, R, B, S> {
    fn clone(&self) -> Self {
        Self::new(self.service.clone())
    }
}

impl<F, A, R, B, S, D, E> Service<LambdaInvocation> for Handler<F, A, R, B, S>
where
    F: Service<LambdaEvent<A>, Response = R>,
    F::Error: Into<Diagnostic> + Debug,
    A: for<'de> Deserialize<'de>,
    R: IntoFunctionResponse<B, S>,
    B: Serialize,
    S: Stream<Item = Result<D, E>> + Unpin + Send + 'static,
    D: Into<Bytes> + Send,
    E: Into<Error> + Send + Debug,
{
    type Response = ();
    type Error = Error;
    type Future = HandlerFuture<F::Future, R, B, S>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.service.poll_ready(cx).map_err(|error| {
            let Diagnostic { error_type, error_message } = error.into();
            format!("{error_type}: {error_message}").into()
        })
    }

    fn call(&mut self, invocation: LambdaInvocation) -> Self::Future {
        let exchange = match Exchange::of(&invocation) {
            Ok(exchange) => exchange,
            Err(error) => return HandlerFuture::Answered { outcome: ready(Err(error)) },
        };
        match read(&invocation.body) {
            Ok(payload) => {
                let future = self.service.call(LambdaEvent::new(payload, invocation.context));
                HandlerFuture::AtWork { future, exchange, types: PhantomData }
            }
            Err(failure) => {
                exchange.answer(Err(failure.into_error(StatusCode::BAD_REQUEST)));
                HandlerFuture::Answered { outcome: ready(Ok(())) }
            }
        }
    }
}

fn read<A: for<'de> Deserialize<'de>>(payload: &[u8]) -> Result<A, Failure> {
    let mut json = serde_json::Deserializer::from_slice(payload);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let place = if path == "." { String::new() } else { format!("at {path}: ") };
        let words = format!("payload is not what the function takes: {place}{}", error.into_inner());
        Failure::new("DeserializeError", words)
    })
}

pin_project! {
    #[project = HandlerState]
    pub enum HandlerFuture<Fut, R, B, S> {
        AtWork {
            #[pin]
            future: Fut,
            exchange: Exchange,
            types: PhantomData<fn() -> (R, B, S)>,
        },
        Answered { outcome: Ready<Result<(), Error>> },
    }
}

impl<Fut, Fault, R, B, S, D, E> Future for HandlerFuture<Fut, R, B, S>
where
    Fut: Future<Output = Result<R, Fault>>,
    Fault: Into<Diagnostic> + Debug,
    R: IntoFunctionResponse<B, S>,
    B: Serialize,
    S: Stream<Item = Result<D, E>> + Unpin + Send + 'static,
    D: Into<Bytes> + Send,
    E: Into<Error> + Send + Debug,
{
    type Output = Result<(), Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            HandlerState::AtWork { future, exchange, .. } => {
                match ready!(future.poll(cx)).map(IntoFunctionResponse::into_response) {
                    Ok(FunctionResponse::BufferedResponse(answer)) => match serde_json::to_vec(&answer) {
                        Ok(answer) => exchange.answer_json(answer.into()),
                        Err(error) => {
                            let failure = Failure::new("Runtime.MarshalError", format!("answer is no JSON: {error}"));
                            exchange.answer(Err(failure.into_error(StatusCode::INTERNAL_SERVER_ERROR)));
                        }
                    },
                    Ok(FunctionResponse::StreamingResponse(answer)) => {
                        exchange.answer_streaming(streaming(exchange.gateway(), answer));
                    }
                    Err(error) => exchange.fail(error),
                }
                Poll::Ready(Ok(()))
            }
            HandlerState::Answered { outcome } => Pin::new(outcome).poll(cx),
        }
    }
}

fn streaming<S, D, E>(gateway: &Gateway, answer: StreamResponse<S>) -> Result<Response>
where
    S: Stream<Item = Result<D, E>> + Unpin + Send + 'static,
    D: Into<Bytes> + Send,
    E: Into<Error> + Send + Debug,
{
    let prelude = answer.metadata_prelude;
    let mut response = Response::new(Body::new(StreamBody(answer.stream)));
    *response.status_mut() = prelude.status_code;
    *response.headers_mut() = prelude.headers;
    for cookie in prelude.cookies {
        let cookie = HeaderValue::try_from(cookie).map_err(|_| {
            Failure::new("Runtime.InvalidResponse", "cookie of the answer holds what HTTP does not allow in a header")
                .into_error(StatusCode::BAD_GATEWAY)
        })?;
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    gateway.finished(response, DefaultType::Octets)
}

/// What a handler takes when the environment does not say it: AWS's own types for requests are known by their names.
pub(crate) fn shape_of<A>() -> Shape {
    match std::any::type_name::<A>().rsplit("::").next() {
        // `LambdaRequest` is what the adapters of `lambda_http` take.
        Some("ApiGatewayV2httpRequest" | "LambdaRequest") => Shape::ApiGatewayV2,
        Some("ApiGatewayProxyRequest") => Shape::ApiGatewayV1,
        _ => Shape::Payload,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_says_where_it_is_wrong() {
        #[derive(Debug, Deserialize)]
        struct Order {
            #[expect(dead_code)]
            items: Vec<u32>,
        }
        let failure = read::<Order>(br#"{"items": [1, "two"]}"#).unwrap_err();
        let words = "DeserializeError: payload is not what the function takes: at items[1]: \
            invalid type: string \"two\", expected u32 at line 1 column 19";
        assert_eq!(failure.to_string(), words);
    }

    #[test]
    fn aws_types_for_requests_are_known() {
        struct ApiGatewayV2httpRequest;
        assert_eq!(shape_of::<ApiGatewayV2httpRequest>(), Shape::ApiGatewayV2);
        assert_eq!(shape_of::<Vec<ApiGatewayV2httpRequest>>(), Shape::Payload);
        assert_eq!(shape_of::<serde_json::Value>(), Shape::Payload);
    }
}
