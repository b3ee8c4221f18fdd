//! One request and the answer that it waits for, on their way through the services of a function.
//!
//! For `kn-lambda-http`; not for users.

use std::fmt::Debug;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use bytes::Bytes;
use http::StatusCode;
use kn_func_runtime::{Error, RequestHandle, Response, Result};
use kn_lambda_gateway::{Failure, Gateway, Invocation};
use lambda_runtime::{Config, Diagnostic, LambdaInvocation};
use tokio::sync::oneshot;

use crate::places::Place;

/// A request and its answer. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Exchange {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    gateway: Gateway,
    invocation: Invocation,
    handle: RequestHandle,
    request: Mutex<Option<Original>>,
    reply: Mutex<Option<Reply>>,
    /// Kept until the work is done and the answer is sent.
    place: Option<Arc<Place>>,
}

type Reply = oneshot::Sender<Result<Response>>;

/// The request itself and its peer.
pub type Original = (http::Request<Bytes>, Option<SocketAddr>);

/// What the exchange is answered by.
pub(crate) type Answer = oneshot::Receiver<Result<Response>>;

impl Exchange {
    /// Begins an exchange. The answer is awaited by whoever sent the request.
    pub(crate) fn begin(
        gateway: &Gateway,
        invocation: Invocation,
        handle: RequestHandle,
        request: Option<Original>,
        place: Option<Place>,
    ) -> (Self, Answer) {
        let (reply, answer) = oneshot::channel();
        let (request, reply) = (Mutex::new(request), Mutex::new(Some(reply)));
        let shared =
            Shared { gateway: gateway.clone(), invocation, handle, request, reply, place: place.map(Arc::new) };
        (Self { shared: Arc::new(shared) }, answer)
    }

    /// The exchange that an invocation belongs to.
    ///
    /// # Errors
    ///
    /// A layer made the invocation anew and left it out.
    pub fn of(invocation: &LambdaInvocation) -> Result<Self, lambda_runtime::Error> {
        let exchange = invocation.parts.extensions.get::<Self>().cloned();
        exchange.ok_or_else(|| "a layer dropped the extensions of the invocation; expected them kept".into())
    }

    /// What Lambda would hand to the runtime. This exchange is among its extensions.
    pub(crate) fn to_lambda(&self, config: &Arc<Config>) -> Result<LambdaInvocation, lambda_runtime::Error> {
        let invocation = &self.shared.invocation;
        let (mut parts, body) = http::Response::new(invocation.payload.clone()).into_parts();
        parts.headers = invocation.headers();
        parts.extensions.insert(self.clone());
        let context = lambda_runtime::Context::new(&invocation.request_id, config.clone(), &parts.headers)?;
        Ok(LambdaInvocation { parts, body, context })
    }

    /// The way of the request and of its answer.
    pub fn gateway(&self) -> &Gateway {
        &self.shared.gateway
    }

    /// The request itself, once, if the function takes it.
    pub fn request(&self) -> Option<Original> {
        self.shared.request.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Answers with the JSON that the function gave.
    pub(crate) fn answer_json(&self, answer: Bytes) {
        self.answer(self.shared.gateway.response(&self.shared.invocation, answer));
    }

    /// Answers with what is sent while it is made.
    pub fn answer_streaming(&self, answer: Result<Response>) {
        self.answer(match self.shared.place.clone() {
            Some(place) => answer.map(|response| response.map(|body| place.until_sent(body))),
            None => answer,
        });
    }

    /// Answers, unless that was done already.
    pub fn answer(&self, answer: Result<Response>) {
        if let Some(reply) = self.reply().take() {
            // Whoever asked may have gone.
            let _ = reply.send(answer);
        }
    }

    /// Answers that the function failed: 500 with AWS's error JSON.
    pub fn fail(&self, error: impl Into<Diagnostic> + Debug) {
        let Diagnostic { error_type, error_message } = error.into();
        self.answer(Err(Failure::new(error_type, error_message).into_error(StatusCode::INTERNAL_SERVER_ERROR)));
    }

    /// Answers that the function could not be called, unless it has answered: 500.
    pub(crate) fn lose(&self, words: &str) {
        if self.reply().is_some() {
            self.answer(Err(Failure::new("Runtime.Error", words).into_error(StatusCode::INTERNAL_SERVER_ERROR)));
        }
    }

    /// Answers that the function panicked: 500. The words of the panic are for the log.
    pub(crate) fn panicked(&self, error: Error) {
        let json = serde_json::json!({ "errorType": "Runtime.Panic", "errorMessage": "function panicked" });
        self.answer(Err(error.with_json(json)));
    }

    pub(crate) fn handle(&self) -> RequestHandle {
        self.shared.handle.clone()
    }

    /// Resolves when nobody waits for an answer any more. Once there is one, never.
    pub(crate) async fn abandoned(&self) {
        poll_fn(|cx| match &mut *self.reply() {
            Some(reply) => reply.poll_closed(cx),
            None => Poll::Pending,
        })
        .await;
    }

    fn reply(&self) -> MutexGuard<'_, Option<Reply>> {
        self.shared.reply.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
