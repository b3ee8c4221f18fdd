//! One connection: HTTP/1.1 or, with prior knowledge, HTTP/2.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use http::header::{CONNECTION, HeaderValue};
use http::{StatusCode, Version};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpStream;
use tokio::select;

use super::{Connections, Phase, QUIET};
use crate::body::{Body, Response};
use crate::error::BoxError;
use crate::invoker::Invoker;

/// The header fields of a request, together. More is a 431.
const HEADER_LIMIT: usize = 64 * 1024;

/// Serves a connection to its end. There is no timer on it: queue-proxy keeps idle connections for 90 s, and a `POST` on one that
/// closes is lost.
pub(super) async fn serve(stream: TcpStream, remote_addr: SocketAddr, connections: Connections) {
    let peer = Arc::new(Peer { connections, remote_addr, protocol: AtomicU8::new(Peer::SILENT) });
    let answer = service_fn(|request| peer.clone().answer(request));
    let builder = builder();
    let mut connection = pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), answer));
    select! {
        ended = connection.as_mut() => return note(ended),
        () = peer.invoker().host.draining() => {}
    }
    // GOAWAY loses nothing: the client knows which requests it has to send elsewhere. HTTP/1.1 has no such thing, so there an idle
    // connection stays open, and the answer to its next request is the last.
    if peer.protocol() == Peer::HTTP_2 {
        connection.as_mut().graceful_shutdown();
    }
    select! {
        ended = connection.as_mut() => return note(ended),
        () = peer.connections.reach(Phase::Closing) => {}
    }
    if peer.protocol() == Peer::SILENT {
        let first_request = tokio::time::timeout(QUIET, connection.as_mut());
        if let Ok(ended) = first_request.await {
            return note(ended);
        }
    }
    connection.as_mut().graceful_shutdown();
    select! {
        ended = connection.as_mut() => note(ended),
        () = peer.connections.reach(Phase::Cut) => {}
    }
}

/// Who is at the other end.
struct Peer {
    connections: Connections,
    remote_addr: SocketAddr,
    protocol: AtomicU8,
}

impl Peer {
    /// No request has come yet.
    const SILENT: u8 = 0;
    const HTTP_1: u8 = 1;
    const HTTP_2: u8 = 2;

    fn invoker(&self) -> &Invoker {
        &self.connections.invoker
    }

    fn protocol(&self) -> u8 {
        self.protocol.load(Ordering::Relaxed)
    }

    async fn answer(self: Arc<Self>, request: http::Request<Incoming>) -> Result<Response, Infallible> {
        let protocol = if request.version() == Version::HTTP_2 { Self::HTTP_2 } else { Self::HTTP_1 };
        self.protocol.store(protocol, Ordering::Relaxed);
        let mut response = self.invoker().invoke(request.map(Body::new), Some(self.remote_addr)).await;
        let is_upgrade = response.status() == StatusCode::SWITCHING_PROTOCOLS;
        if protocol == Self::HTTP_1 && !is_upgrade && self.invoker().host.is_draining() {
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
