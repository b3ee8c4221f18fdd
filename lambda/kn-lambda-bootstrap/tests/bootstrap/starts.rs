//! How a runner starts, or does not.

use kn_func_e2e::{Finished, Server};

use crate::runner::{bare_command, command, unruly};

/// What a runner that does not start says, after its log.
fn refusal(command: &mut std::process::Command) -> String {
    let output = command.output().expect("it can be started");
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(words.lines().count(), 1, "{words}");
    words.trim_end().to_owned()
}

#[test]
fn a_command_that_cannot_be_started_ends_the_runner_with_one_line() {
    let words = refusal(bare_command().args(["/no/such/bootstrap", "handler"]));
    assert_eq!(
        words,
        "function did not start: `/no/such/bootstrap handler` cannot be started: No such file or directory (os error 2)"
    );
}

#[test]
fn a_first_process_that_does_not_start_ends_the_runner_with_one_line() {
    let words = refusal(&mut command(&[("START", "crash")]));
    assert!(words.starts_with("function did not start: process ") && words.ends_with(" exited with code 3"), "{words}");
}

#[test]
fn an_init_error_of_the_first_process_is_told() {
    let words = refusal(&mut command(&[("START", "init-error")]));
    assert!(words.contains("exited with code 4, after it said {"), "{words}");
    assert!(words.contains(r#""errorType":"NoDatabase""#), "{words}");
}

#[test]
fn a_wrong_variable_is_named() {
    let words = refusal(&mut command(&[("KN_LAMBDA_PROCESSES", "none")]));
    assert_eq!(words, "function did not start: KN_LAMBDA_PROCESSES is `none`; expected a number from 1 to 1000");
    let words = refusal(&mut command(&[("KN_LAMBDA_EVENT", "all")]));
    assert!(words.contains("KN_LAMBDA_EVENT is `all`"), "{words}");
}

#[test]
fn a_runner_says_what_it_is() {
    assert!(Finished::of(bare_command().arg("--help")).stdout().contains("LAMBDA_TASK_ROOT"));
    assert_eq!(
        Finished::of(bare_command().arg("--version")).stdout(),
        format!("kn-lambda-bootstrap {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[tokio::test]
async fn without_a_command_the_bootstrap_of_the_task_is_run() {
    let folder = kn_func_e2e::scratch();
    std::os::unix::fs::symlink(unruly(), folder.path().join("bootstrap")).unwrap();
    let mut server = Server::start(bare_command().env("LAMBDA_TASK_ROOT", folder.path()));
    let client = kn_func_e2e::Client::new(server.address().await);
    assert_eq!(client.post("/", "{}").await.status(), 200);
}

#[tokio::test]
async fn a_signal_before_it_serves_ends_it_and_its_process() {
    let mut server = Server::start(&mut command(&[("START", "hang")]));
    let line = server.says("start hangs").await;
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    let process = line["process"].as_u64().unwrap();
    assert!(crate::runner::lives(process));
    assert_eq!(server.stop().await.code, Some(128 + 15));
    crate::runner::gone(process).await;
}
