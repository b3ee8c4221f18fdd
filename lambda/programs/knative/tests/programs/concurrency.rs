//! How many requests a program serves at once, and what becomes of those whose callers go away.

use http::Method;
use kn_func_e2e::Server;
use serde_json::{Value, json};
use tokio::join;

use crate::host::{PROTOCOLS, Running, ask, open, post};

/// Waits for a line of the log that has all of these in it.
async fn says(server: &mut Server, message: &str, name: &str) {
    loop {
        let line = server.says(message).await;
        if line.contains(name) {
            return;
        }
    }
}

#[tokio::test]
async fn run_serves_the_requests_of_a_handler_that_borrows_from_main_at_once() {
    let running = Running::start("http-shared-resource", &[]).await;
    for protocol in PROTOCOLS {
        let client = running.speaking(protocol);
        let meet = || ask(&client, Method::GET, "/meet", &[], "");
        let (one, other) = join!(meet(), meet());
        let mut answers = [one.text(), other.text()];
        answers.sort_unstable();
        assert_eq!(answers, ["came first", "came second"], "{protocol:?}");
    }
}

#[tokio::test]
async fn run_serves_the_requests_of_a_handler_that_is_not_send_at_once() {
    let running = Running::start("shared-resource", &[]).await;
    for protocol in PROTOCOLS {
        let client = running.speaking(protocol);
        let meet = |name: &str| {
            let payload = json!({ "name": name, "meet": true }).to_string();
            let client = &client;
            async move { post(client, &[], &payload).await.json()["met"].take() }
        };
        assert_eq!(join!(meet("Ada"), meet("Bo")), (json!("Bo"), json!("Ada")), "{protocol:?}");
    }
}

#[tokio::test]
async fn run_concurrent_serves_requests_at_once() {
    let running = Running::start("http-concurrent", &[]).await;
    for protocol in PROTOCOLS {
        let client = running.speaking(protocol);
        let three = || ask(&client, Method::GET, "/three", &[], "");
        let (a, b, c) = join!(three(), three(), three());
        for reply in [a, b, c] {
            assert_eq!(reply.said(), (200, "three at once"), "{protocol:?}");
        }
    }

    let running = Running::start("concurrent", &[]).await;
    for protocol in PROTOCOLS {
        let client = running.speaking(protocol);
        let three = |id: &'static str| {
            let client = &client;
            async move { post(client, &[("x-request-id", id)], r#"{"wait": true}"#).await.json()["id"].take() }
        };
        assert_eq!(join!(three("a"), three("b"), three("c")), (json!("a"), json!("b"), json!("c")), "{protocol:?}");
    }
}

/// A second guest would be met at once, and both would be answered.
#[tokio::test]
async fn kn_lambda_concurrency_1_serves_one_request_after_the_other() {
    let variables = [("KN_LAMBDA_CONCURRENCY", "1"), ("FUNC_REQUEST_TIMEOUT", "2s")];
    let mut running = Running::start("shared-resource", &variables).await;
    let client = running.client.clone();
    let ada = tokio::spawn(async move { post(&client, &[], r#"{"name": "Ada", "meet": true}"#).await.status });
    says(&mut running.server, "waits", "Ada").await;
    let bo = running.post(r#"{"name": "Bo", "meet": true}"#).await;
    assert_eq!(ada.await.expect("the client does not panic"), 504);
    assert_eq!(bo.status, 504);
    let next = running.post(r#"{"name": "Cy"}"#).await.json();
    assert_eq!(next["met"], Value::Null, "{next}");
}

#[tokio::test]
async fn many_requests_are_all_served_with_kn_lambda_concurrency_1() {
    let running = Running::start("shared-resource", &[("KN_LAMBDA_CONCURRENCY", "1")]).await;
    let visit = async || running.post(r#"{"name": "Ada"}"#).await.json()["visits"].as_u64();
    let (a, b, c, d) = join!(visit(), visit(), visit(), visit());
    let mut visits = [a, b, c, d];
    visits.sort_unstable();
    assert_eq!(visits, [Some(1), Some(2), Some(3), Some(4)]);
}

#[tokio::test]
async fn a_client_that_goes_away_cancels_the_handler() {
    for protocol in PROTOCOLS {
        let mut running = Running::start("shared-resource", &[]).await;
        let client = running.speaking(protocol);
        let asking = tokio::spawn(async move { post(&client, &[], r#"{"name": "Ada", "meet": true}"#).await });
        says(&mut running.server, "waits", "Ada").await;
        asking.abort();
        says(&mut running.server, "left", "Ada").await;
        assert_eq!(running.post(r#"{"name": "Bo"}"#).await.json(), json!({ "visits": 2 }), "{protocol:?}");
    }
}

#[tokio::test]
async fn a_client_that_goes_away_ends_its_stream() {
    for protocol in PROTOCOLS {
        let mut running = Running::start("http-streaming", &[]).await;
        let client = running.speaking(protocol);
        let mut stream = open(&client, Method::GET, "/endless", &[], "").await;
        assert!(stream.chunk().await.expect("it has begun").is_some_and(|chunk| chunk.starts_with(b"again\n")));
        drop(stream);
        running.server.says("caller gone").await;
    }
}
