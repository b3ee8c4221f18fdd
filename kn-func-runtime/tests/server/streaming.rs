//! Answers that are made while they are sent.

use http::{HeaderMap, HeaderValue};
use kn_func_runtime::{Body, Config, Context, Function, IntoResponse, Request, Response};

use crate::support::http1::Broken;
use crate::support::{http2, serve, workshop};

#[tokio::test]
async fn the_first_bytes_come_before_the_last_are_made() {
    let server = serve(workshop::function(), Config::default()).await;
    let mut client = server.client().await;
    client.send("GET /stream HTTP/1.1\r\nhost: test\r\n\r\n").await;
    assert!(client.head().await.unwrap().contains("transfer-encoding: chunked"));
    assert_eq!(client.chunk().await.unwrap().unwrap(), b"one ");
    server.client().await.get("/open").await;
    assert_eq!(client.chunk().await.unwrap().unwrap(), b"two");
    assert_eq!(client.chunk().await.unwrap(), None);
    assert_eq!(client.line().await.unwrap(), "\r\n");
    assert_eq!(client.get("/").await.text(), "hello", "the connection goes on");

    let client = http2::Client::connect(server.addr).await;
    let mut streaming = client.send(http2::get("/stream")).await.unwrap().into_body();
    assert_eq!(http2::chunk(&mut streaming).await.unwrap().unwrap(), "one ");
    client.get("/open").await;
    assert_eq!(http2::chunk(&mut streaming).await.unwrap().unwrap(), "two");
    assert!(http2::chunk(&mut streaming).await.is_none());
}

#[tokio::test]
async fn a_stream_that_fails_never_ends_cleanly() {
    let server = serve(workshop::function(), Config::default()).await;
    let mut client = server.client().await;
    client.send("GET /stream/fail HTTP/1.1\r\nhost: test\r\n\r\n").await;
    client.head().await.unwrap();
    assert_eq!(client.chunk().await.unwrap().unwrap(), b"one ");
    server.client().await.get("/open").await;
    assert!(matches!(client.chunk().await, Err(Broken)), "the answer ended as if it were whole");

    let client = http2::Client::connect(server.addr).await;
    let mut streaming = client.send(http2::get("/stream/fail")).await.unwrap().into_body();
    assert_eq!(http2::chunk(&mut streaming).await.unwrap().unwrap(), "one ");
    client.get("/open").await;
    let error = http2::chunk(&mut streaming).await.unwrap().unwrap_err();
    assert!(format!("{error:?}").contains("Reset(StreamId"), "{error:?}");
    assert_eq!(client.get("/").await.1, "hello", "the connection goes on");
}

async fn with_trailers(_: Context) -> Response {
    let body = Body::stream(|mut client| async move {
        client.send("data").await?;
        let mut trailers = HeaderMap::new();
        trailers.insert("checksum", HeaderValue::from_static("42"));
        client.send_trailers(trailers).await
    });
    let mut response = body.into_response();
    response.headers_mut().insert("trailer", HeaderValue::from_static("checksum"));
    response
}

#[tokio::test]
async fn trailers_come_after_the_body() {
    let server = serve(Function::new(with_trailers), Config::default()).await;
    let mut client = server.client().await;
    client.send("GET / HTTP/1.1\r\nhost: test\r\nte: trailers\r\n\r\n").await;
    client.head().await.unwrap();
    assert_eq!(client.chunk().await.unwrap().unwrap(), b"data");
    assert_eq!(client.chunk().await.unwrap(), None);
    assert_eq!(client.line().await.unwrap(), "checksum: 42\r\n");

    let client = http2::Client::connect(server.addr).await;
    let (body, trailers) = http2::body(client.send(http2::get("/")).await.unwrap()).await.unwrap();
    assert_eq!((&*body, &trailers.unwrap()["checksum"]), (&b"data"[..], &HeaderValue::from_static("42")));
}

/// What comes goes out again, piece by piece, before the rest has come.
async fn echo(mut request: Request) -> Body {
    Body::stream(|mut client| async move {
        while let Some(chunk) = request.body_mut().chunk().await? {
            client.send(chunk).await?;
        }
        Ok(())
    })
}

#[tokio::test]
async fn a_request_is_read_while_it_is_answered() {
    let server = serve(Function::new(echo), Config::default()).await;
    let mut client = server.client().await;
    client.send("POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n").await;
    for word in ["ping", "pong"] {
        client.send(format!("4\r\n{word}\r\n")).await;
        if word == "ping" {
            client.head().await.unwrap();
        }
        assert_eq!(client.chunk().await.unwrap().unwrap(), word.as_bytes());
    }
    client.send("0\r\n\r\n").await;
    assert_eq!(client.chunk().await.unwrap(), None);
}
