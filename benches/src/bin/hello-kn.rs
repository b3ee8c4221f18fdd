//! `hello` on kn-func-runtime.

use std::process::ExitCode;

use kn_func_runtime::{Context, Function, run};

async fn hello(_: Context) -> &'static str {
    "hello"
}

fn main() -> ExitCode {
    run(async || Ok(Function::new(hello)))
}
