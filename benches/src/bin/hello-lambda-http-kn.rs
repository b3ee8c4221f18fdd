//! The same as an HTTP function, with the drop-in.

use kn_lambda_http::{Error, Request, run, service_fn, tracing};
use serde_json::{Value, json};

async fn hello(_: Request) -> Result<Value, Error> {
    Ok(json!({ "message": "hello" }))
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(hello)).await
}
