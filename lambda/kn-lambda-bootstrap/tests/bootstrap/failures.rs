//! Processes that fail at work.

use std::fs;

use serde_json::{Value, json};

use crate::runner::{Runner, gone, lives};

#[tokio::test]
async fn an_error_of_the_function_is_a_500_with_awss_json() {
    let mut runner = Runner::start(&[]).await;
    let report = r#"{"errorType":"NoSuchOrder","errorMessage":"order 7","stackTrace":["main"]}"#;
    let answer = runner.ask(&json!({ "do": "error", "report": report })).await;
    assert_eq!(answer.status(), 500);
    assert_eq!(answer.json(), json!({ "errorType": "NoSuchOrder", "errorMessage": "order 7" }));
    runner.server.says("NoSuchOrder: order 7").await;
    let answer = runner.ask(&json!({ "do": "error", "report": "" })).await;
    assert_eq!((answer.status(), answer.json()), (500, json!({ "errorType": "Unhandled", "errorMessage": "" })));
}

#[tokio::test]
async fn a_process_that_crashes_is_a_502_and_started_again() {
    let folder = kn_func_e2e::scratch();
    let starts = folder.path().join("starts");
    let mut runner = Runner::start(&[("STARTS", starts.to_str().unwrap())]).await;
    for wrong in ["crash", "half"] {
        let before = runner.ask(&json!({})).await.json()["process"].as_u64().unwrap();
        let answer = runner.ask(&json!({ "do": wrong })).await;
        assert_eq!(answer.status(), 502, "{wrong}");
        gone(before).await;
        runner.server.says("exited with code 3").await;
        let after = runner.ask(&json!({})).await.json()["process"].as_u64().unwrap();
        assert_ne!(before, after);
    }
    // No request was given to a second process.
    assert_eq!(fs::read_to_string(starts).unwrap().lines().count(), 3);
}

#[tokio::test]
async fn an_answer_just_before_a_crash_is_an_answer() {
    let runner = Runner::start(&[]).await;
    for number in 0..5 {
        let answer = runner.ask(&json!({ "do": "answer and crash", "answer": number.to_string() })).await;
        assert_eq!((answer.status(), answer.text()), (200, number.to_string().as_str()));
    }
}

#[tokio::test]
async fn a_process_that_hangs_is_killed_at_the_deadline() {
    let mut runner = Runner::start(&[("FUNC_REQUEST_TIMEOUT", "3s")]).await;
    let process = runner.ask(&json!({})).await.json()["process"].as_u64().unwrap();
    // The second one starts as soon: it is no start that failed.
    for _ in 0..2 {
        let answer = runner.ask(&json!({ "do": "hang" })).await;
        assert_eq!(answer.status(), 504);
        let line = runner.server.says("did not answer a request before its deadline and was killed").await;
        assert!(line.contains("the next one starts in 100ms"), "{line}");
    }
    gone(process).await;
    runner.serves().await;
}

#[tokio::test]
async fn the_wait_for_a_process_counts() {
    let runner = Runner::start(&[("FUNC_REQUEST_TIMEOUT", "1s")]).await;
    let event = json!({ "do": "hang" });
    let (one, other) = tokio::join!(runner.ask(&event), runner.ask(&event));
    let mut statuses = [one.status(), other.status()];
    statuses.sort_unstable();
    // The one that never began may be sent again.
    assert_eq!(statuses, [503, 504]);
}

#[tokio::test]
async fn requests_wait_for_a_free_process() {
    let folder = kn_func_e2e::scratch();
    let gate = folder.path().join("gate");
    let runner = Runner::start(&[("KN_LAMBDA_PROCESSES", "2")]).await;
    let event = json!({ "until": gate });
    let waiting =
        async { tokio::join!(runner.ask(&event), runner.ask(&event), runner.ask(&event), runner.ask(&event)) };
    let open = async { fs::write(&gate, "").unwrap() };
    let (answers, ()) = tokio::join!(waiting, open);
    for answer in [answers.0, answers.1, answers.2, answers.3] {
        assert_eq!(answer.status(), 200);
    }
}

#[tokio::test]
async fn the_answer_to_a_client_that_has_gone_is_dropped_and_the_process_lives_on() {
    let folder = kn_func_e2e::scratch();
    let gate = folder.path().join("gate");
    let mut runner = Runner::start(&[]).await;
    let process = runner.ask(&json!({})).await.json()["process"].clone();
    // The function says that it has the event before it waits.
    let event = json!({ "do": "late", "stdout": "", "and until": gate });
    let leaving = tokio::spawn({
        let client = runner.client.clone();
        async move { client.post("/", event.to_string()).await }
    });
    runner.server.says("late has begun").await;
    leaving.abort();
    assert!(leaving.await.unwrap_err().is_cancelled());
    fs::write(&gate, "").unwrap();
    runner.server.says("late answer was told: 202").await;
    assert_eq!(runner.ask(&json!({})).await.json()["process"], process);
}

#[tokio::test]
async fn what_a_process_has_started_ends_with_it() {
    let runner = Runner::start(&[("FUNC_REQUEST_TIMEOUT", "30s")]).await;
    let started = runner.ask(&json!({ "do": "start others" })).await.json();
    let others = ids(&started["others"]);
    assert!(others.len() == 2 && others.iter().all(|id| lives(*id)), "{others:?}");
    assert_eq!(runner.ask(&json!({ "do": "crash" })).await.status(), 502);
    for id in others {
        gone(id).await;
    }
}

#[tokio::test]
async fn processes_that_no_longer_start_are_told_as_502_and_unready() {
    let folder = kn_func_e2e::scratch();
    let starts = folder.path().join("starts");
    let mut runner = Runner::start(&[("STARTS", starts.to_str().unwrap()), ("START", "crash again")]).await;
    assert_eq!(runner.client.get("/health/readiness").await.status(), 200);
    assert_eq!(runner.ask(&json!({ "do": "crash" })).await.status(), 502);
    let answer = runner.ask(&json!({})).await;
    assert_eq!((answer.status(), &answer.json()["errorType"]), (502, &json!("Runtime.ExitError")));
    let readiness = runner.client.get("/health/readiness").await;
    assert_eq!((readiness.status(), readiness.text()), (503, "no process of the function starts"));
    assert_eq!(runner.client.get("/health/liveness").await.status(), 200);
    runner.server.says("the next one starts in 200ms").await;
    runner.server.says("the next one starts in 400ms").await;
}

fn ids(list: &Value) -> Vec<u64> {
    list.as_array().into_iter().flatten().filter_map(Value::as_u64).collect()
}
