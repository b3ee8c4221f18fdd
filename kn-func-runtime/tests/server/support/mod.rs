//! A server in this process, a server in another, and clients of both.

pub(crate) mod http1;
pub(crate) mod http2;
pub(crate) mod process;
#[cfg(feature = "otel")]
pub(crate) mod receiver;
pub(crate) mod workshop;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::mpsc;
use std::time::Duration;

use kn_func_runtime::{Config, Function, Result, Server};
use tokio::net::TcpListener;
use tokio::select;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, spawn_blocking};

pub(crate) use http1::{Client, Reply};

/// Long enough for any machine. Nothing takes this long unless it is broken.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for something that must happen. Where the clock of tokio is paused it stands still meanwhile.
pub(crate) async fn soon<F: Future>(what: &str, future: F) -> F::Output {
    let (happened, waiting) = mpsc::channel::<()>();
    // A paused clock goes on by itself when nothing is left to do; a blocking task holds it.
    let too_late = spawn_blocking(move || waiting.recv_timeout(PATIENCE));
    select! {
        output = future => {
            drop(happened);
            output
        }
        _ = too_late => panic!("{what}: nothing for {PATIENCE:?}"),
    }
}

/// A server in this process.
pub(crate) struct Served {
    pub(crate) addr: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<Result<()>>,
}

/// Serves a function on a free port of loopback.
pub(crate) async fn serve(function: Function, config: Config) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let server = Server::new(function).config(config);
    let ended = tokio::spawn(server.serve(listener, async { drop(stopped.await) }));
    Served { addr, stop, ended }
}

impl Served {
    pub(crate) async fn client(&self) -> Client {
        Client::connect(self.addr).await
    }

    /// A request that is in flight until somebody asks for `/open`.
    pub(crate) async fn waiting(&self) -> JoinHandle<Reply> {
        let mut client = self.client().await;
        client.send("GET /wait HTTP/1.1\r\nhost: test\r\nexpect: 100-continue\r\ncontent-length: 1\r\n\r\n").await;
        // The function reads the body, so it is at work.
        assert_eq!(client.head().await.unwrap(), "http/1.1 100 continue\r\n\r\n");
        client.send("!").await;
        tokio::spawn(async move { client.reply().await })
    }

    /// Drops the future of the server.
    pub(crate) fn give_up(self) {
        self.ended.abort();
    }

    /// Asks the server to stop.
    pub(crate) fn stop(self) -> Draining {
        self.stop.send(()).unwrap();
        Draining { addr: self.addr, ended: self.ended }
    }

    /// Asks the server to stop while something is in flight, and waits until readiness says so.
    pub(crate) async fn drain(self) -> Draining {
        let draining = self.stop();
        while draining.client().await.get("/health/readiness").await.status() != 503 {}
        draining
    }
}

/// A server on its way out.
pub(crate) struct Draining {
    pub(crate) addr: SocketAddr,
    ended: JoinHandle<Result<()>>,
}

impl Draining {
    pub(crate) async fn client(&self) -> Client {
        Client::connect(self.addr).await
    }

    /// Waits for the end of the drain.
    pub(crate) async fn ended(self) -> Result<()> {
        soon("the end of the drain", self.ended).await.unwrap()
    }
}
