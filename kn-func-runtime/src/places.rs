//! How many requests may be at work at once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Error, Result};

/// A number of places, some of which are taken.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    most: usize,
    free: Arc<Semaphore>,
}

/// A place that is free again when this is dropped.
pub(crate) type Place = OwnedSemaphorePermit;

impl Places {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, free: Arc::new(Semaphore::new(most)) }
    }

    /// Takes a place, or says that there is none.
    pub(crate) fn take(&self) -> Result<Place> {
        self.free.clone().try_acquire_owned().map_err(|_| self.refusal())
    }

    /// Why no further request would get a place.
    pub(crate) fn full(&self) -> Option<String> {
        (self.free.available_permits() == 0).then(|| format!("at its limit of {} requests at once", self.most))
    }

    /// A full server answers 503 and not 429, which is about one client that asks too often (RFC 6585, section 4).
    pub(crate) fn refusal(&self) -> Error {
        Error::unavailable(format!("too many requests at once: at most {}", self.most))
            .retry_after(Duration::from_secs(1))
    }
}
