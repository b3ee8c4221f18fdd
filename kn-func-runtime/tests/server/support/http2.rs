//! A client of HTTP/2 with prior knowledge.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::soon;

/// One connection.
pub(crate) struct Client {
    requests: SendRequest<Full<Bytes>>,
    connection: JoinHandle<hyper::Result<()>>,
}

impl Client {
    pub(crate) async fn connect(addr: SocketAddr) -> Self {
        let stream = soon("a connection", TcpStream::connect(addr)).await.unwrap();
        let handshake = http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
        let (requests, connection) = soon("the handshake of HTTP/2", handshake).await.unwrap();
        Self { requests, connection: tokio::spawn(connection) }
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        let response = self.send(get(path)).await.unwrap();
        let status = response.status().as_u16();
        (status, text(response).await.unwrap())
    }

    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> hyper::Result<Response<Incoming>> {
        let mut requests = self.requests.clone();
        soon("room for a stream", requests.ready()).await?;
        soon("the head of an answer", requests.send_request(request)).await
    }

    /// Sends a request whose answer is looked at later.
    pub(crate) fn start(&self, request: Request<Full<Bytes>>) -> JoinHandle<hyper::Result<Response<Incoming>>> {
        let answer = self.requests.clone().send_request(request);
        tokio::spawn(answer)
    }

    /// Sends a request again and again until the server has said that it takes no more.
    pub(crate) async fn send_until_refused(&self, request: Request<Full<Bytes>>) {
        while self.send(request.clone()).await.is_ok() {}
    }

    /// Waits until the server has sent GOAWAY and everything is finished.
    pub(crate) async fn ended(self) -> hyper::Result<()> {
        soon("the end of the connection", self.connection).await.unwrap()
    }
}

pub(crate) fn get(path: &str) -> Request<Full<Bytes>> {
    Request::get(format!("http://test{path}")).body(Full::default()).unwrap()
}

pub(crate) async fn text(response: Response<Incoming>) -> hyper::Result<String> {
    let (bytes, _) = body(response).await?;
    Ok(String::from_utf8(bytes.to_vec()).unwrap())
}

pub(crate) async fn body(response: Response<Incoming>) -> hyper::Result<(Bytes, Option<HeaderMap>)> {
    let collected = soon("the rest of an answer", response.into_body().collect()).await?;
    let trailers = collected.trailers().cloned();
    Ok((collected.to_bytes(), trailers))
}

/// The next piece of an answer that is not empty.
pub(crate) async fn chunk(body: &mut Incoming) -> Option<hyper::Result<Bytes>> {
    loop {
        let frame = soon("the next piece of an answer", body.frame()).await?;
        let data = frame.map(|frame| frame.into_data().unwrap_or_default());
        if !data.as_ref().is_ok_and(Bytes::is_empty) {
            return Some(data);
        }
    }
}
