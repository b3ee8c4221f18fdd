//! Bodies that are made while they are sent.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::HeaderMap;
use http_body::Frame;
use tokio::sync::mpsc;

use crate::error::{BoxError, Error, Result};
use crate::panic;

/// How many pieces may wait for a client that takes them slowly.
const FRAMES_AHEAD: usize = 8;

/// Puts bytes into a streaming [`Body`](crate::Body); waits while the client is slow.
#[derive(Debug)]
pub struct BodySender {
    frames: mpsc::Sender<Piece>,
}

#[derive(Debug)]
enum Piece {
    Frame(Frame<Bytes>),
    End,
}

impl BodySender {
    /// Sends a piece, after the client has taken enough of those before it.
    ///
    /// # Errors
    ///
    /// The client went away; nothing more can be sent.
    pub async fn send(&mut self, data: impl Into<Bytes>) -> Result<()> {
        self.push(Piece::Frame(Frame::data(data.into()))).await
    }

    /// Sends trailers, the header fields after a body. HTTP/1.1 clients get those that the `Trailer` header announced.
    ///
    /// # Errors
    ///
    /// The client went away.
    pub async fn send_trailers(&mut self, trailers: HeaderMap) -> Result<()> {
        self.push(Piece::Frame(Frame::trailers(trailers))).await
    }

    /// Ends a body of [`Body::channel`](crate::Body::channel): the client knows that it has all of it.
    ///
    /// # Errors
    ///
    /// The client went away before it had all.
    pub async fn finish(mut self) -> Result<()> {
        self.push(Piece::End).await
    }

    async fn push(&mut self, piece: Piece) -> Result<()> {
        self.frames.send(piece).await.map_err(|_| Error::internal("client went away"))
    }
}

/// A body that another task fills, and what it fills it with.
pub(crate) fn sent() -> (BodySender, Sent) {
    let (sender, frames) = mpsc::channel(FRAMES_AHEAD);
    (BodySender { frames: sender }, Sent { frames, ended: false })
}

/// A body that its own future fills.
pub(crate) fn produced<F, Fut>(produce: F) -> Produced
where
    F: FnOnce(BodySender) -> Fut,
    Fut: Future<Output = Result<()>> + Send + 'static,
{
    let (sender, frames) = mpsc::channel(FRAMES_AHEAD);
    Produced { frames, producer: Some(Box::pin(panic::catch(produce(BodySender { frames: sender })))) }
}

pub(crate) struct Sent {
    frames: mpsc::Receiver<Piece>,
    ended: bool,
}

impl http_body::Body for Sent {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        match ready!(self.frames.poll_recv(cx)) {
            Some(Piece::Frame(frame)) => Poll::Ready(Some(Ok(frame))),
            piece => {
                self.ended = true;
                Poll::Ready(piece.is_none().then(|| Err("body was not finished by its sender".into())))
            }
        }
    }
}

pub(crate) struct Produced {
    frames: mpsc::Receiver<Piece>,
    producer: Option<Pin<Box<Producer>>>,
}

type Producer = dyn Future<Output = Result<Result<()>, panic::Panic>> + Send;

impl http_body::Body for Produced {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(Some(Piece::Frame(frame))) = self.frames.poll_recv(cx) {
            return Poll::Ready(Some(Ok(frame)));
        }
        if let Some(producer) = &mut self.producer {
            if let Poll::Ready(outcome) = producer.as_mut().poll(cx) {
                self.producer = None;
                match outcome {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => return Poll::Ready(Some(Err(error.to_string().into()))),
                    Err(panic) => return Poll::Ready(Some(Err(panic.into()))),
                }
            }
        }
        match self.frames.poll_recv(cx) {
            Poll::Ready(Some(Piece::Frame(frame))) => Poll::Ready(Some(Ok(frame))),
            Poll::Ready(_) if self.producer.is_none() => Poll::Ready(None),
            _ => Poll::Pending,
        }
    }
}
