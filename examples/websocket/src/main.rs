//! An echo over WebSocket: a function over `Request` may take the connection over.
//!
//! `cargo run -p websocket`, then `websocat ws://localhost:8080` or any other client

use std::future::Future;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::{self, OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use kn_func_runtime::{Body, Error, Request, RequestExt, Response, Result, kn_function};
use tokio::select;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};

type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// How long a client may take to say goodbye.
const FAREWELL: Duration = Duration::from_secs(5);

#[kn_function]
async fn main(mut request: Request) -> Result<Response> {
    let response = create_response_with_body(&request, Body::empty)
        .map_err(|error| Error::bad_request(format!("expected a WebSocket handshake: {error}")))?;
    let connection = upgrade::on(&mut request);
    // The drain waits for what is spawned, so it has to end when the drain begins.
    request.spawn(converse(connection, request.draining()));
    Ok(response)
}

async fn converse(connection: OnUpgrade, draining: impl Future<Output = ()>) {
    let Ok(connection) = connection.await else { return };
    let mut socket = WebSocketStream::from_raw_socket(TokioIo::new(connection), Role::Server, None).await;
    select! {
        () = echo(&mut socket) => {}
        () = draining => drop(timeout(FAREWELL, say_goodbye(&mut socket)).await),
    }
}

/// Gives back each message until the client closes or goes away. Pings are answered by the library.
async fn echo(socket: &mut Socket) {
    while let Some(Ok(message)) = socket.next().await {
        if (message.is_text() || message.is_binary()) && socket.send(message).await.is_err() {
            return;
        }
    }
}

async fn say_goodbye(socket: &mut Socket) {
    let away = CloseFrame { code: CloseCode::Away, reason: "stopping".into() };
    if socket.close(Some(away)).await.is_ok() {
        while let Some(Ok(_)) = socket.next().await {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kn_func_runtime::{Function, Server, TestClient};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::oneshot;
    use tokio::task::JoinHandle;
    use tokio_tungstenite::client_async;
    use tokio_tungstenite::tungstenite::Message;

    struct Started {
        server: JoinHandle<Result<()>>,
        stop: oneshot::Sender<()>,
        client: WebSocketStream<TcpStream>,
    }

    async fn start() -> Started {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let server = Server::new(Function::new(super::main));
        let server = tokio::spawn(server.serve(listener, async move { drop(stopped.await) }));
        let stream = TcpStream::connect(address).await.unwrap();
        let (client, _) = client_async(format!("ws://{address}/"), stream).await.unwrap();
        Started { server, stop, client }
    }

    #[tokio::test]
    async fn messages_come_back() {
        let mut started = start().await;
        for message in [Message::text("hello"), Message::binary(vec![0, 255])] {
            started.client.send(message.clone()).await.unwrap();
            assert_eq!(started.client.next().await.unwrap().unwrap(), message);
        }
    }

    #[tokio::test]
    async fn a_client_that_closes_is_answered() {
        let mut started = start().await;
        started.client.close(None).await.unwrap();
        assert!(started.client.next().await.unwrap().unwrap().is_close());
        assert!(started.client.next().await.is_none());
    }

    #[tokio::test]
    async fn the_drain_says_goodbye() {
        let Started { server, stop, mut client } = start().await;
        stop.send(()).unwrap();
        let Message::Close(Some(farewell)) = client.next().await.unwrap().unwrap() else { panic!("expected a close") };
        assert_eq!(farewell.code, CloseCode::Away);
        assert!(client.next().await.is_none());
        server.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn whoever_speaks_no_websocket_is_told() {
        let reply = TestClient::new(Function::new(super::main)).get("/").send().await;
        assert_eq!(reply.status(), 400);
        assert!(reply.text().starts_with("expected a WebSocket handshake: "), "{}", reply.text());
    }
}
