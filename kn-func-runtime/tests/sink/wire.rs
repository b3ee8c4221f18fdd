//! What is sent, and what is understood of the answer.

use std::future::pending;

use http::Version;
use kn_func_runtime::event::{BATCH_TYPE, Decoded, EventExt, Profile, STRUCTURED_TYPE, decode};
use kn_func_runtime::sink::Sink;
use kn_func_runtime::{
    AttributesReader, Bytes, Context, Event, Function, HeaderMap, Reply, Server, StatusCode, TestClient,
};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::support::receiver::{Act, Received, Receiver};
use crate::support::{hasty, order, soon};

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The one request that came.
fn only(receiver: &Receiver) -> Received {
    let mut received = receiver.received();
    assert_eq!(received.len(), 1);
    received.remove(0)
}

/// A function of this crate that takes events, until it is dropped.
struct Running(JoinHandle<()>);

impl Running {
    async fn new(function: Function) -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let served = async move { Server::new(function).serve(listener, pending()).await.unwrap() };
        (Self(tokio::spawn(served)), url)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[tokio::test]
async fn an_event_goes_out_in_binary_mode() {
    let receiver = Receiver::new([]).await;
    hasty(&receiver.url()).build().unwrap().send(order("7")).await.unwrap();
    let received = only(&receiver);
    assert_eq!(received.line, "POST /shop/default?key=hidden HTTP/1.1");
    assert_eq!(received.header("ce-specversion"), Some("1.0"));
    assert_eq!(received.header("ce-subject"), Some("tea%20&%20%C3%A9clair"));
    assert_eq!(received.header("content-type"), Some("application/json"));
    assert_eq!(received.header("prefer"), Some("reply"));
    assert_eq!(received.header("authorization"), None);
    assert_eq!(received.header("ce-time"), None, "nothing is filled in");
    assert_eq!(received.body, r#"{"item":"tea"}"#);
}

#[tokio::test]
async fn an_event_goes_out_in_structured_mode_if_that_is_wanted() {
    let receiver = Receiver::new([]).await;
    hasty(&receiver.url()).structured().build().unwrap().send(order("7")).await.unwrap();
    let received = only(&receiver);
    assert_eq!(received.header("content-type"), Some(STRUCTURED_TYPE));
    assert_eq!(received.header("ce-id"), None);
    let mut headers = HeaderMap::new();
    headers.insert("content-type", STRUCTURED_TYPE.parse().unwrap());
    let decoded = decode(&headers, &Bytes::from(received.body), Profile::Strict).unwrap();
    let Decoded::Event(event) = decoded else { panic!("no event: {decoded:?}") };
    assert_eq!((event.id(), event.subject()), ("7", order("7").subject()));
    assert_eq!(event.data_json::<Value>().unwrap()["item"], "tea");
}

#[tokio::test]
async fn overrides_win_over_the_event_s_own_extensions() {
    for is_structured in [false, true] {
        let receiver = Receiver::new([]).await;
        let builder = hasty(&receiver.url()).extension("shop", "corner");
        let sink = if is_structured { builder.structured() } else { builder }.build().unwrap();
        let mut event = order("7");
        event.set_extension("shop", "own");
        event.set_extension("till", 3);
        sink.send(event).await.unwrap();
        let received = only(&receiver);
        if is_structured {
            let document: Value = serde_json::from_str(&received.body).unwrap();
            assert_eq!((&document["shop"], &document["till"]), (&"corner".into(), &3.into()));
        } else {
            assert_eq!((received.header("ce-shop"), received.header("ce-till")), (Some("corner"), Some("3")));
        }
    }
}

#[tokio::test]
async fn a_batch_is_one_request() {
    let receiver = Receiver::new([]).await;
    let sink = hasty(&receiver.url()).extension("shop", "corner").build().unwrap();
    assert_eq!(sink.send_batch(vec![order("1"), order("2")]).await.unwrap().status(), 202);
    let received = only(&receiver);
    assert_eq!(received.header("content-type"), Some(BATCH_TYPE));
    let batch: Vec<Value> = serde_json::from_str(&received.body).unwrap();
    let ids: Vec<_> = batch.iter().map(|event| (&event["id"], &event["shop"])).collect();
    assert_eq!(ids, [(&"1".into(), &"corner".into()), (&"2".into(), &"corner".into())]);
}

#[tokio::test]
async fn a_function_takes_a_batch_and_replies_to_an_event() {
    let (_running, url) =
        Running::new(Function::new(async |events: Vec<Event>| Reply::new(events.len().to_string()).id("r"))).await;
    let sink = hasty(&url).build().unwrap();
    let answer = soon("an answer", sink.send_batch(vec![order("1"), order("2")])).await.unwrap();
    let reply = answer.into_reply().unwrap().unwrap();
    assert_eq!((reply.id(), reply.data_text().unwrap().as_deref()), ("r", Some("2")));
    let answer = soon("an answer", sink.send(order("1"))).await.unwrap();
    assert_eq!(answer.into_reply().unwrap().unwrap().data_text().unwrap().as_deref(), Some("1"));
}

#[tokio::test]
async fn h2c_is_spoken_if_that_is_wanted() {
    let version = async |ctx: Context| match ctx.request().version() {
        Version::HTTP_2 => StatusCode::ACCEPTED,
        _ => StatusCode::OK,
    };
    let (_running, url) = Running::new(Function::new(version)).await;
    let send = async |sink: Sink| soon("an answer", sink.send(order("7"))).await.unwrap().status();
    assert_eq!(send(hasty(&url).http2().build().unwrap()).await, 202);
    assert_eq!(send(hasty(&url).build().unwrap()).await, 200);
}

#[tokio::test]
async fn each_try_carries_the_trace_of_the_request() {
    let receiver = Receiver::new([Act::status(503)]).await;
    let sink = hasty(&receiver.url()).build().unwrap();
    let function = Function::new(move |_: Context| {
        let sink = sink.clone();
        async move { sink.send(order("7")).await.map(|answer| answer.status()).map_err(kn_func_runtime::Error::from) }
    });
    let client = TestClient::new(function);
    let reply = client.post("/").header("traceparent", TRACE).header("tracestate", "shop=7").send().await;
    assert_eq!(reply.status(), 202);
    let received = receiver.received();
    let traces: Vec<_> = received.iter().map(|it| (it.header("traceparent"), it.header("tracestate"))).collect();
    assert_eq!(traces, [(Some(TRACE), Some("shop=7")); 2]);
}

#[tokio::test]
async fn a_reply_that_is_too_large_is_an_arrival_without_a_reply() {
    let large = Function::new(async |_: Context| vec![b' '; 11 * 1024 * 1024]);
    let (_running, url) = Running::new(large).await;
    let answer = soon("an answer", hasty(&url).build().unwrap().send(order("7"))).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.tries()), (200, 1));
    assert_eq!(answer.into_reply().unwrap_err().status(), 413);
}
