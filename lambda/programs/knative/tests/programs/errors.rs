//! A handler that fails, and a payload that it cannot take.

use kn_func_e2e::Protocol;

use crate::host::{Running, post};

#[tokio::test]
async fn a_payload_that_does_not_fit_is_a_400_that_says_where() {
    let running = Running::start("basic", &[]).await;
    let cases = [
        (r#"{"times": 1}"#, "missing field `command`"),
        (r#"{"command": 7}"#, "invalid type: integer `7`, expected a string at line 1 column 13"),
        (r#"{"command": "a", "times": 300}"#, "times: invalid value: integer `300`"),
        (r#"{"command": "a""#, "EOF while parsing"),
        ("not JSON", "line 1 column 2"),
        ("[]", "invalid length 0"),
    ];
    for (payload, words) in cases {
        let reply = running.post(payload).await;
        let json = reply.json();
        assert_eq!(reply.status, 400, "{payload}: {json}");
        assert!(json["errorMessage"].as_str().is_some_and(|text| text.contains(words)), "{payload}: {json}");
        assert!(json["errorType"].is_string(), "{payload}: {json}");
    }
    assert_eq!(running.post(r#"{"command": "a"}"#).await.status, 200);
}

#[tokio::test]
async fn a_refused_payload_is_logged_once() {
    let running = Running::start("basic", &[]).await;
    running.post_with(&[("x-request-id", "refused-one")], r#"{"command": 7}"#).await;
    let log = running.server.stop().await.log;
    let lines: Vec<_> = log.iter().filter(|line| line.contains("refused-one")).collect();
    assert_eq!(lines.len(), 1, "{log:#?}");
    assert!(lines[0].contains("WARNING") && lines[0].contains("expected a string"), "{log:#?}");
}

#[tokio::test]
async fn an_error_of_a_handler_is_logged_with_its_request() {
    for (program, payload, words) in [
        ("error-thiserror", r#"{"amount": 103}"#, "the account lacks 3"),
        ("error-diagnostic", r#"{"item": 7}"#, "7 is not what was asked for"),
        ("error-anyhow", r#"{"number": 7}"#, "7 is odd"),
        ("errors", r#"{"fail": "words"}"#, "it did not work"),
    ] {
        let mut running = Running::start(program, &[]).await;
        assert_eq!(running.post_with(&[("x-request-id", "failed-one")], payload).await.status, 500, "{program}");
        let line = running.server.says(words).await;
        assert!(line.contains("failed-one") && line.contains("ERROR"), "{program}: {line}");
    }
}

#[tokio::test]
async fn a_panic_is_a_500_and_the_process_lives_on() {
    for protocol in [Protocol::Http1, Protocol::H2c] {
        let mut running = Running::start("errors", &[]).await;
        let client = running.speaking(protocol);
        for _ in 0..3 {
            let reply = post(&client, &[("x-request-id", "the-panic")], r#"{"fail": "panic"}"#).await;
            let json = reply.json();
            assert_eq!(reply.status, 500, "{json}");
            assert!(json["errorType"].is_string() && json["errorMessage"].is_string(), "{json}");
        }
        let line = running.server.says("this was not expected").await;
        assert!(line.contains("the-panic"), "{line}");
        assert_eq!(post(&client, &[], r#"{"fail": "not"}"#).await.said(), (200, r#"{"done":true}"#));
    }
}

#[tokio::test]
async fn a_panic_of_an_http_handler_is_a_500_and_the_process_lives_on() {
    let mut running = Running::start("http-errors", &[]).await;
    let reply = running.get_with("/panic", &[("x-request-id", "the-panic")]).await;
    assert_eq!(reply.status, 500, "{}", reply.text());
    let line = running.server.says("the till is on fire").await;
    assert!(line.contains("the-panic"), "{line}");
    assert_eq!(running.get("/").await.said(), (200, "bought"));
}
