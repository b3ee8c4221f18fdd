//! HTTP/1.1 and HTTP/2 on one port, connections that idle, and connections that become something else.

use std::time::Duration;

use http::{Method, StatusCode};
use http_body_util::Full;
use hyper_util::rt::TokioIo;
use kn_func_runtime::{Body, Config, Context, Function, Request, RequestExt, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Client, http2, serve, workshop};

#[tokio::test]
async fn http1_and_http2_are_answered_on_the_same_port() {
    let server = serve(Function::new(async |ctx: Context| format!("{:?}", ctx.request().version())), default()).await;
    assert_eq!(server.client().await.get("/").await.text(), "HTTP/1.1");
    assert_eq!(http2::Client::connect(server.addr).await.get("/").await, (200, "HTTP/2.0".to_owned()));
    let mut old = server.client().await;
    old.send("GET / HTTP/1.0\r\n\r\n").await;
    assert_eq!(old.reply().await.text(), "HTTP/1.0");
    assert!(old.is_closed().await);
}

/// Knative keeps idle connections for 90 s, and does not send a `POST` again that meets a closed one.
#[tokio::test]
async fn a_connection_is_still_good_after_100_idle_seconds() {
    let server = serve(workshop::function(), default()).await;
    let mut first = server.client().await;
    let second = http2::Client::connect(server.addr).await;
    let mut silent = server.client().await;
    first.get("/").await;
    second.get("/").await;

    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(101)).await;
    // Whoever had set a timer acts on it now.
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    tokio::time::resume();

    assert_eq!(first.post("/echo", "one").await.text(), "one");
    assert_eq!(silent.post("/echo", "two").await.text(), "two");
    let post = http::Request::post("http://test/echo").body(Full::from("three")).unwrap();
    assert_eq!(http2::text(second.send(post).await.unwrap()).await.unwrap(), "three");
}

#[tokio::test]
async fn requests_that_come_at_once_are_answered_in_their_order() {
    let server = serve(workshop::function(), default()).await;
    let mut client = server.client().await;
    let post = |body: &str| format!("POST /echo HTTP/1.1\r\nhost: test\r\ncontent-length: 1\r\n\r\n{body}");
    client.send(["1", "2", "3"].map(post).concat()).await;
    for body in ["1", "2", "3"] {
        assert_eq!(client.reply().await.text(), body);
    }
}

#[tokio::test]
async fn a_chunked_request_is_read_and_its_connection_goes_on() {
    let server = serve(workshop::function(), default()).await;
    let mut client = server.client().await;
    for body in ["one", "two"] {
        client.send("POST /echo HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n").await;
        client.send(format!("3\r\n{body}\r\n0\r\n\r\n")).await;
        let reply = client.reply().await;
        assert_eq!(reply.text(), body);
        assert!(!reply.says("connection: close"));
    }
}

#[tokio::test]
async fn head_has_the_length_of_the_answer_and_no_body() {
    let server = serve(workshop::function(), default()).await;
    let mut client = server.client().await;
    client.send("HEAD / HTTP/1.1\r\nhost: test\r\n\r\n").await;
    let head = client.head().await.unwrap();
    assert!(head.starts_with("http/1.1 200") && head.contains("content-length: 5\r\n"), "{head}");
    client.send("HEAD /stream HTTP/1.1\r\nhost: test\r\n\r\n").await;
    let head = client.head().await.unwrap();
    assert!(head.starts_with("http/1.1 200") && !head.contains("content-length"), "{head}");
    assert_eq!(client.get("/").await.text(), "hello", "no byte of a body came before");

    let client = http2::Client::connect(server.addr).await;
    for (path, length) in [("/", Some("5")), ("/stream", None), ("/health/liveness", Some("5"))] {
        let mut head = http2::get(path);
        *head.method_mut() = Method::HEAD;
        let response = client.send(head).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers().get("content-length").map(|it| it.to_str().unwrap()), length, "{path}");
        assert_eq!(http2::text(response).await.unwrap(), "");
    }
}

#[tokio::test]
async fn an_expectation_of_100_is_met() {
    let server = serve(workshop::function(), default()).await;
    let mut client = server.client().await;
    client.send("POST /echo HTTP/1.1\r\nhost: test\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n").await;
    assert_eq!(client.head().await.unwrap(), "http/1.1 100 continue\r\n\r\n");
    client.send("ok").await;
    assert_eq!(client.reply().await.text(), "ok");
}

#[tokio::test]
async fn what_is_no_http_is_refused_and_the_server_goes_on() {
    let server = serve(workshop::function(), default()).await;
    for noise in ["\0\0\0\0\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nthis is no frame at all", "GET /\r\n\r\n"] {
        let mut client = server.client().await;
        client.send(noise).await;
        while !client.is_closed().await {}
        assert_eq!(server.client().await.get("/").await.text(), "hello", "after {noise:?}");
    }
}

/// Gives back what comes, after `HTTP/1.1 101`.
async fn echo(connection: hyper::upgrade::Upgraded) {
    let mut connection = TokioIo::new(connection);
    let mut word = [0; 4];
    while connection.read_exact(&mut word).await.is_ok() {
        connection.write_all(&word).await.unwrap();
    }
}

fn switching() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    response.headers_mut().insert("connection", "upgrade".parse().unwrap());
    response.headers_mut().insert("upgrade", "echo".parse().unwrap());
    response
}

async fn upgrade(server: &mut Client) {
    server.send("GET / HTTP/1.1\r\nhost: test\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n").await;
    assert!(server.head().await.unwrap().starts_with("http/1.1 101"));
    says(server, "ping").await;
}

async fn says(server: &mut Client, word: &str) {
    server.send(word).await;
    assert_eq!(server.exactly(word.len()).await.unwrap(), word.as_bytes());
}

#[tokio::test]
async fn a_function_over_request_can_upgrade_its_connection() {
    let function = Function::new(async |mut request: Request| {
        let upgraded = hyper::upgrade::on(&mut request);
        tokio::spawn(async { echo(upgraded.await.unwrap()).await });
        switching()
    });
    let server = serve(function, default()).await;
    let mut client = server.client().await;
    upgrade(&mut client).await;
    // The server was not told of what the function left behind: the drain neither waits for it nor ends it.
    server.stop().ended().await.unwrap();
    says(&mut client, "pong").await;
}

#[tokio::test]
async fn the_drain_waits_for_an_upgraded_connection_in_spawned_work() {
    let function = Function::new(async |mut request: Request| {
        let upgraded = hyper::upgrade::on(&mut request);
        request.spawn(async { echo(upgraded.await.unwrap()).await });
        switching()
    });
    let server = serve(function, default()).await;
    let mut client = server.client().await;
    upgrade(&mut client).await;
    let draining = server.drain().await;
    says(&mut client, "pong").await;
    // The function's work ends with its client.
    drop(client);
    draining.ended().await.unwrap();
}

fn default() -> Config {
    Config::default()
}
