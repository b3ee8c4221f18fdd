//! The environment of every function of ours holds for programs too.

use kn_func_e2e::{Finished, Protocol};

use crate::host::{Host, PROTOCOLS, Running, ask};

#[tokio::test]
async fn health_is_answered_without_the_handler() {
    for program in ["http-errors", "errors"] {
        let running = Running::start(program, &[]).await;
        for protocol in PROTOCOLS {
            let client = running.speaking(protocol);
            for (path, word) in [("/health/readiness", "READY"), ("/health/liveness", "ALIVE")] {
                let reply = ask(&client, http::Method::GET, path, &[], "").await;
                assert_eq!(reply.said(), (200, word), "{program} over {protocol:?}");
            }
        }
    }
    let running = Running::start("http-basic", &[("FUNC_READINESS_PATH", "/ready")]).await;
    assert_eq!(running.get("/ready").await.text(), "READY");
    assert_eq!(running.get("/health/readiness").await.text(), "hello, world");
}

#[tokio::test]
async fn a_body_above_func_body_limit_is_a_413() {
    for program in ["http-body", "echo"] {
        let running = Running::start(program, &[("FUNC_BODY_LIMIT", "10")]).await;
        assert_eq!(running.post(r#""12345678""#).await.status, 200, "{program}");
        assert_eq!(running.post(r#""123456789""#).await.status, 413, "{program}");
        assert_eq!(running.post(r#""12345678""#).await.status, 200, "{program}");
    }
}

#[tokio::test]
async fn a_handler_that_takes_longer_than_func_request_timeout_is_a_504() {
    let running = Running::start("http-shared-resource", &[("FUNC_REQUEST_TIMEOUT", "2s")]).await;
    assert_eq!(running.get("/meet").await.status, 504);
    assert_eq!(running.get("/").await.status, 200);

    let mut running = Running::start("shared-resource", &[("FUNC_REQUEST_TIMEOUT", "2s")]).await;
    assert_eq!(running.post(r#"{"name": "Ada", "meet": true}"#).await.status, 504);
    running.server.says("left").await;
    assert_eq!(running.post(r#"{"name": "Bo"}"#).await.status, 200);
}

#[tokio::test]
async fn func_concurrency_refuses_what_is_too_much() {
    let mut running = Running::start("shared-resource", &[("FUNC_CONCURRENCY", "1")]).await;
    let client = running.client.clone();
    let held = tokio::spawn(async move {
        crate::host::post(&client, &[], r#"{"name": "Ada", "meet": true}"#).await;
    });
    running.server.says("waits").await;
    let refused = running.post(r#"{"name": "Bo"}"#).await;
    assert_eq!(refused.status, 503);
    assert!(!refused.header("retry-after").is_empty());
    held.abort();
}

#[test]
fn a_variable_that_cannot_be_understood_ends_the_start_with_one_line() {
    let variables = [
        ("PORT", "80a"),
        ("FUNC_REQUEST_TIMEOUT", "soon"),
        ("LOG_LEVEL", "loud"),
        ("KN_LAMBDA_EVENT", "rest"),
        ("KN_LAMBDA_CONCURRENCY", "0"),
        ("KN_LAMBDA_ROUTE", "users/{id}"),
        ("KN_LAMBDA_RESPONSE_LIMIT", "big"),
        ("KN_LAMBDA_CONTENT_TYPE", "text"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "much"),
    ];
    for program in ["http-basic", "echo", "http-streaming", "layers"] {
        for (name, value) in variables {
            let mut command = Host::DropIn.command(program, &[]);
            let words = Finished::of(command.env(name, value)).failure();
            let lines: Vec<_> = words.lines().collect();
            assert_eq!(lines.len(), 1, "{program}: {name}: {words}");
            assert!(words.contains(&format!("{name} is `{value}`; expected")), "{program}: {words}");
        }
    }
}

#[tokio::test]
async fn connections_of_both_protocols_are_kept() {
    let running = Running::start("http-concurrent", &[]).await;
    for protocol in [Protocol::Http1, Protocol::H2c, Protocol::Http1] {
        let client = running.speaking(protocol);
        for _ in 0..20 {
            assert_eq!(ask(&client, http::Method::GET, "/a", &[], "").await.said(), (200, "GET /a"));
        }
    }
}
