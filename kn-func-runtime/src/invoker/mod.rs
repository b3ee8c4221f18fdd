//! One request in, one response out.

mod guard;
mod health;
mod limits;
mod report;

use std::net::SocketAddr;
use std::sync::Arc;

use http::Method;
use http::header::CONTENT_LENGTH;

use crate::body::{Body, Request, Response};
use crate::error::Error;
use crate::event;
use crate::function::{Answer, Function};
use crate::host::Host;
use crate::observer::Watch;
use crate::output::IntoResponse;
use crate::panic;
use crate::scope::Scope;

pub(crate) use health::Health;
pub(crate) use limits::Limits;
use report::reason;

/// A function with everything that stands between it and a request.
#[derive(Debug)]
pub(crate) struct Invoker {
    pub(crate) function: Function,
    pub(crate) host: Arc<Host>,
    pub(crate) health: Health,
    pub(crate) limits: Limits,
    pub(crate) expose_errors: bool,
}

impl Invoker {
    /// Answers a request. Dropping the future cancels the function.
    pub(crate) async fn invoke(&self, mut request: Request, remote_addr: Option<SocketAddr>) -> Response {
        if let Some(probe) = self.health.probe(&request) {
            let answer = self.health.answer(probe, self).await;
            return if request.method() == Method::HEAD { without_body(answer) } else { answer };
        }
        let present = self.host.enter();
        let deadline = self.limits.deadline();
        let places = self.limits.places.clone();
        let watch = Watch::new(&self.host.observers, &request);
        let scope = Arc::new(Scope::new(self.host.clone(), &request).with(remote_addr, deadline, places, watch));
        let at_work = AtWork(scope.clone());
        let response = match self.limits.admit(&request, &scope) {
            Err(refusal) => refusal.into_response(),
            Ok(()) => {
                request.body_mut().limit(self.limits.body);
                if let Some(watch) = scope.watch() {
                    watch.receives(&mut request);
                }
                let answer = self.function.call(request);
                scope.clone().hold(self.call(answer, &scope)).await
            }
        };
        let response = self.finish(response, &scope);
        // What is still streaming is still in flight, and still at work.
        guard::while_streaming(response, scope, (at_work, present))
    }

    async fn call(&self, answer: Answer, scope: &Arc<Scope>) -> Response {
        let response = match self.limits.in_time(scope, panic::catch(answer)).await {
            Ok(Ok(response)) => response,
            Ok(Err(panic)) => {
                scope.panicked();
                Error::internal(panic).into_response()
            }
            Err(late) => late.into_response(),
        };
        if scope.event().is_some() { event::answer_event(response) } else { response }
    }

    fn finish(&self, mut response: Response, scope: &Arc<Scope>) -> Response {
        let error = scope.around_now(|| report::outcome(&mut response, scope, self.expose_errors));
        if *scope.method() == Method::HEAD {
            response = without_body(response);
            // Nobody asks for a body that is not sent.
            scope.sent();
        }
        if let Some(watch) = scope.watch() {
            watch.answered(&mut response, error.as_ref().map(reason));
        }
        response
    }
}

/// A request that is over when it is answered or given up, whatever it has spawned.
struct AtWork(Arc<Scope>);

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// The headers of an answer, its length among them where it is known (RFC 9110, section 9.3.2).
fn without_body(mut response: Response) -> Response {
    let body = std::mem::take(response.body_mut());
    if !body.is_whole() {
        return response.map(|_| Body::nothing_of_unknown_length());
    }
    if let Some(whole) = body.into_whole().filter(|whole| !whole.is_empty()) {
        response.headers_mut().entry(CONTENT_LENGTH).or_insert(whole.len().into());
    }
    response
}
