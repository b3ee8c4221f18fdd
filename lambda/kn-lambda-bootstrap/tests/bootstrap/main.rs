//! The runner as its users start it: the real program, real processes of a function, real sockets.

mod answers;
mod aws;
mod failures;
#[cfg(target_os = "linux")]
mod keeper;
mod logs;
mod processes;
mod runner;
mod runtime_api;
mod starts;
mod streams;
