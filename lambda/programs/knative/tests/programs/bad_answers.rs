//! Answers that cannot be sent: a 502, a line in the log, and the next request is served.

use kn_func_e2e::Signal;
use serde_json::json;

use crate::host::Running;

/// What an envelope may say, and the words that tell what is wrong with it.
const ENVELOPES: [(&str, &str); 14] = [
    (r#"{"statusCode": 99}"#, "99"),
    (r#"{"statusCode": 1000}"#, "1000"),
    (r#"{"statusCode": -200}"#, "-200"),
    (r#"{"statusCode": 101}"#, "101"),
    (r#"{"statusCode": "two hundred"}"#, "statusCode"),
    (r#"{"statusCode": 200, "body": {"a": 1}}"#, "string"),
    (r#"{"statusCode": 200, "body": "a b", "isBase64Encoded": true}"#, "base64"),
    (r#"{"statusCode": 200, "headers": {"a b": "c"}}"#, "a b"),
    (r#"{"statusCode": 200, "headers": {"": "c"}}"#, "header"),
    (r#"{"statusCode": 200, "headers": {"a": "b\r\nset-cookie: c"}}"#, "`a`"),
    (r#"{"statusCode": 200, "headers": {"a": {}}}"#, "header"),
    (r#"{"statusCode": 200, "headers": 7}"#, "map"),
    (r#"{"statusCode": 200, "multiValueHeaders": {"a": "b"}}"#, "sequence"),
    (r#"{"statusCode": 200, "cookies": ["a=\u0000"]}"#, "set-cookie"),
];

#[tokio::test]
async fn an_envelope_that_http_has_no_room_for_is_a_502() {
    let mut running = Running::start("echo", &[]).await;
    for (number, (envelope, words)) in ENVELOPES.into_iter().enumerate() {
        let id = format!("answer-{number}-ends");
        let reply = running.post_with(&[("x-request-id", &id)], envelope).await;
        let json = reply.json();
        assert_eq!(reply.status, 502, "{envelope}: {json}");
        assert!(json["errorMessage"].as_str().is_some_and(|text| text.contains(words)), "{envelope}: {json}");
        let line = loop {
            let line = running.server.says(&id).await;
            if line.contains("ERROR") {
                break line;
            }
        };
        assert!(line.contains("502"), "{line}");
        assert_eq!(running.post("[7]").await.said(), (200, "[7]"), "after {envelope}");
    }
}

#[tokio::test]
async fn an_answer_of_a_rest_api_that_is_no_envelope_is_a_502() {
    let mut running = Running::start("echo", &[("KN_LAMBDA_EVENT", "apigw-v1")]).await;
    let reply = running.post_with(&[("x-request-id", "no-envelope")], "{}").await;
    let json = reply.json();
    assert_eq!(reply.status, 502, "{json}");
    assert!(json["errorMessage"].as_str().is_some_and(|text| text.contains("statusCode")), "{json}");
    let line = running.server.says("no-envelope").await;
    assert!(line.contains("ERROR") || running.server.says("no-envelope").await.contains("ERROR"), "{line}");
}

#[tokio::test]
async fn an_answer_of_20_mb_is_a_502() {
    let large = json!("x".repeat(20 * 1024 * 1024)).to_string();
    let mut running = Running::start("echo", &[("FUNC_BODY_LIMIT", "30MiB")]).await;
    let reply = running.post_with(&[("x-request-id", "large-one")], &large).await;
    assert_eq!(reply.status, 502);
    assert!(reply.text().contains("KN_LAMBDA_RESPONSE_LIMIT"), "{}", reply.text());
    running.server.says("KN_LAMBDA_RESPONSE_LIMIT").await;
    assert_eq!(running.post("[7]").await.said(), (200, "[7]"));

    let mut running = Running::start("http-responses", &[]).await;
    let reply = running.get("/large").await;
    assert_eq!(reply.status, 502);
    assert!(reply.text().contains("KN_LAMBDA_RESPONSE_LIMIT"), "{}", reply.text());
    running.server.says("KN_LAMBDA_RESPONSE_LIMIT").await;
    assert_eq!(running.get("/str").await.said(), (200, "a slice"));
}

#[tokio::test]
async fn an_answer_of_20_mb_is_sent_where_it_may() {
    let variables = [("FUNC_BODY_LIMIT", "30MiB"), ("KN_LAMBDA_RESPONSE_LIMIT", "30MiB")];
    let large = json!("x".repeat(20 * 1024 * 1024)).to_string();
    let running = Running::start("echo", &variables).await;
    assert!(running.post(&large).await.body == large, "another answer");
    let running = Running::start("http-responses", &variables).await;
    assert_eq!(running.get("/large").await.body.len(), 20 * 1024 * 1024);
}

#[tokio::test]
async fn a_program_that_was_given_all_of_this_still_ends_well() {
    let running = Running::start("echo", &[]).await;
    for (envelope, _) in ENVELOPES {
        running.post(envelope).await;
    }
    running.server.signal(Signal::SIGTERM);
    let ended = running.server.ended().await;
    assert_eq!(ended.code, Some(0), "{:#?}", ended.log);
    assert!(!ended.log.iter().any(|line| line.contains("panicked")), "{:#?}", ended.log);
}
