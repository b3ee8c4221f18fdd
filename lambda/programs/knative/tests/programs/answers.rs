//! The programs over the drop-ins answer as they must.

use std::sync::Arc;

use kn_func_e2e::Protocol;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::host::{Host, Running, ask};
use crate::table::{Row, rows};

/// Asks a program what the table asks it.
///
/// # Panics
///
/// If it answers something else, or does not end well.
async fn check(host: Host, row: Row, protocol: Protocol) {
    let what = format!("{} {} over {protocol:?}", row.program, row.arguments.join(" "));
    let mut command = host.command(row.program, row.arguments);
    let running = Running::of(command.envs(row.variables.iter().copied())).await;
    let client = running.speaking(protocol);
    for exchange in &row.exchanges {
        let (method, body) = (exchange.method.clone(), exchange.body.clone());
        let reply = ask(&client, method, exchange.path, &exchange.headers, body).await;
        exchange.check(&what, &reply);
    }
    let ended = running.server.stop().await;
    assert_eq!(ended.code, Some(0), "{what}: {:#?}", ended.log);
}

/// Asks all programs, several at a time.
///
/// # Panics
///
/// If one of them answers something else.
pub(crate) async fn check_all(host: Host, protocol: Protocol) {
    let at_once = Arc::new(Semaphore::new(8));
    let mut checks = JoinSet::new();
    for row in rows() {
        let at_once = at_once.clone();
        checks.spawn(async move {
            let _one = at_once.acquire().await.expect("it is never closed");
            check(host, row, protocol).await;
        });
    }
    let mut failed = 0;
    while let Some(checked) = checks.join_next().await {
        // Each that fails has said why.
        failed += u32::from(checked.is_err());
    }
    assert_eq!(failed, 0, "so many programs answer something else");
}

#[tokio::test]
async fn every_program_answers_over_http1() {
    check_all(Host::DropIn, Protocol::Http1).await;
}

#[tokio::test]
async fn every_program_answers_over_h2c() {
    check_all(Host::DropIn, Protocol::H2c).await;
}
