//! Whether the process lives and whether requests may come, as Kubernetes asks.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};

use http::header::{ALLOW, CACHE_CONTROL};
use http::{HeaderValue, Method, StatusCode};

use super::Invoker;
use crate::body::{Request, Response};
use crate::error::Result;
use crate::output::text;
use crate::panic;

/// The two health routes.
#[derive(Debug)]
pub(crate) struct Health {
    liveness_path: String,
    readiness_path: String,
    was_alive: AtomicBool,
    was_ready: AtomicBool,
}

/// A question that one of the routes was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Probe {
    Liveness,
    Readiness,
    /// A method that asks nothing.
    Unasked,
}

impl Health {
    pub(crate) fn new(liveness_path: String, readiness_path: String) -> Self {
        Self { liveness_path, readiness_path, was_alive: AtomicBool::new(true), was_ready: AtomicBool::new(true) }
    }

    /// What a request asks, if it is for one of the health routes.
    pub(crate) fn probe(&self, request: &Request) -> Option<Probe> {
        let path = request.uri().path();
        let probe = match path {
            _ if path == self.readiness_path => Probe::Readiness,
            _ if path == self.liveness_path => Probe::Liveness,
            _ => return None,
        };
        let asks = matches!(*request.method(), Method::GET | Method::HEAD);
        Some(if asks { probe } else { Probe::Unasked })
    }

    /// 200 when well, 503 with the reason when not.
    pub(crate) async fn answer(&self, probe: Probe, invoker: &Invoker) -> Response {
        let lifecycle = invoker.function.lifecycle();
        let (well, word, trouble) = match probe {
            Probe::Liveness => (&self.was_alive, "ALIVE", trouble("alive", lifecycle.alive()).await),
            Probe::Readiness => (&self.was_ready, "READY", unready(invoker).await),
            Probe::Unasked => return not_allowed(),
        };
        log_change(well, word, trouble.as_ref());
        let mut answer = match trouble {
            None => text(StatusCode::OK, word),
            Some(trouble) => text(StatusCode::SERVICE_UNAVAILABLE, trouble.reason),
        };
        answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        answer
    }
}

/// Why the answer is no.
struct Trouble {
    /// For the one who asks.
    reason: String,
    /// For the log, where a hook said no.
    error: Option<String>,
}

impl From<String> for Trouble {
    fn from(reason: String) -> Self {
        Self { reason, error: None }
    }
}

async fn unready(invoker: &Invoker) -> Option<Trouble> {
    if invoker.host.is_draining() {
        return Some("draining".to_owned().into());
    }
    match invoker.limits.full() {
        Some(full) => Some(full.into()),
        None => trouble("ready", invoker.function.lifecycle().ready()).await,
    }
}

/// What a hook complains of; a panic is a complaint too.
async fn trouble(hook: &str, asked: impl Future<Output = Result<()>>) -> Option<Trouble> {
    match panic::catch(asked).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(Trouble { reason: error.message().to_owned(), error: error.cause_chain() }),
        Err(panic) => Some(Trouble { reason: format!("`{hook}` panicked"), error: Some(panic.to_string()) }),
    }
}

/// One line when the answer changes, none per probe.
fn log_change(well: &AtomicBool, word: &str, trouble: Option<&Trouble>) {
    if well.swap(trouble.is_none(), Ordering::Relaxed) == trouble.is_none() {
        return;
    }
    match trouble {
        Some(Trouble { reason, error }) => tracing::warn!(reason, error, "function is no longer {word}"),
        None => tracing::info!("function is {word} again"),
    }
}

fn not_allowed() -> Response {
    let mut refusal = text(StatusCode::METHOD_NOT_ALLOWED, "health is asked with GET or HEAD");
    refusal.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    refusal
}
