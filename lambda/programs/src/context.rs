//! A handler that answers with its context.

use lambda_runtime::{Context, Error, LambdaEvent, run, service_fn, tracing};
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(async |event: LambdaEvent<Value>| Ok::<Context, Error>(event.context))).await
}
