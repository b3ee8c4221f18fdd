//! A handler for several events at once, on all threads.

use std::sync::Arc;

use lambda_runtime::{Error, LambdaEvent, run_concurrent, service_fn, tracing};
use serde_json::{Value, json};
use tokio::sync::Barrier;

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let three = Arc::new(Barrier::new(3));
    run_concurrent(service_fn(move |event: LambdaEvent<Value>| answer(three.clone(), event))).await
}

async fn answer(three: Arc<Barrier>, event: LambdaEvent<Value>) -> Result<Value, Error> {
    if event.payload["wait"] == true {
        three.wait().await;
    }
    Ok(json!({ "id": event.context.request_id, "payload": event.payload }))
}
