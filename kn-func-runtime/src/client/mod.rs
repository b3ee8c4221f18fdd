//! Requests that the runtime itself makes, for events and telemetry: HTTP/1.1 and HTTP/2, in plain text or over TLS.

mod failure;
mod roots;

use std::time::Duration;

use bytes::Bytes;
use http::uri::Scheme;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::timeout;

pub(crate) use failure::Failure;
pub(crate) use roots::Roots;

/// The body of an answer. What is longer is not kept.
pub(crate) const ANSWER_LIMIT: usize = 10 * 1024 * 1024;

/// A connection on which an answer is awaited and that has been silent for so long is asked whether it is still there.
#[cfg(feature = "http2")]
const SILENCE: Duration = Duration::from_secs(10);

/// How a client speaks to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Protocol {
    /// HTTP/1.1, and HTTP/2 where TLS agrees on it.
    #[default]
    Agreed,
    /// HTTP/2 with prior knowledge, also in plain text.
    #[cfg(feature = "http2")]
    Http2,
}

/// A pool of connections. A clone shares them.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pool: Pool<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl Client {
    /// A client that trusts these roots. It connects when there is something to send.
    pub(crate) fn new(roots: Roots, protocol: Protocol) -> Self {
        let mut builder = Pool::builder(TokioExecutor::new());
        builder.timer(TokioTimer::new()).pool_timer(TokioTimer::new());
        #[cfg(feature = "http2")]
        builder
            .http2_only(protocol == Protocol::Http2)
            .http2_keep_alive_interval(SILENCE)
            .http2_keep_alive_timeout(SILENCE);
        Self { pool: builder.build(connector(roots, protocol)) }
    }

    /// Sends a request and reads the whole answer, both within a time. Nothing is sent twice, and no redirect is followed.
    pub(crate) async fn send(&self, request: Request<Bytes>, time: Duration) -> Result<Response<Bytes>, Failure> {
        let exchange = async {
            let answer = self.pool.request(request.map(Full::new)).await.map_err(Failure::of)?;
            read(answer).await
        };
        timeout(time, exchange).await.unwrap_or(Err(Failure::TimedOut(time)))
    }
}

/// Whether a client can reach an address: an `http` or `https` URL with a host, and no password in it.
pub(crate) fn is_reachable(uri: &Uri) -> bool {
    let has_scheme = matches!(uri.scheme(), Some(scheme) if *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS);
    let has_host = uri.host().is_some_and(|host| !host.is_empty());
    has_scheme && has_host && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
}

async fn read(answer: Response<Incoming>) -> Result<Response<Bytes>, Failure> {
    let (head, body) = answer.into_parts();
    match Limited::new(body, ANSWER_LIMIT).collect().await {
        Ok(body) => Ok(Response::from_parts(head, body.to_bytes())),
        Err(error) if error.is::<LengthLimitError>() => Err(Failure::TooLarge(head.status)),
        Err(error) => Err(Failure::Broken(error)),
    }
}

fn connector(roots: Roots, protocol: Protocol) -> HttpsConnector<HttpConnector> {
    let mut tcp = HttpConnector::new();
    // Without it the end of a request may wait until its beginning is acknowledged.
    tcp.set_nodelay(true);
    tcp.enforce_http(false);
    let builder = HttpsConnectorBuilder::new().with_tls_config(roots.into_tls()).https_or_http();
    match protocol {
        #[cfg(feature = "http2")]
        Protocol::Agreed => builder.enable_all_versions().wrap_connector(tcp),
        #[cfg(feature = "http2")]
        Protocol::Http2 => builder.enable_http2().wrap_connector(tcp),
        #[cfg(not(feature = "http2"))]
        Protocol::Agreed => builder.enable_http1().wrap_connector(tcp),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_scheme_and_a_host_and_no_password() {
        let is_reachable = |text: &str| text.parse().is_ok_and(|uri| is_reachable(&uri));
        for uri in ["http://broker", "https://broker.default.svc:8443/ns/default?a=b", "HTTP://[::1]:80/"] {
            assert!(is_reachable(uri), "{uri}");
        }
        for uri in ["", "broker", "/broker", "broker:80", "ftp://broker", "http://", "http://user:word@broker/"] {
            assert!(!is_reachable(uri), "{uri}");
        }
    }
}
