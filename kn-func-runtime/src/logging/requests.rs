//! One readable line for each request and its answer, for a local run.

use std::sync::Arc;

use crate::body::Request;
use crate::observer::{Fault, Observed, Observer, Outcome};

/// What the lines are of, so that `RUST_LOG` can leave them out.
const TARGET: &str = "request";

/// Says what was asked, what was answered, and how long it took.
#[derive(Debug, Clone)]
pub(super) struct Requests;

impl Observer for Requests {
    fn request(&self, _: &Request) -> Arc<dyn Observed> {
        Arc::new(Self)
    }
}

impl Observed for Requests {
    fn ended(&self, outcome: &Outcome<'_>) {
        let Outcome { scope, status, fault, time, .. } = outcome;
        let (method, path) = (scope.method(), scope.path());
        let time = format!("{:.1} ms", time.as_secs_f64() * 1e3);
        match (status, fault) {
            (None, Some(Fault::TimedOut)) => tracing::info!(target: TARGET, "{method} {path} was cut off after {time}"),
            (None, _) => tracing::info!(target: TARGET, "{method} {path} was given up by the client after {time}"),
            (Some(status), Some(Fault::ClientGone)) => {
                tracing::info!(target: TARGET, "{method} {path} {} was left by the client after {time}", status.as_u16());
            }
            (Some(status), Some(Fault::Broken)) => {
                tracing::info!(target: TARGET, "{method} {path} {} broke off after {time}", status.as_u16());
            }
            (Some(status), _) => tracing::info!(target: TARGET, "{method} {path} {} in {time}", status.as_u16()),
        }
    }
}
