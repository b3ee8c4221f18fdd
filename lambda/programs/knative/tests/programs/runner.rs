//! The programs as they are, compiled with AWS's crates, answer the same below the runner.

use kn_func_e2e::Protocol;

use crate::answers::check_all;
use crate::host::Host;

#[tokio::test]
async fn every_unmodified_program_answers_over_http1() {
    check_all(Host::Runner, Protocol::Http1).await;
}

#[tokio::test]
async fn every_unmodified_program_answers_over_h2c() {
    check_all(Host::Runner, Protocol::H2c).await;
}
