//! A handler that fails in every way, with boxed errors.

use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Order {
    fail: Fail,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Fail {
    Not,
    Words,
    Io,
    Panic,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(handle)).await
}

async fn handle(event: LambdaEvent<Order>) -> Result<Value, Error> {
    match event.payload.fail {
        Fail::Not => Ok(json!({ "done": true })),
        Fail::Words => Err("it did not work".into()),
        Fail::Io => Err(std::io::Error::other("the disk is gone").into()),
        Fail::Panic => panic!("this was not expected"),
    }
}
