//! A receiver of events over TLS that takes all of them.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use http::{HeaderMap, Request, Response, Version};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

/// The receiver. It listens until it is dropped.
pub(crate) struct Secure {
    addr: SocketAddr,
    received: Arc<Mutex<Vec<(Version, HeaderMap)>>>,
    task: JoinHandle<()>,
}

impl Secure {
    /// `refused` is called each time a client does not like the certificate.
    pub(crate) async fn new(config: Arc<ServerConfig>, refused: impl Fn() + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let received = Arc::new(Mutex::new(Vec::new()));
        let shared = received.clone();
        let acceptor = TlsAcceptor::from(config);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                match acceptor.accept(stream).await {
                    Ok(stream) => {
                        let shared = shared.clone();
                        tokio::spawn(async move {
                            let take = service_fn(|request: Request<Incoming>| {
                                shared.lock().unwrap().push((request.version(), request.headers().clone()));
                                let accepted = Response::builder().status(202).body(String::new()).unwrap();
                                async { Ok::<_, Infallible>(accepted) }
                            });
                            let _ =
                                Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), take).await;
                        });
                    }
                    Err(_) => refused(),
                }
            }
        });
        Self { addr, received, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("https://{}/", self.addr)
    }

    pub(crate) fn received(&self) -> Vec<(Version, HeaderMap)> {
        self.received.lock().unwrap().clone()
    }
}

impl Drop for Secure {
    fn drop(&mut self) {
        self.task.abort();
    }
}
