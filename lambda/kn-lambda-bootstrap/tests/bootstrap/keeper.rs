//! The processes between the runner and the function's.

use std::fs;

use kn_func_e2e::{Signal, until};
use nix::sys::signal::kill;
use nix::unistd::Pid;
use serde_json::json;

use crate::runner::Runner;

#[tokio::test]
async fn a_process_whose_keeper_is_killed_ends_and_is_started_again() {
    let mut runner = Runner::start(&[]).await;
    let process = runner.ask(&json!({})).await.json()["process"].as_u64().unwrap();
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let (_, rest) = stat.rsplit_once(") ").unwrap();
    let keeper = rest.split(' ').nth(1).unwrap().parse().unwrap();
    kill(Pid::from_raw(keeper), Signal::SIGKILL).unwrap();
    runner.server.says("lost its keeper").await;
    until("the end of the process", async || {
        let stat = fs::read_to_string(format!("/proc/{process}/stat"));
        // Whoever adopted it may be slow to reap it.
        stat.map_or(true, |stat| stat.contains(") Z ")).then_some(())
    })
    .await;
    let next = runner.ask(&json!({})).await.json()["process"].as_u64().unwrap();
    assert_ne!(process, next);
}
