//! What a program does around a snapshot is done at its start, where there is one.

use kn_func_e2e::Finished;

use crate::host::{Host, Running};

const SNAPSTART: (&str, &str) = ("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start");

fn position(log: &[String], what: &str) -> Option<usize> {
    log.iter().position(|line| line.contains(what))
}

#[tokio::test]
async fn the_hooks_run_in_order_before_it_listens() {
    let running = Running::start("snapstart", &[SNAPSTART]).await;
    assert_eq!(running.post("[7]").await.said(), (200, "[7]"));
    let log = running.server.stop().await.log;
    let steps = ["pool closed", "credentials closed", "credentials open", "pool open", r#""listening""#];
    let places: Vec<_> = steps.iter().map(|step| position(&log, step)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}: {log:#?}");

    let running = Running::start("http-snapstart", &[SNAPSTART]).await;
    assert_eq!(running.get("/").await.said(), (200, "restored"));
}

#[tokio::test]
async fn no_hook_runs_without_it() {
    for variables in [&[][..], &[("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")]] {
        let running = Running::start("snapstart", variables).await;
        let log = running.server.stop().await.log;
        for word in ["closed", "pool open"] {
            assert_eq!(position(&log, word), None, "{log:#?}");
        }
    }
}

#[test]
fn a_resource_that_cannot_be_opened_again_ends_the_start() {
    let mut command = Host::DropIn.command("snapstart", &[]);
    let words = Finished::of(command.envs([SNAPSTART, ("UNOPENED", "pool")])).failure();
    assert!(words.contains("pool cannot be opened"), "{words}");
    assert!(!words.contains(r#""listening""#), "{words}");
}
