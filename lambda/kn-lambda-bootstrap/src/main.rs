//! Runs an unmodified AWS Lambda program of any language: the Lambda Runtime API, behind HTTP and CloudEvents.
//!
//! `kn-lambda-bootstrap [COMMAND [ARGUMENT...]]`; see the README.

// Words: what goes from one to the other.
mod keeper;
mod outcome;

// Settings: environment and command line.
mod settings;

// Requests: those that wait, and those that a process has at hand.
mod desk;
mod lines;
mod queue;

// Runtime API: how a process gets them and answers.
mod api;

// Processes: one, its place, all of them.
mod child;
mod pool;
mod process;

// Door: the function that our server serves.
mod function;

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

const HELP: &str = "\
kn-lambda-bootstrap [COMMAND [ARGUMENT...]]

Runs an AWS Lambda program of any language and serves it over HTTP and CloudEvents.
The command is what Lambda would start; without one it is $LAMBDA_TASK_ROOT/bootstrap,
else /var/runtime/bootstrap. All settings are environment variables: KN_LAMBDA_PROCESSES,
KN_LAMBDA_EVENT, PORT, FUNC_REQUEST_TIMEOUT and others, which the README lists.
";

fn main() -> ExitCode {
    let command: Vec<OsString> = env::args_os().skip(1).collect();
    match command.first().and_then(|word| word.to_str()) {
        Some(keeper::MODE) => return keeper::keep(command.into_iter().skip(1)),
        Some("--help" | "-h") => print!("{HELP}"),
        Some("--version" | "-V") => println!("kn-lambda-bootstrap {}", env!("CARGO_PKG_VERSION")),
        _ => return kn_func_runtime::run(async || function::open(command).await),
    }
    ExitCode::SUCCESS
}
