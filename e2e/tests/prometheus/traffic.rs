//! What is sent to the function.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Method;
use http_body_util::Full;
use kn_func_e2e::{Client, Server, Stream};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

/// In the bucket from 1024 to 4096.
const DATA: usize = 2000;

/// A client of the function.
pub(crate) struct Traffic {
    client: Client,
    address: SocketAddr,
}

impl Traffic {
    pub(crate) fn to(address: SocketAddr) -> Self {
        Self { client: Client::new(address), address }
    }

    /// One of each kind, so that Prometheus knows each before it counts: what it sees first is where its rates begin.
    pub(crate) async fn first(&self) {
        self.expect(200, Method::GET, "/").await;
        self.expect(404, Method::GET, "/missing").await;
        self.expect(500, Method::GET, "/fail").await;
        self.expect(200, Method::PATCH, "/slow").await;
        self.event(Method::POST, "shop.order.placed").await;
        self.event(Method::PUT, "shop.order.paid").await;
    }

    /// Says how long the slowest of those took that are slow on purpose.
    pub(crate) async fn ordinary(&self) -> Duration {
        let mut slowest = Duration::ZERO;
        for _ in 0..6 {
            let began = Instant::now();
            self.expect(200, Method::PATCH, "/slow").await;
            slowest = slowest.max(began.elapsed());
        }
        for _ in 0..3 {
            self.expect(404, Method::GET, "/missing").await;
            self.event(Method::POST, "shop.order.placed").await;
        }
        for _ in 0..2 {
            self.expect(500, Method::GET, "/fail").await;
            self.event(Method::PUT, "shop.order.paid").await;
        }
        self.expect(200, Method::HEAD, "/").await;
        slowest
    }

    /// Panics, a stream that breaks off, a client that goes away and a function that takes too long.
    pub(crate) async fn trouble(&self, function: &mut Server) {
        self.expect(500, Method::GET, "/panic").await;
        self.expect(200, Method::GET, "/spawn/panic").await;
        let broken = self.client.request(Method::GET, "/stream/fail").body(Full::default()).expect("the path is one");
        assert!(self.client.try_send(broken).await.is_err());
        let mut gone = TcpStream::connect(self.address).await.expect("the function listens");
        gone.write_all(b"GET /forever HTTP/1.1\r\nhost: test\r\n\r\n").await.expect("the function reads");
        function.says("waiting for ever").await;
        drop(gone);
        self.expect(504, Method::GET, "/forever").await;
    }

    /// Three that are at work until they are let go, which is as many as may be, and one that is shed.
    pub(crate) async fn hold(&self) -> [Stream; 3] {
        let mut held = [self.wait().await, self.wait().await, self.wait().await];
        for stream in &mut held {
            assert_eq!(stream.chunk().await.expect("the answer begins").as_deref(), Some(&b"one "[..]));
        }
        self.expect(503, Method::GET, "/").await;
        held
    }

    async fn wait(&self) -> Stream {
        self.client.stream("/wait").await
    }

    /// The client of one goes away; the others are let go.
    pub(crate) async fn release(&self, held: [Stream; 3], is_gone: impl AsyncFnOnce()) {
        let [gone, others @ ..] = held;
        drop(gone);
        is_gone().await;
        for stream in others {
            self.expect(200, Method::GET, "/open").await;
            stream.rest().await.unwrap_or_else(|broken| panic!("a stream that was let go: {broken}"));
        }
    }

    async fn expect(&self, status: u16, method: Method, path: &str) {
        let request = self.client.request(method.clone(), path).body(Full::default()).expect("the path is one");
        assert_eq!(self.client.send(request).await.status(), status, "{method} {path}");
    }

    async fn event(&self, method: Method, ty: &str) {
        let request = self.client.request(method, "/").header("ce-specversion", "1.0").header("ce-id", "1");
        let request = request.header("ce-source", "/till").header("ce-type", ty);
        let request = request.body(Full::new(Bytes::from(vec![b'x'; DATA]))).expect("the headers are some");
        assert_eq!(self.client.send(request).await.status(), 200, "{ty}");
    }
}
