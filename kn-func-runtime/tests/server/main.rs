//! The server on real sockets, and where signals, files or the log matter in a process of its own.
//!
//! Nothing here waits for a while: a test reads until something is there, and fails with words when it never comes.

#[cfg(feature = "otel")]
#[path = "../sink/support/authority.rs"]
mod authority;
mod drain;
mod limits;
mod logs;
mod metrics;
mod once;
mod panics;
mod protocols;
mod start;
mod streaming;
mod support;
mod takeover;
mod telemetry;

/// The process that some tests start: this same program, see [`support::process`].
#[test]
fn child() {
    support::process::be_the_child();
}
