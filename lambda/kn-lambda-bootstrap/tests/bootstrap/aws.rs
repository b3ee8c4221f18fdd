//! Programs that use AWS's `lambda_runtime` as it is published, and nothing of ours.

use kn_func_e2e::{Client, Protocol, built};
use serde_json::{Value, json};

use crate::runner::Runner;

#[tokio::test]
async fn a_handler_answers_over_both_protocols() {
    let runner = Runner::of(&built("aws-echo"), &[]).await;
    for protocol in [Protocol::Http1, Protocol::H2c] {
        let client = Client::speaking(protocol, runner.address());
        let answer = client.post("/", r#"{"item":"tea"}"#).await;
        assert_eq!((answer.status(), answer.json()), (200, json!({ "item": "tea" })));
    }
}

#[tokio::test]
async fn a_stream_comes_whole_or_breaks_off() {
    let mut runner = Runner::of(&built("aws-streaming"), &[]).await;
    let answer = runner.client.post("/", r#"{"lines":3}"#).await;
    assert_eq!((answer.status(), answer.text()), (200, "line 1\nline 2\nline 3\n"));
    let answer = runner.client.post("/", r#""teapot""#).await;
    assert_eq!((answer.status(), answer.header("x-pot")), (418, "tea"));
    let request = runner.client.request(http::Method::POST, "/").body(r#""break""#.into()).unwrap();
    runner.client.try_send(request).await.expect_err("it broke off");
    let line = runner.server.says("function's stream failed").await;
    assert!(line.contains("Runtime.StreamError"), "{line}");
}

#[tokio::test]
async fn a_graceful_shutdown_has_its_time() {
    let runner = Runner::of(&built("aws-graceful-shutdown"), &[]).await;
    assert_eq!(runner.client.post("/", r#"{"a":1}"#).await.status(), 200);
    let ended = runner.stop().await;
    assert_eq!(ended.code, Some(0));
    let log = ended.log;
    assert!(log.iter().any(|line| line.contains("flushed")), "{log:#?}");
    assert!(!log.iter().any(|line| line.contains("panicked")), "{log:#?}");
}

#[tokio::test]
async fn one_process_has_as_many_requests_at_once_as_it_can() {
    let runner = Runner::of(&built("aws-concurrent"), &[("AWS_LAMBDA_MAX_CONCURRENCY", "3")]).await;
    // None is answered before all three are there.
    let ask = || runner.client.post("/", r#"{"wait":true}"#);
    let (first, second, third) = tokio::join!(ask(), ask(), ask());
    let ids = [first.json(), second.json(), third.json()].map(|answer: Value| answer["id"].to_string());
    assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2], "{ids:?}");
}
