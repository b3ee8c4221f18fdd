//! Requests that no handler can take: a 4xx with the reason, a line in the log, and the next request is served.

use serde_json::{Value, json};

use crate::host::Running;
use crate::payloads;

/// An event of API Gateway without one of its parts.
fn without(mut event: Value, part: &str) -> String {
    if let Some(event) = event.as_object_mut() {
        event.remove(part);
    }
    event.to_string()
}

/// Sends what is no good, then what is.
async fn refused(program: &str, mut running: Running, bad: &[String], good: &Value) {
    for (number, payload) in bad.iter().enumerate() {
        let id = format!("request-{number}-ends");
        let reply = running.post_with(&[("x-request-id", &id)], payload).await;
        assert_eq!(reply.status, 400, "{program}: {payload}: {}", reply.text());
        let json = reply.json();
        assert!(json["errorMessage"].as_str().is_some_and(|words| !words.is_empty()), "{payload}: {json}");
        let line = running.server.says(&id).await;
        assert!(line.contains("WARNING") && line.contains("400"), "{line}");
        let next = running.post(&good.to_string()).await;
        assert!(next.status.is_success(), "after {payload}: {}", next.text());
    }
}

/// A program that takes events only. For others JSON without a context is a request whose body it is.
async fn of_events(program: &str) -> Running {
    Running::start(program, &[("KN_LAMBDA_EVENT", "payload")]).await
}

/// A program that takes what comes.
async fn of_all(program: &str) -> Running {
    Running::start(program, &[]).await
}

#[tokio::test]
async fn half_an_event_of_an_http_api_is_a_400() {
    let event = payloads::http_api();
    let mut half_context = event.clone();
    half_context["requestContext"] = json!({ "http": { "path": "/" } });
    let mut no_method = event.clone();
    no_method["requestContext"]["http"]["method"] = json!("a b");
    let bad = [without(event.clone(), "requestContext"), half_context.to_string(), no_method.to_string()];
    refused("apigw-v2", of_events("apigw-v2").await, &bad, &event).await;
}

#[tokio::test]
async fn half_an_event_of_a_rest_api_is_a_400() {
    let event = payloads::rest_api();
    let mut half_context = event.clone();
    half_context["requestContext"] = json!({});
    let bad =
        [without(event.clone(), "httpMethod"), without(event.clone(), "requestContext"), half_context.to_string()];
    refused("apigw-v1", of_events("apigw-v1").await, &bad, &event).await;
}

#[tokio::test]
async fn a_body_that_is_said_to_be_base64_and_is_not_is_a_400() {
    for (program, mut event) in
        [("apigw-v2", payloads::http_api()), ("apigw-v1", payloads::rest_api()), ("http-adapter", payloads::http_api())]
    {
        let good = event.clone();
        event["body"] = json!("a b");
        event["isBase64Encoded"] = json!(true);
        refused(program, of_all(program).await, &[event.to_string()], &good).await;
    }
}

#[tokio::test]
async fn half_an_event_is_a_400_where_whole_requests_are_taken_too() {
    for (program, event) in
        [("apigw-v2", payloads::http_api()), ("apigw-v1", payloads::rest_api()), ("http-adapter", payloads::http_api())]
    {
        let mut half = event.clone();
        half["requestContext"] = json!({});
        refused(program, of_all(program).await, &[half.to_string()], &event).await;
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_is_a_400_that_says_where() {
    let running = Running::start("echo", &[]).await;
    for (payload, words) in [("{\"a\": }", "column 7"), ("hello", "column 1"), ("{} {}", "column 4")] {
        let reply = running.post(payload).await;
        assert_eq!(reply.status, 400, "{payload}: {}", reply.text());
        assert!(reply.text().contains(words), "{payload}: {}", reply.text());
    }
    assert_eq!(running.post("[7]").await.said(), (200, "[7]"));
}
