//! A user's HTTP handler as a service over invocations.

use std::fmt::Debug;
use std::future::{Future, Ready, ready};
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use kn_lambda_gateway::Incoming;
use kn_lambda_runtime::exchange::Exchange;
use kn_lambda_runtime::{Diagnostic, LambdaInvocation};
use lambda_http::{Body, Error, IntoResponse, Request, Response, Service};
use pin_project_lite::pin_project;

use crate::{incoming, outgoing};

/// Calls the user's service with the request and answers with what it gives.
#[derive(Debug)]
pub(crate) struct Handler<S, R> {
    service: S,
    answer: PhantomData<fn() -> R>,
}

impl<S, R> Handler<S, R> {
    pub(crate) fn new(service: S) -> Self {
        Self { service, answer: PhantomData }
    }
}

impl<S: Clone, R> Clone for Handler<S, R> {
    fn clone(&self) -> Self {
        Self::new(self.service.clone())
    }
}

/// How an answer is made of what a handler gives.
pub(crate) trait Answered {
    /// Makes it, or the future of it.
    fn begin(self, exchange: &Exchange) -> Option<Collecting>;
}

/// An answer whose body is still read.
pub(crate) type Collecting = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

/// An answer that is sent as a whole.
#[derive(Debug)]
pub(crate) struct Whole<R>(R);

/// An answer that is sent while it is made.
#[derive(Debug)]
pub(crate) struct Streaming<R>(R);

impl<R> From<R> for Whole<R> {
    fn from(answer: R) -> Self {
        Self(answer)
    }
}

impl<R> From<R> for Streaming<R> {
    fn from(answer: R) -> Self {
        Self(answer)
    }
}

impl<R: IntoResponse> Answered for Whole<R> {
    fn begin(self, _: &Exchange) -> Option<Collecting> {
        Some(self.0.into_response())
    }
}

impl<B> Answered for Streaming<Response<B>>
where
    B: http_body::Body + Unpin + Send + 'static,
    B::Data: Into<Bytes> + Send,
    B::Error: Into<Error> + Send + Debug,
{
    fn begin(self, exchange: &Exchange) -> Option<Collecting> {
        exchange.answer_streaming(outgoing::streaming(exchange.gateway(), self.0));
        None
    }
}

impl<S, R> Service<LambdaInvocation> for Handler<S, R>
where
    S: Service<Request>,
    S::Error: Debug + Into<Diagnostic>,
    R: From<S::Response> + Answered,
{
    type Response = ();
    type Error = Error;
    type Future = HandlerFuture<S::Future, R>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.service.poll_ready(cx).map_err(|error| {
            let Diagnostic { error_type, error_message } = error.into();
            format!("{error_type}: {error_message}").into()
        })
    }

    fn call(&mut self, invocation: LambdaInvocation) -> Self::Future {
        let exchange = match Exchange::of(&invocation) {
            Ok(exchange) => exchange,
            Err(error) => return HandlerFuture::Done { outcome: ready(Err(error)) },
        };
        let Some((original, remote_addr)) = exchange.request() else {
            return HandlerFuture::Done { outcome: ready(Err("the request was taken already".into())) };
        };
        let matched = exchange.gateway().matched(original.uri().path());
        let request_id = invocation.context.request_id.clone();
        let incoming = Incoming::new(&original, &request_id, remote_addr);
        let request = incoming::request(&original, &incoming, &matched, invocation.context);
        HandlerFuture::AtWork { future: self.service.call(request), exchange, answer: PhantomData }
    }
}

pin_project! {
    #[project = HandlerState]
    pub(crate) enum HandlerFuture<Fut, R> {
        AtWork {
            #[pin]
            future: Fut,
            exchange: Exchange,
            answer: PhantomData<fn() -> R>,
        },
        Collecting { answer: Collecting, exchange: Exchange },
        Done { outcome: Ready<Result<(), Error>> },
    }
}

impl<Fut, A, Fault, R> Future for HandlerFuture<Fut, R>
where
    Fut: Future<Output = Result<A, Fault>>,
    Fault: Debug + Into<Diagnostic>,
    R: From<A> + Answered,
{
    type Output = Result<(), Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            let next = match self.as_mut().project() {
                HandlerState::AtWork { future, exchange, .. } => match ready!(future.poll(cx)) {
                    Ok(answer) => match R::from(answer).begin(exchange) {
                        Some(answer) => Self::Collecting { answer, exchange: exchange.clone() },
                        None => return Poll::Ready(Ok(())),
                    },
                    Err(error) => {
                        exchange.fail(error);
                        return Poll::Ready(Ok(()));
                    }
                },
                HandlerState::Collecting { answer, exchange } => {
                    let answer = ready!(answer.as_mut().poll(cx));
                    exchange.answer(outgoing::whole(exchange.gateway(), answer));
                    return Poll::Ready(Ok(()));
                }
                HandlerState::Done { outcome } => return Pin::new(outcome).poll(cx),
            };
            self.set(next);
        }
    }
}
