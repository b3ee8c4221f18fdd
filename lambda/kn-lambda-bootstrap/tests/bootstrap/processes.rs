//! How processes end with their runner.

use std::fs;

use kn_func_e2e::{Signal, soon};
use serde_json::{Value, json};

use crate::runner::{Runner, gone, lives};

/// A runner, and all processes of its function.
async fn with_others(variables: &[(&str, &str)]) -> (Runner, Vec<u64>) {
    let runner = Runner::start(variables).await;
    let started = runner.ask(&json!({ "do": "start others" })).await.json();
    let mut processes: Vec<u64> = started["others"].as_array().unwrap().iter().filter_map(Value::as_u64).collect();
    processes.push(started["me"].as_u64().unwrap());
    assert!(processes.len() == 3 && processes.iter().all(|id| lives(*id)), "{processes:?}");
    (runner, processes)
}

#[tokio::test]
async fn a_runner_that_is_killed_leaves_no_orphan() {
    let (runner, processes) = with_others(&[]).await;
    runner.server.signal(Signal::SIGKILL);
    for id in processes {
        gone(id).await;
    }
}

#[tokio::test]
async fn a_runner_that_stops_has_ended_and_reaped_its_processes() {
    let (runner, processes) = with_others(&[]).await;
    let ended = runner.stop().await;
    assert_eq!(ended.code, Some(0), "{:#?}", ended.log);
    assert!(!processes.iter().any(|id| lives(*id)), "{processes:?}");
}

#[tokio::test]
async fn a_process_that_ignores_sigterm_is_killed() {
    let (runner, processes) = with_others(&[("START", "stubborn")]).await;
    let ended = runner.stop().await;
    assert_eq!(ended.code, Some(0), "{:#?}", ended.log);
    assert!(!processes.iter().any(|id| lives(*id)), "{processes:?}");
}

#[tokio::test]
async fn what_is_in_flight_is_answered_before_the_processes_end() {
    let folder = kn_func_e2e::scratch();
    let gate = folder.path().join("gate");
    let mut runner = Runner::start(&[]).await;
    let first = json!({ "do": "log", "stdout": "at work\n", "and until": gate });
    let second = json!({});
    let ask = |event: Value| {
        let client = runner.client.clone();
        tokio::spawn(async move { client.post("/", event.to_string()).await })
    };
    let at_work = ask(first);
    runner.server.says("at work").await;
    let waiting = ask(second);
    runner.server.signal(Signal::SIGTERM);
    runner.server.says("draining").await;
    fs::write(&gate, "").unwrap();
    assert_eq!(soon("the answer at work", at_work).await.unwrap().status(), 200);
    assert_eq!(soon("the answer that waited", waiting).await.unwrap().status(), 200);
    let ended = runner.server.ended().await;
    assert_eq!(ended.code, Some(0), "{:#?}", ended.log);
}

#[tokio::test]
async fn a_second_signal_ends_the_processes_at_once() {
    let (mut runner, processes) = with_others(&[]).await;
    let client = runner.client.clone();
    let hung =
        tokio::spawn(async move { client.post("/", r#"{"do":"log","stdout":"at work\n","and until":"/no"}"#).await });
    runner.server.says("at work").await;
    runner.server.signal(Signal::SIGTERM);
    runner.server.says("draining").await;
    runner.server.signal(Signal::SIGTERM);
    assert_eq!(runner.server.ended().await.code, Some(128 + 15));
    for id in processes {
        gone(id).await;
    }
    // It panics as it gets no answer.
    assert!(hung.await.is_err());
}
