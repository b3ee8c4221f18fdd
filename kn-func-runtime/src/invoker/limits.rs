//! What a request may take: bytes, time, and a place among the others.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::StatusCode;
use http_body::Body as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::body::{Request, too_large};
use crate::error::{Error, Result};

/// The limits of one server.
#[derive(Debug)]
pub(crate) struct Limits {
    /// Bytes of a request body.
    pub(crate) body: u64,
    timeout: Option<Duration>,
    concurrency: Option<Concurrency>,
}

#[derive(Debug)]
struct Concurrency {
    most: usize,
    places: Arc<Semaphore>,
}

impl Limits {
    pub(crate) fn new(body: u64, timeout: Option<Duration>, concurrency: Option<usize>) -> Self {
        let concurrency = concurrency.map(|most| Concurrency { most, places: Arc::new(Semaphore::new(most)) });
        Self { body, timeout, concurrency }
    }

    /// When a request that comes now is out of time.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.timeout.and_then(|timeout| tokio::time::Instant::now().into_std().checked_add(timeout))
    }

    /// Gives a request its place, or says why it gets none.
    ///
    /// A full server answers 503 and not 429, which is about one client that asks too often (RFC 6585, section 4).
    pub(crate) fn admit(&self, request: &Request) -> Result<Option<OwnedSemaphorePermit>> {
        let at_least = request.body().size_hint().lower();
        if at_least > self.body {
            return Err(too_large(self.body));
        }
        let Some(Concurrency { most, places }) = &self.concurrency else { return Ok(None) };
        places.clone().try_acquire_owned().map(Some).map_err(|_| {
            let words = format!("too many requests at once: at most {most}");
            Error::unavailable(words).retry_after(Duration::from_secs(1))
        })
    }

    /// Why no further request would be admitted.
    pub(crate) fn full(&self) -> Option<String> {
        let Concurrency { most, places } = self.concurrency.as_ref()?;
        (places.available_permits() == 0).then(|| format!("at its limit of {most} requests at once"))
    }

    /// Lets a function take as long as it may. Out of time, it is dropped.
    pub(crate) async fn in_time<F: Future>(&self, answer: F) -> Result<F::Output> {
        let Some(timeout) = self.timeout else { return Ok(answer.await) };
        tokio::time::timeout(timeout, answer)
            .await
            .map_err(|_| Error::new(StatusCode::GATEWAY_TIMEOUT, format!("function took longer than {timeout:?}")))
    }
}
