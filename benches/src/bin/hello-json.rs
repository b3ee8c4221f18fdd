//! A function that answers JSON.

use std::process::ExitCode;

use kn_func_runtime::{Context, Function, Json, run};
use serde_json::{Value, json};

async fn hello(_: Context) -> Json<Value> {
    Json(json!({ "message": "hello" }))
}

fn main() -> ExitCode {
    run(async || Ok(Function::new(hello)))
}
