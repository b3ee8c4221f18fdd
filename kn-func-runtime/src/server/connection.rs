//! One connection: HTTP/1.1 or, with prior knowledge, HTTP/2.

use std::convert::Infallible;
use std::future::{Future, pending, poll_fn};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Once};
use std::task::Poll;

use http::header::{CONNECTION, HeaderValue};
use http::{StatusCode, Version};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpStream;
use tokio::select;
use tokio::sync::watch;
use tokio::time::timeout;

use super::unread::Unread;
use super::{Connections, Phase, QUIET};
use crate::body::{Body, Response};
use crate::error::BoxError;
use crate::invoker::Invoker;

/// The header fields of a request, together. More is a 431.
const HEADER_LIMIT: usize = 64 * 1024;

/// Serves a connection to its end. There is no timer on it: queue-proxy keeps idle connections for 90 s, and a `POST` on one that
/// closes is lost.
pub(super) async fn serve(stream: TcpStream, remote_addr: SocketAddr, connections: Connections) {
    let unread = Unread::default();
    let stream = unread.linger(stream);
    let peer = Arc::new(Peer {
        connections,
        remote_addr,
        protocol: watch::Sender::new(None),
        first_request: Once::new(),
        unread,
    });
    let answer = service_fn(|request| peer.clone().answer(request));
    let builder = builder();
    let mut connection = pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), answer));
    let mut should_close = pin!(peer.should_close());
    let mut is_listening = false;
    let ended = poll_fn(|cx| {
        if let Poll::Ready(ended) = connection.as_mut().poll(cx) {
            return Poll::Ready(Some(ended));
        }
        // Asked once, the drain wakes this task when it begins. Asking again at each wake would be the price of every request.
        if is_listening && !peer.invoker().host.is_draining() {
            return Poll::Pending;
        }
        is_listening = true;
        should_close.as_mut().poll(cx).map(|()| None)
    });
    if let Some(ended) = ended.await {
        return note(ended);
    }
    connection.as_mut().graceful_shutdown();
    select! {
        ended = connection.as_mut() => note(ended),
        () = peer.is_silent() => {}
        () = peer.connections.reach(Phase::Cut) => {}
    }
}

/// Who is at the other end.
struct Peer {
    connections: Connections,
    remote_addr: SocketAddr,
    /// What the first request said.
    protocol: watch::Sender<Option<Version>>,
    first_request: Once,
    unread: Unread,
}

impl Peer {
    fn invoker(&self) -> &Invoker {
        &self.connections.invoker
    }

    /// Resolves when the connection should end after what is in flight on it.
    async fn should_close(&self) {
        self.invoker().host.draining().await;
        // GOAWAY loses nothing: the client knows which requests it has to send elsewhere. HTTP/1.1 has no such thing, so there an
        // idle connection stays open, and the answer to its next request is the last.
        select! {
            () = self.speaks(|version| version == Version::HTTP_2) => {}
            () = self.connections.reach(Phase::Closing) => {
                // One that was made just now is still to send its first request.
                let _ = timeout(QUIET, self.speaks(|_| true)).await;
            }
        }
    }

    /// Resolves when the client has had its time and no request has come.
    async fn is_silent(&self) {
        if timeout(QUIET, self.speaks(|_| true)).await.is_ok() {
            pending().await
        }
    }

    /// Resolves when a request of such a version has come.
    async fn speaks(&self, is_it: impl Fn(Version) -> bool) {
        let mut protocol = self.protocol.subscribe();
        // The sender is in `self`.
        let _ = protocol.wait_for(|version| version.is_some_and(&is_it)).await;
    }

    fn body(&self, body: Incoming) -> Body {
        if body.is_end_stream() { Body::empty() } else { Body::new(self.unread.watch(body)) }
    }

    async fn answer(self: Arc<Self>, request: http::Request<Incoming>) -> Result<Response, Infallible> {
        let version = request.version();
        self.first_request.call_once(|| {
            self.protocol.send_replace(Some(version));
        });
        let request = request.map(|body| self.body(body));
        let mut response = self.invoker().invoke(request, Some(self.remote_addr)).await;
        let is_upgrade = response.status() == StatusCode::SWITCHING_PROTOCOLS;
        let is_last = self.invoker().host.is_draining() || self.unread.is_left();
        if version != Version::HTTP_2 && is_last && !is_upgrade {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(response)
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().header_read_timeout(None).max_buf_size(HEADER_LIMIT);
    #[cfg(feature = "http2")]
    builder.http2().max_header_list_size(HEADER_LIMIT as u32);
    builder
}

/// What clients do to their connections is their business, unless somebody looks for it.
fn note(ended: Result<(), BoxError>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "connection broke off");
    }
}
