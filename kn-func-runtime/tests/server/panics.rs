//! A panic is a line in the log with its place, and the process lives on.

use serde_json::Value;

use crate::support::http1::Broken;
use crate::support::http2;
use crate::support::process::{Process, start};

/// Checks where a panic was and what it said.
fn says(line: &Value, words: &str) {
    let error = line["error"].as_str().unwrap_or_else(|| panic!("no error in {line}"));
    assert!(error.contains("panicked at ") && error.contains("workshop.rs:"), "{error}");
    assert!(error.ends_with(words), "{error}");
}

async fn ends_with(process: Process, code: i32) {
    process.signal("TERM").await;
    let ended = process.ended().await;
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(code), ""), "{:#?}", ended.log);
}

#[tokio::test]
async fn a_panic_in_the_function_is_a_500_and_the_connection_goes_on() {
    let mut process = start("workshop", &[]).await;
    let mut client = process.client().await;
    let reply = client.get("/panic").await;
    assert_eq!((reply.status(), reply.text()), (500, "internal error"));
    let line = process.logs("request failed").await;
    says(&line, "the function panics");
    assert_eq!(line["path"], "/panic");
    assert_eq!(client.get("/").await.text(), "hello");
    ends_with(process, 0).await;
}

#[tokio::test]
async fn a_panic_in_ready_or_alive_is_a_503() {
    let process = start("panicking hooks", &[]).await;
    let mut client = process.client().await;
    for (path, text) in
        [("/health/readiness", "`ready` panicked"), ("/health/liveness", "`alive` panicked"), ("/", "hello")]
    {
        let reply = client.get(path).await;
        assert_eq!((reply.status(), reply.text()), (if path == "/" { 200 } else { 503 }, text));
    }
}

#[tokio::test]
async fn the_place_of_a_panic_in_a_hook_is_logged_once() {
    let mut process = start("panicking hooks", &[]).await;
    let mut client = process.client().await;
    client.get("/health/readiness").await;
    client.get("/health/readiness").await;
    says(&process.logs("no longer READY").await, "ready panics");
    client.get("/health/liveness").await;
    says(&process.logs("no longer ALIVE").await, "alive panics");
}

#[tokio::test]
async fn a_panic_in_stop_is_logged_and_exit_code_1() {
    let mut process = start("panicking hooks", &[]).await;
    process.signal("TERM").await;
    says(&process.logs("stop hook failed").await, "stop panics");
    let ended = process.ended().await;
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(1), ""));
}

#[tokio::test]
async fn a_stop_that_fails_is_logged_and_exit_code_1() {
    let mut process = start("failing stop", &[]).await;
    process.signal("TERM").await;
    let line = process.logs("stop hook failed").await;
    assert!(line["error"].as_str().unwrap().ends_with("stop fails"), "{line}");
    assert_eq!(process.ended().await.code, Some(1));
}

#[tokio::test]
async fn a_panic_in_spawned_work_is_logged_and_the_drain_ends() {
    let mut process = start("workshop", &[]).await;
    assert_eq!(process.client().await.get("/spawn/panic").await.status(), 204);
    let line = process.logs("spawned work failed").await;
    says(&line, "the work panics");
    assert!(line["request_id"].is_string(), "{line}");
    ends_with(process, 0).await;
}

#[tokio::test]
async fn a_panic_in_a_stream_breaks_the_answer_off() {
    let mut process = start("workshop", &[]).await;
    let mut client = process.client().await;
    client.send("GET /stream/panic HTTP/1.1\r\nhost: test\r\n\r\n").await;
    client.head().await.unwrap();
    assert_eq!(client.chunk().await.unwrap().unwrap(), b"one ");
    process.client().await.get("/open").await;
    assert!(matches!(client.chunk().await, Err(Broken)), "the answer ended as if it were whole");
    says(&process.logs("answer broke off").await, "the stream panics");

    let client = http2::Client::connect(process.addr()).await;
    let streaming = client.send(http2::get("/stream/panic")).await.unwrap();
    assert_eq!(client.get("/open").await.0, 204);
    assert!(http2::text(streaming).await.is_err(), "the answer ended as if it were whole");
    assert_eq!(client.get("/").await.1, "hello", "the connection goes on");
    ends_with(process, 0).await;
}
