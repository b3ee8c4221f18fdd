//! How many invocations may be at work at once; others wait, as on Lambda.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use kn_func_runtime::{Body, BoxError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub(crate) struct Places(Arc<Semaphore>);

/// A place that is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _permit: Option<OwnedSemaphorePermit>,
}

impl Places {
    pub(crate) fn new(most: usize) -> Self {
        Self(Arc::new(Semaphore::new(most)))
    }

    /// Waits for a place, in the order in which requests came.
    pub(crate) async fn take(&self) -> Place {
        // Nobody closes the semaphore.
        Place { _permit: self.0.clone().acquire_owned().await.ok() }
    }
}

impl Place {
    /// Keeps the place until a body is sent or given up.
    pub(crate) fn until_sent(self: Arc<Self>, body: Body) -> Body {
        Body::new(Held { body, _place: self })
    }
}

struct Held {
    body: Body,
    _place: Arc<Place>,
}

impl http_body::Body for Held {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
