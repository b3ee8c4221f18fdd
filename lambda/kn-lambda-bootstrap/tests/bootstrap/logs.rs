//! What processes write.

use http_body_util::Full;
use serde_json::{Value, json};

use crate::runner::Runner;

#[tokio::test]
async fn lines_of_a_process_are_lines_of_the_log_with_the_request() {
    let mut runner = Runner::start(&[]).await;
    let process = runner.ask(&json!({})).await.json()["process"].clone();
    for stream in ["stdout", "stderr"] {
        let event = json!({ "do": "log", stream: format!("to {stream}\n") });
        let request = runner.client.request(http::Method::POST, "/").header("x-request-id", "order-7");
        runner.client.send(request.body(Full::from(event.to_string())).unwrap()).await;
        let line = read(&runner.server.says(&format!("to {stream}")).await);
        assert_eq!((&line["message"], &line["severity"]), (&json!(format!("to {stream}")), &json!("INFO")));
        assert_eq!((&line["stream"], &line["process"]), (&json!(stream), &process));
        assert_eq!(line["request_id"], "order-7");
    }
}

#[tokio::test]
async fn a_line_that_is_an_object_keeps_its_fields() {
    let mut runner = Runner::start(&[]).await;
    let stdout = "{\"level\":\"WARN\",\"message\":\"low\",\"stock\":{\"tea\":1}}\n{\"level\":\"debug\",\"message\":\"not shown\"}\n{\"a\":1}\n";
    runner.ask(&json!({ "do": "log", "stdout": stdout })).await;
    let line = read(&runner.server.says("low").await);
    assert_eq!((&line["severity"], &line["level"]), (&json!("WARNING"), &json!("WARN")));
    assert_eq!((&line["stock"], &line["stream"]), (&json!({ "tea": 1 }), &json!("stdout")));
    assert!(line["request_id"].is_string() && line["process"].is_u64(), "{line}");
    runner.server.says("\"a\":1").await;
    let log = runner.stop().await.log;
    assert!(!log.iter().any(|line| line.contains("not shown")), "{log:#?}");
}

#[tokio::test]
async fn the_last_line_of_a_process_is_not_lost() {
    let mut runner = Runner::start(&[]).await;
    runner.ask(&json!({ "do": "log", "stdout": "without an end" })).await;
    runner.ask(&json!({ "do": "crash" })).await;
    let line = read(&runner.server.says("without an end").await);
    assert_eq!(line["message"], "without an end");
}

#[tokio::test]
async fn a_long_line_comes_in_parts() {
    let mut runner = Runner::start(&[]).await;
    let long = format!("first{}last", "x".repeat(600_000));
    runner.ask(&json!({ "do": "log", "stdout": format!("{long}\n") })).await;
    let mut parts = vec![runner.server.says("first").await];
    while !parts.last().unwrap().contains("last") {
        parts.push(runner.server.says("xxx").await);
    }
    assert_eq!(parts.len(), 3);
    let whole: String = parts.iter().map(|part| read(part)["message"].as_str().unwrap().to_owned()).collect();
    assert_eq!(whole, long);
}

fn read(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}
