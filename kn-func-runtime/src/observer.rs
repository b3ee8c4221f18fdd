//! What watches requests from their arrival to the last byte of their answer: metrics, traces, the log of a local run.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use http::header::CONTENT_LENGTH;
use http::{HeaderMap, StatusCode};

use crate::body::{Request, Response};
use crate::scope::{EventKey, Scope};

/// Watches the requests of a server. Where there is none, a request costs nothing.
pub(crate) trait Observer: fmt::Debug + Send + Sync {
    /// A request has arrived; health probes are none. Its body is not looked at.
    fn request(&self, request: &Request) -> Arc<dyn Observed>;
}

/// One request that is watched.
pub(crate) trait Observed: fmt::Debug + Send + Sync {
    /// Its input was read, so it is known which event it is, if it is one; now the function is called. Said once more if the function
    /// finds out later that it is an event.
    fn begun(&self, event: Option<&EventKey>) {
        let _ = event;
    }

    /// Runs a piece of its work: the function until it waits, work that it left behind, a piece of a streaming answer, a log line.
    fn enter(&self, code: &mut dyn FnMut()) {
        code();
    }

    /// A panic was caught: of the function, of its streaming answer or of what it has spawned.
    fn panicked(&self) {}

    /// Adds what continues its trace to the headers of a request that it makes; says whether there was anything to add.
    fn inject(&self, headers: &mut HeaderMap) -> bool {
        let _ = headers;
        false
    }

    /// The last byte of the answer is there, or there will be none. Called once.
    fn ended(&self, outcome: &Outcome<'_>) {
        let _ = outcome;
    }
}

/// How a request ended.
#[derive(Debug)]
#[cfg_attr(
    not(all(feature = "logging", feature = "metrics", feature = "otel")),
    allow(dead_code, reason = "each observer looks at a part of it")
)]
pub(crate) struct Outcome<'a> {
    /// The request itself: its method, its path, its id, and the event that it is.
    pub(crate) scope: &'a Scope,
    /// None if the client went away before there was one, or the drain was over.
    pub(crate) status: Option<StatusCode>,
    /// What went wrong beside what the status says.
    pub(crate) fault: Option<Fault>,
    /// What the function, or the runtime in its place, said of a failure; for the operator, not for the caller.
    pub(crate) error: Option<&'a str>,
    /// Bytes of the request's body that were read.
    pub(crate) request_bytes: u64,
    /// Bytes of the answer's body that were taken.
    pub(crate) response_bytes: u64,
    /// From the arrival to the last byte of the answer.
    pub(crate) time: Duration,
}

/// What can go wrong with a request, beside what its status says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Refused because too many were at work.
    Shed,
    /// The function took longer than it may, or the request did, or the drain.
    TimedOut,
    /// The function panicked.
    Panicked,
    /// The answer broke off in the middle.
    Broken,
    /// The client went away before the end of the answer.
    ClientGone,
}

/// A request under the eyes of all observers.
#[derive(Debug)]
pub(crate) struct Watch {
    observed: Vec<Arc<dyn Observed>>,
    arrived: Instant,
    received: Arc<AtomicU64>,
    sent: Arc<AtomicU64>,
    answer: OnceLock<Answer>,
    fault: OnceLock<Fault>,
    is_sent: AtomicBool,
}

#[derive(Debug)]
struct Answer {
    status: StatusCode,
    error: Option<String>,
    length: Option<u64>,
}

impl Watch {
    /// Shows a new request to the observers, if there are any.
    pub(crate) fn new(observers: &[Arc<dyn Observer>], request: &Request) -> Option<Self> {
        if observers.is_empty() {
            return None;
        }
        Some(Self {
            observed: observers.iter().map(|observer| observer.request(request)).collect(),
            arrived: Instant::now(),
            received: Arc::default(),
            sent: Arc::default(),
            answer: OnceLock::new(),
            fault: OnceLock::new(),
            is_sent: AtomicBool::new(false),
        })
    }

    /// Counts the bytes of the request's body.
    pub(crate) fn receives(&self, request: &mut Request) {
        request.body_mut().count_in(&self.received);
    }

    pub(crate) fn begun(&self, event: Option<&EventKey>) {
        self.observed.iter().for_each(|observed| observed.begun(event));
    }

    /// Runs a piece of the request's work.
    pub(crate) fn enter<T>(&self, code: impl FnOnce() -> T) -> T {
        let mut code = Some(code);
        let mut value = None;
        let mut run = || value = code.take().map(|code| code());
        enter_all(&self.observed, &mut run);
        value.expect("each observer runs the code that it is given")
    }

    /// Runs the request's work.
    pub(crate) async fn around<F: Future>(self: Arc<Self>, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|cx| self.enter(|| future.as_mut().poll(cx))).await
    }

    pub(crate) fn panicked(&self) {
        self.fault(Fault::Panicked);
        self.observed.iter().for_each(|observed| observed.panicked());
    }

    /// Notes what goes wrong; the first fault is the cause of all others.
    pub(crate) fn fault(&self, fault: Fault) {
        let _ = self.fault.set(fault);
    }

    pub(crate) fn inject(&self, headers: &mut HeaderMap) -> bool {
        self.observed.iter().any(|observed| observed.inject(headers))
    }

    /// Notes the answer and counts the bytes of its body.
    pub(crate) fn answered(&self, response: &mut Response, error: Option<String>) {
        let length = response.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let is_new = self.answer.set(Answer { status: response.status(), error, length }).is_ok();
        if is_new {
            response.body_mut().count_in(&self.sent);
        }
    }

    /// Notes that the answer was taken whole.
    pub(crate) fn sent(&self) {
        self.is_sent.store(true, Ordering::Relaxed);
    }

    /// Tells the observers how the request ended.
    pub(crate) fn ended(&self, scope: &Scope) {
        let answer = self.answer.get();
        let response_bytes = self.sent.load(Ordering::Relaxed);
        // A connection stops asking for more when it has as much as was announced.
        let has_all = answer.is_some_and(|answer| answer.length == Some(response_bytes));
        let is_sent = self.is_sent.load(Ordering::Relaxed) || has_all;
        let unfinished = if scope.host().is_cut() { Fault::TimedOut } else { Fault::ClientGone };
        let outcome = Outcome {
            scope,
            status: answer.map(|answer| answer.status),
            fault: self.fault.get().copied().or((!is_sent).then_some(unfinished)),
            error: answer.and_then(|answer| answer.error.as_deref()),
            request_bytes: self.received.load(Ordering::Relaxed),
            response_bytes,
            time: self.arrived.elapsed(),
        };
        self.observed.iter().for_each(|observed| observed.ended(&outcome));
    }
}

/// The first observer is the outermost.
fn enter_all(observed: &[Arc<dyn Observed>], code: &mut dyn FnMut()) {
    match observed {
        [] => code(),
        [first, others @ ..] => first.enter(&mut || enter_all(others, code)),
    }
}
