//! The metrics of a function as the real Prometheus reads them, and the dashboard of `docs/` over them.

#![cfg(target_os = "linux")]

mod answer;
mod dashboard;
mod form;
mod function;
mod lint;
mod queries;
mod server;
mod traffic;

/// The process that the tests start: this same program, see [`function`].
#[test]
fn child() {
    function::be_the_child();
}
