//! Requests and responses, and the bytes they carry.

use std::any::Any;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt;

use crate::error::{BoxError, Error, Result};
use crate::panic;
use crate::stream::{self, BodySender};

/// An HTTP request. As an input of a function its body is still streaming.
pub type Request<B = Body> = http::Request<B>;

/// An HTTP response.
pub type Response<B = Body> = http::Response<B>;

/// The bytes of a request or a response: there at once, or streaming.
///
/// ```
/// use kn_func_runtime::Body;
///
/// let whole = Body::from("hello");
/// let streamed = Body::stream(|mut sender| async move {
///     for line in ["one\n", "two\n"] {
///         sender.send(line).await?;
///     }
///     Ok(())
/// });
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// assert_eq!(whole.bytes().await?, "hello");
/// assert_eq!(streamed.bytes().await?, "one\ntwo\n");
/// # Ok::<_, kn_func_runtime::Error>(()) }).map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct Body(Kind);

enum Kind {
    Whole(Bytes),
    Streaming(Streaming),
}

type DynBody = dyn http_body::Body<Data = Bytes, Error = BoxError> + Send;

struct Streaming {
    body: Pin<Box<DynBody>>,
    limit: u64,
    read: u64,
    counter: Option<Arc<AtomicU64>>,
}

impl Default for Kind {
    fn default() -> Self {
        Self::Whole(Bytes::new())
    }
}

impl Body {
    /// A body without bytes.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Takes any other kind of body, for example one of `http-body-util`.
    pub fn new<B>(body: B) -> Self
    where
        B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        let mut body = Some(body);
        if let Some(ours) = (&mut body as &mut dyn Any).downcast_mut::<Option<Self>>() {
            return ours.take().unwrap_or_default();
        }
        match body {
            Some(body) if !body.is_end_stream() => Self::streaming(body.map_err(Into::into)),
            _ => Self::empty(),
        }
    }

    /// A body that is made while it is sent.
    ///
    /// The future runs as the client takes what it sends, and is dropped when the client goes away. `Ok` ends the body; an error
    /// or a panic aborts the connection, so that the client can tell a broken answer from a whole one.
    pub fn stream<F, Fut>(produce: F) -> Self
    where
        F: FnOnce(BodySender) -> Fut,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        Self::streaming(stream::produced(produce))
    }

    /// A body and the sender that fills it from another task.
    ///
    /// The sender must say [`BodySender::finish`]: a body whose sender is dropped before that aborts the connection.
    pub fn channel() -> (BodySender, Self) {
        let (sender, sent) = stream::sent();
        (sender, Self::streaming(sent))
    }

    /// Reads the body to its end.
    ///
    /// # Errors
    ///
    /// 413 if it is larger than `FUNC_BODY_LIMIT`, 400 if the client broke it off.
    pub async fn bytes(self) -> Result<Bytes> {
        match self.0 {
            Kind::Whole(bytes) => Ok(bytes),
            // In a box: futures are moved about, and those of most requests need no room for this.
            Kind::Streaming(_) => Box::pin(self.read_to_end()).await,
        }
    }

    async fn read_to_end(mut self) -> Result<Bytes> {
        let Some(first) = self.chunk().await? else { return Ok(Bytes::new()) };
        let Some(next) = self.chunk().await? else { return Ok(first) };
        let mut whole = BytesMut::from(first);
        whole.extend_from_slice(&next);
        while let Some(next) = self.chunk().await? {
            whole.extend_from_slice(&next);
        }
        Ok(whole.freeze())
    }

    /// The next piece of the body, or nothing at its end. Trailers are skipped.
    ///
    /// # Errors
    ///
    /// 413 if the body is larger than `FUNC_BODY_LIMIT`, 400 if the client broke it off.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        loop {
            match poll_fn(|cx| Pin::new(&mut *self).poll_frame(cx)).await {
                None => return Ok(None),
                Some(Err(error)) => return Err(unreadable(error)),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        return Ok(Some(data));
                    }
                }
            }
        }
    }

    /// Whether the body is known to have no bytes.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(&self.0, Kind::Whole(bytes) if bytes.is_empty())
    }

    /// Whether all bytes are there already.
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self.0, Kind::Whole(_))
    }

    /// All bytes, if they are there already.
    pub(crate) fn into_whole(self) -> Option<Bytes> {
        match self.0 {
            Kind::Whole(bytes) => Some(bytes),
            Kind::Streaming(_) => None,
        }
    }

    /// What answers `HEAD` in place of a body whose length is not known.
    pub(crate) fn nothing_of_unknown_length() -> Self {
        Self::stream(|_| async { Ok(()) })
    }

    /// Fails with 413 as soon as more than this many bytes were read.
    pub(crate) fn limit(&mut self, limit: u64) {
        if let Kind::Streaming(streaming) = &mut self.0 {
            streaming.limit = limit;
        }
    }

    /// Adds the bytes to this number, as they are read, and to those that count them already.
    pub(crate) fn count_in(&mut self, counter: &Arc<AtomicU64>) {
        if matches!(&self.0, Kind::Streaming(streaming) if streaming.counter.is_some()) {
            // The body of a request that is its answer.
            *self = Self::streaming(std::mem::take(self));
        }
        match &mut self.0 {
            Kind::Whole(bytes) => _ = counter.fetch_add(bytes.len() as u64, Ordering::Relaxed),
            Kind::Streaming(streaming) => streaming.counter = Some(counter.clone()),
        }
    }

    /// Takes a body that is known to stream.
    pub(crate) fn streaming(body: impl http_body::Body<Data = Bytes, Error = BoxError> + Send + 'static) -> Self {
        Self(Kind::Streaming(Streaming { body: Box::pin(body), limit: u64::MAX, read: 0, counter: None }))
    }
}

/// The body is larger than the limit.
#[derive(Debug)]
struct TooLarge {
    limit: u64,
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "body is larger than {} bytes", self.limit)
    }
}

impl std::error::Error for TooLarge {}

/// 413 for a body of more than so many bytes.
pub(crate) fn too_large(limit: u64) -> Error {
    Error::new(StatusCode::PAYLOAD_TOO_LARGE, TooLarge { limit }.to_string())
}

fn unreadable(error: BoxError) -> Error {
    match error.downcast_ref::<TooLarge>() {
        Some(TooLarge { limit }) => too_large(*limit),
        None => Error::bad_request("body broke off").with_cause(error),
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut self.0 {
            Kind::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Kind::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Kind::Streaming(streaming) => {
                // It may be a body of the user's own, whose panic would end the connection without a word.
                match panic::catch_now(|| streaming.body.as_mut().poll_frame(cx)) {
                    Ok(poll) => Poll::Ready(ready!(poll).map(|frame| streaming.count(frame?))),
                    Err(panic) => {
                        self.0 = Kind::default();
                        Poll::Ready(Some(Err(panic.into())))
                    }
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Whole(bytes) => bytes.is_empty(),
            Kind::Streaming(streaming) => streaming.body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Streaming(streaming) => streaming.body.size_hint(),
        }
    }
}

impl Streaming {
    fn count(&mut self, frame: Frame<Bytes>) -> Result<Frame<Bytes>, BoxError> {
        let bytes = frame.data_ref().map_or(0, |data| data.len() as u64);
        self.read += bytes;
        if let Some(counter) = &self.counter {
            counter.fetch_add(bytes, Ordering::Relaxed);
        }
        if self.read > self.limit { Err(TooLarge { limit: self.limit }.into()) } else { Ok(frame) }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Whole(bytes) => write!(f, "Body({} bytes)", bytes.len()),
            Kind::Streaming(_) => f.write_str("Body(streaming)"),
        }
    }
}

macro_rules! body_from {
    ($($kind:ty),*) => {$(
        impl From<$kind> for Body {
            fn from(whole: $kind) -> Self {
                Self(Kind::Whole(Bytes::from(whole)))
            }
        }
    )*};
}

body_from!(Bytes, String, Vec<u8>, &'static str, &'static [u8]);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_stream_that_fails_does_not_end_cleanly() {
        let body = Body::stream(|mut sender| async move {
            sender.send("half").await?;
            Err(Error::internal("disk is gone"))
        });
        let error = body.bytes().await.unwrap_err();
        assert_eq!(error.cause_chain().as_deref(), Some("500 internal error: disk is gone"));
    }

    #[tokio::test]
    async fn a_stream_that_panics_does_not_end_cleanly() {
        let body = Body::stream(|mut sender| async move {
            sender.send("half").await?;
            panic!("out of luck")
        });
        assert!(body.bytes().await.unwrap_err().cause_chain().unwrap().contains("out of luck"));
    }

    #[tokio::test]
    async fn a_channel_ends_cleanly_only_when_it_is_finished() {
        let (mut sender, body) = Body::channel();
        sender.send("whole").await.unwrap();
        sender.finish().await.unwrap();
        assert_eq!(body.bytes().await.unwrap(), "whole");

        let (mut sender, body) = Body::channel();
        sender.send("half").await.unwrap();
        drop(sender);
        assert_eq!(body.bytes().await.unwrap_err().message(), "body broke off");
    }

    #[tokio::test]
    async fn a_body_over_its_limit_is_a_413() {
        let mut body = Body::stream(|mut sender| async move { sender.send("four").await });
        body.limit(3);
        let error = body.bytes().await.unwrap_err();
        assert_eq!((error.status(), error.message()), (StatusCode::PAYLOAD_TOO_LARGE, "body is larger than 3 bytes"));
    }

    #[tokio::test]
    async fn our_own_body_is_not_wrapped_again() {
        assert!(Body::new(Body::from("hello")).is_whole());
    }

    #[tokio::test]
    async fn sending_to_a_client_that_is_gone_is_an_error() {
        let (mut sender, body) = Body::channel();
        drop(body);
        assert!(sender.send("lost").await.is_err());
    }
}
