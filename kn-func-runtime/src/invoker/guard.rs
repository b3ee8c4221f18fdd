//! A streaming answer, which is in flight until its last byte.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::body::{Body, Response};
use crate::error::BoxError;
use crate::scope::Scope;

/// Holds on to something until the answer is sent or given up, and lets the lines that it logs carry its request.
pub(super) fn while_streaming<T: Send + Unpin + 'static>(response: Response, scope: Arc<Scope>, held: T) -> Response {
    if response.body().is_whole() {
        scope.sent();
        return response;
    }
    response.map(|body| Body::streaming(Guarded { body, scope, held: Some(held) }))
}

struct Guarded<T> {
    body: Body,
    scope: Arc<Scope>,
    held: Option<T>,
}

impl<T: Unpin> http_body::Body for Guarded<T> {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let Self { body, scope, held } = &mut *self;
        scope.around_now(|| {
            let poll = Pin::new(&mut *body).poll_frame(cx);
            if let Poll::Ready(Some(Err(error))) = &poll {
                scope.broke_off(error);
                tracing::error!(method = %scope.method(), path = scope.path(), %error, "answer broke off");
            }
            match &poll {
                Poll::Ready(Some(Ok(_))) if !body.is_end_stream() => {}
                // The last piece; nobody has to ask for more.
                Poll::Ready(Some(Ok(_))) => scope.sent(),
                Poll::Ready(ended) => {
                    if ended.is_none() {
                        scope.sent();
                    }
                    *held = None;
                }
                Poll::Pending => {}
            }
            poll
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
