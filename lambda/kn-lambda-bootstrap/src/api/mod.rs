//! The Lambda Runtime API, as one process of the function sees it.

mod answer;
mod extension;
mod next;
mod prelude;
mod reply;
mod serve;
mod stream;
mod trailer;

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use tokio::sync::watch;

use crate::desk::Desk;
use crate::queue::Queue;

use reply::{accepted, fault};
pub(crate) use serve::{listen, serve};

const RUNTIME: &str = "/2018-06-01/runtime/";
const EXTENSION: &str = "/2020-01-01/extension/";

pub(crate) type Reply = Response<Full<Bytes>>;

/// What one process is told, and what it tells.
#[derive(Debug)]
pub(crate) struct Api {
    pub(crate) queue: Arc<Queue>,
    pub(crate) desk: Arc<Desk>,
    pub(crate) function: Identity,
    /// Bytes of a whole response.
    pub(crate) response_limit: usize,
    pub(crate) phase: watch::Sender<Phase>,
    /// What the process said of its failed start.
    pub(crate) init_error: Mutex<Option<String>>,
}

/// How extensions learn whom they serve.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) handler: String,
}

/// How far a process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// It has not asked for work yet.
    Starting,
    /// It said that it cannot start.
    Failed,
    /// It asks for work.
    Up,
    /// It is asked to end.
    Stopping,
    /// It is no more.
    Ended,
}

impl Api {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<Reply, Infallible> {
        let (head, body) = request.into_parts();
        let path = head.uri.path().to_owned();
        Ok(if let Some(rest) = path.strip_prefix(RUNTIME) {
            self.runtime(rest, head, body).await
        } else if let Some(rest) = path.strip_prefix(EXTENSION) {
            self.extension(rest, head, body).await
        } else {
            fault(StatusCode::NOT_FOUND, "NotFound", format!("there is no {path} here"))
        })
    }

    async fn runtime(self: Arc<Self>, path: &str, head: http::request::Parts, body: Incoming) -> Reply {
        let allowed = if path.ends_with("/next") { Method::GET } else { Method::POST };
        let invocation = path.strip_prefix("invocation/");
        // An id may have a slash in it.
        let response = invocation.and_then(|rest| rest.strip_suffix("/response"));
        let error = invocation.and_then(|rest| rest.strip_suffix("/error"));
        let is_known = path == "init/error" || path == "invocation/next" || path.starts_with("restore/");
        if !is_known && response.is_none() && error.is_none() {
            return fault(StatusCode::NOT_FOUND, "NotFound", format!("there is no {RUNTIME}{path} here"));
        }
        if head.method != allowed {
            return fault(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", format!("{path} takes {allowed}"));
        }
        match (path, response, error) {
            ("invocation/next", ..) => self.next().await,
            ("init/error", ..) => self.init_error(&head.headers, body).await,
            (_, Some(id), _) => self.response(id, &head.headers, body).await,
            (_, _, Some(id)) => self.error(id, &head.headers, body).await,
            // Not 404: the path is right, SnapStart is what is missing.
            _ => fault(StatusCode::FORBIDDEN, "InvalidStateTransition", "SnapStart is never on here"),
        }
    }

    /// The process cannot start, and says why.
    async fn init_error(&self, headers: &http::HeaderMap, body: Incoming) -> Reply {
        let words = answer::diagnostic(headers, body, self.response_limit).await;
        let words = String::from_utf8_lossy(&words).into_owned();
        tracing::error!(error = words, "function reports that it cannot start");
        *self.init_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(words);
        self.reach(Phase::Failed);
        accepted()
    }

    /// What the process said of its failed start.
    pub(crate) fn take_init_error(&self) -> Option<String> {
        self.init_error.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Goes on to a phase, never back.
    pub(crate) fn reach(&self, phase: Phase) {
        self.phase.send_if_modified(|now| {
            let is_later = *now < phase;
            if is_later {
                *now = phase;
            }
            is_later
        });
    }

    /// Resolves when the phase is this one or a later one.
    pub(crate) async fn reached(&self, phase: Phase) {
        // The sender is in `self`.
        let _ = self.phase.subscribe().wait_for(|now| *now >= phase).await;
    }
}
