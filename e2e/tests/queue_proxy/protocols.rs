//! What is spoken through queue-proxy.

use std::path::PathBuf;

use futures_util::{SinkExt, StreamExt};
use kn_func_e2e::queue_proxy::{PROXY, QueueProxy, speaking};
use kn_func_e2e::{Protocol, built, in_own_network, soon};
use tokio::net::TcpStream;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::pod::{self, Pod};

const BOTH: [Protocol; 2] = [Protocol::Http1, Protocol::H2c];

#[test]
#[ignore = "e2e/run: needs queue-proxy and a network namespace"]
fn both_protocols_reach_the_function_as_they_came() {
    in_own_network(async || {
        let _pod = Pod::start().await;
        for protocol in BOTH {
            let client = speaking(protocol);
            assert_eq!(client.get("/protocol").await.text(), format!("{:?}", protocol.version()));
            let body = "x".repeat(1 << 20);
            assert_eq!(client.post("/echo", body.clone()).await.text(), body);
        }
    });
}

#[test]
#[ignore = "e2e/run: needs queue-proxy and a network namespace"]
fn pieces_of_a_stream_arrive_while_it_goes_on() {
    in_own_network(async || {
        let _pod = Pod::start().await;
        for protocol in BOTH {
            let client = speaking(protocol);
            let mut stream = client.stream("/stream").await;
            // The function waits at its gate until this piece was seen.
            assert_eq!(stream.chunk().await.unwrap().unwrap(), "one ");
            client.get("/open").await;
            assert_eq!(stream.rest().await.unwrap().text(), "two");

            let mut messages = client.stream("/sse").await;
            assert_eq!(messages.headers()["content-type"], "text/event-stream");
            assert_eq!(messages.chunk().await.unwrap().unwrap(), "data: one\n\n");
            client.get("/open").await;
            assert_eq!(messages.rest().await.unwrap().text(), "data: two\n\n");
        }
    });
}

#[test]
#[ignore = "e2e/run: needs queue-proxy and a network namespace"]
fn trailers_arrive() {
    in_own_network(async || {
        let _pod = Pod::start().await;
        for protocol in BOTH {
            let request = speaking(protocol).request("GET".parse().unwrap(), "/trailers").header("te", "trailers");
            let answer = speaking(protocol).send(request.body(Default::default()).unwrap()).await;
            assert_eq!(answer.text(), "counted");
            assert_eq!(answer.trailers().unwrap()["x-checksum"], "42", "{protocol:?}");
        }
    });
}

type Socket = tokio_tungstenite::WebSocketStream<TcpStream>;

/// The example, and a WebSocket to it through queue-proxy.
async fn socket(example: PathBuf, proxy: QueueProxy) -> (Pod, Socket) {
    let pod = Pod::of(pod::start(example, &[]), proxy).await;
    let stream = TcpStream::connect(PROXY).await.unwrap();
    let (mut socket, _) = soon("the handshake", client_async("ws://hello.example/", stream)).await.unwrap();
    for message in [Message::text("hello"), Message::binary(vec![0, 255])] {
        socket.send(message.clone()).await.unwrap();
        assert_eq!(next(&mut socket).await.unwrap(), message);
    }
    (pod, socket)
}

async fn next(socket: &mut Socket) -> Option<Message> {
    soon("a message", socket.next()).await.and_then(Result::ok)
}

#[test]
#[ignore = "e2e/run: needs queue-proxy and a network namespace"]
fn a_websocket_echoes_and_hears_of_the_drain() {
    let example = built("websocket");
    in_own_network(async move || {
        let (pod, mut socket) = socket(example, QueueProxy::default()).await;
        let stopping = tokio::spawn(pod.function.stop());
        let Some(Message::Close(Some(farewell))) = next(&mut socket).await else { panic!("expected a close") };
        assert_eq!((farewell.code, farewell.reason.as_str()), (CloseCode::Away, "stopping"));
        assert_eq!(next(&mut socket).await, None);
        assert_eq!(stopping.await.unwrap().code, Some(0));
    });
}

#[test]
#[ignore = "e2e/run: needs queue-proxy and a network namespace"]
fn a_websocket_ends_at_the_timeout_of_the_revision() {
    let example = built("websocket");
    in_own_network(async move || {
        let (pod, mut socket) = socket(example, QueueProxy::default().timeout(2)).await;
        // queue-proxy closes the connection without a farewell; the function sees it and has nothing left to wait for.
        assert_eq!(next(&mut socket).await, None);
        assert_eq!(pod.function.stop().await.code, Some(0));
    });
}
