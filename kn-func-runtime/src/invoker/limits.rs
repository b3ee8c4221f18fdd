//! What a request may take: bytes, time, and a place among the others.

use std::future::Future;
use std::time::{Duration, Instant};

use http::StatusCode;
use http_body::Body as _;

use crate::body::{Request, too_large};
use crate::error::{Error, Result};
use crate::observer::Fault;
use crate::places::Places;
use crate::scope::Scope;

/// The limits of one server.
#[derive(Debug)]
pub(crate) struct Limits {
    /// Bytes of a request body.
    pub(crate) body: u64,
    timeout: Option<Duration>,
    pub(crate) places: Option<Places>,
}

impl Limits {
    pub(crate) fn new(body: u64, timeout: Option<Duration>, concurrency: Option<usize>) -> Self {
        Self { body, timeout, places: concurrency.map(Places::new) }
    }

    /// When a request that comes now is out of time.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.timeout.and_then(|timeout| tokio::time::Instant::now().into_std().checked_add(timeout))
    }

    /// Refuses what can be refused before it is read. The place itself is taken when the input is there, so that a client that
    /// sends it slowly holds none.
    pub(crate) fn admit(&self, request: &Request, scope: &Scope) -> Result<()> {
        let at_least = request.body().size_hint().lower();
        if at_least > self.body {
            return Err(too_large(self.body));
        }
        match &self.places {
            Some(places) if places.full().is_some() => {
                scope.fault(Fault::Shed);
                Err(places.refusal())
            }
            _ => Ok(()),
        }
    }

    /// Why no further request would be admitted.
    pub(crate) fn full(&self) -> Option<String> {
        self.places.as_ref().and_then(Places::full)
    }

    /// Lets a function take as long as it may. Out of time, it is dropped.
    pub(crate) async fn in_time<F: Future>(&self, scope: &Scope, answer: F) -> Result<F::Output> {
        let Some(timeout) = self.timeout else { return Ok(answer.await) };
        tokio::time::timeout(timeout, answer).await.map_err(|_| {
            scope.fault(Fault::TimedOut);
            if scope.has_begun() {
                Error::new(StatusCode::GATEWAY_TIMEOUT, format!("function took longer than {timeout:?}"))
            } else {
                Error::new(StatusCode::REQUEST_TIMEOUT, format!("request did not arrive within {timeout:?}"))
            }
        })
    }
}
