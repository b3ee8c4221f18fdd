//! What processes hear when they ask for the wrong thing.

use kn_func_e2e::Answer;
use serde_json::{Value, json};

use crate::runner::Runner;

async fn ask(runner: &Runner, method: &str, path: &str, body: &str) -> Value {
    let answer: Answer = runner.ask(&json!({ "do": "ask", "method": method, "path": path, "body": body })).await;
    assert_eq!(answer.status(), 200);
    answer.json()
}

#[tokio::test]
async fn what_is_not_there_is_said_in_awss_words() {
    let runner = Runner::start(&[]).await;
    for (method, path, status) in [
        ("GET", "/", 404),
        ("GET", "/2018-06-01/runtime/invocation/next/", 404),
        ("POST", "/2018-06-01/runtime/invocation/7/forget", 404),
        ("POST", "/2018-06-01/runtime/invocation/next", 405),
        ("GET", "/2018-06-01/runtime/init/error", 405),
        ("GET", "/2018-06-01/runtime/restore/next", 403),
        ("POST", "/2018-06-01/runtime/restore/error", 403),
        ("GET", "/2020-01-01/extension/no", 404),
    ] {
        let told = ask(&runner, method, path, "").await;
        assert_eq!(told["status"], status, "{method} {path}");
        let words: Value = serde_json::from_str(told["body"].as_str().unwrap()).unwrap();
        assert!(words["errorType"].is_string() && words["errorMessage"].is_string(), "{words}");
    }
}

#[tokio::test]
async fn another_request_cannot_be_answered() {
    let runner = Runner::start(&[]).await;
    let told = runner.ask(&json!({ "do": "for another" })).await.json();
    assert_eq!(told["status"], 400);
    let words: Value = serde_json::from_str(told["body"].as_str().unwrap()).unwrap();
    assert_eq!(words["errorType"], "InvalidRequestID");
}

#[tokio::test]
async fn a_process_cannot_answer_the_request_of_another_process() {
    let folder = kn_func_e2e::scratch();
    let gate = folder.path().join("gate");
    let runner = Runner::start(&[("KN_LAMBDA_PROCESSES", "2")]).await;
    let request = runner.client.request(http::Method::POST, "/").header("x-request-id", "first");
    let waiting = json!({ "until": gate, "do": "answer", "answer": "\"mine\"" }).to_string();
    let first = runner.client.send(request.body(waiting.into()).unwrap());
    let second = async {
        let told = ask(&runner, "POST", "/2018-06-01/runtime/invocation/first/response", "\"stolen\"").await;
        std::fs::write(&gate, "").unwrap();
        told
    };
    let (first, told) = tokio::join!(first, second);
    assert_eq!(told["status"], 400);
    assert_eq!(first.text(), "\"mine\"");
}

#[tokio::test]
async fn a_request_is_answered_once() {
    let mut runner = Runner::start(&[]).await;
    assert_eq!(runner.ask(&json!({ "do": "twice" })).await.text(), "1");
    runner.server.says("second answer was told: 400").await;
    assert_eq!(runner.ask(&json!({})).await.status(), 200);
}

#[tokio::test]
async fn a_process_that_asks_for_the_next_event_has_given_up_the_one_before() {
    let runner = Runner::start(&[]).await;
    let answer = runner.ask(&json!({ "do": "next" })).await;
    assert_eq!((answer.status(), &answer.json()["errorType"]), (502, &json!("Runtime.NoResponse")));
    assert_eq!(runner.ask(&json!({})).await.status(), 200);
}

#[tokio::test]
async fn awss_no_op_extension_can_be_registered() {
    let runner = Runner::start(&[("K_SERVICE", "shop"), ("_HANDLER", "app.handler")]).await;
    let told = ask(&runner, "POST", "/2020-01-01/extension/register", r#"{"events":[]}"#).await;
    assert_eq!(told["status"], 200);
    assert!(told["headers"]["lambda-extension-identifier"].is_string());
    let words: Value = serde_json::from_str(told["body"].as_str().unwrap()).unwrap();
    assert_eq!(words, json!({ "functionName": "shop", "functionVersion": "$LATEST", "handler": "app.handler" }));
    let told = ask(&runner, "POST", "/2020-01-01/extension/register", r#"{"events":["INVOKE"]}"#).await;
    assert_eq!(told["status"], 403);
}
