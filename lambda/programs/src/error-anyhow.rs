//! A handler with errors of anyhow.

use anyhow::{Context, Result, bail};
use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(halve)).await
}

async fn halve(event: LambdaEvent<Value>) -> Result<u64> {
    let number = event.payload["number"].as_u64().context("there is no number")?;
    if number % 2 == 1 {
        bail!("{number} is odd");
    }
    Ok(number / 2)
}
