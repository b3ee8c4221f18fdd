//! A handler with work to do before the process ends.

use std::sync::Arc;

use lambda_runtime::{Error, LambdaEvent, run, service_fn, spawn_graceful_shutdown_handler, tracing};
use serde_json::Value;
use tokio::sync::Semaphore;

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let held = Arc::new(Semaphore::new(0));
    spawn_graceful_shutdown_handler(|| async { tracing::info!("flushed") }).await;
    run(service_fn(move |event: LambdaEvent<Value>| answer(held.clone(), event.payload))).await
}

/// Holds the events that say so until another one releases them.
async fn answer(held: Arc<Semaphore>, order: Value) -> Result<Value, Error> {
    if order["hold"] == true {
        tracing::info!("held");
        held.acquire().await?.forget();
    }
    if order["release"] == true {
        held.add_permits(1);
    }
    tracing::info!(%order, "answered");
    Ok(order)
}
