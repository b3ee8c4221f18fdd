//! An HTTP handler for several requests at once, on all threads.

use std::sync::Arc;

use lambda_http::{Error, Request, run_concurrent, service_fn, tracing};
use tokio::sync::Barrier;

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let three = Arc::new(Barrier::new(3));
    run_concurrent(service_fn(move |request: Request| answer(three.clone(), request))).await
}

async fn answer(three: Arc<Barrier>, request: Request) -> Result<String, Error> {
    if request.uri().path() == "/three" {
        three.wait().await;
        return Ok("three at once".to_owned());
    }
    Ok(format!("{} {}", request.method(), request.uri().path()))
}
