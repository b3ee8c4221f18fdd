//! Every way to build a runtime and start it later; the first argument says which.

use std::sync::Arc;

use lambda_http::{Body, Error, IntoResponse, Request, Response, SnapStartResource, service_fn, tracing};
use lambda_runtime::{LambdaEvent, Runtime};
use serde_json::Value;

struct Nothing;

impl SnapStartResource for Nothing {}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let nothing = Arc::new(Nothing);
    match std::env::args().nth(1).as_deref() {
        Some("http") => lambda_http::runtime(service_fn(answer)).register_snapstart_resource(nothing).run().await,
        Some("http-concurrent") => lambda_http::runtime_concurrent(service_fn(answer)).run_concurrent().await,
        Some("http-streaming") => {
            lambda_http::streaming_runtime(service_fn(whole)).register_snapstart_resource(nothing).run().await
        }
        Some("http-streaming-concurrent") => {
            lambda_http::streaming_runtime_concurrent(service_fn(whole)).run_concurrent().await
        }
        Some("concurrent") => Runtime::new(service_fn(echo)).run_concurrent().await,
        _ => Runtime::new(service_fn(echo)).run().await,
    }
}

async fn answer(request: Request) -> Result<impl IntoResponse, Error> {
    Ok(format!("{} {}", request.method(), request.uri().path()))
}

async fn whole(request: Request) -> Result<Response<Body>, Error> {
    Ok(answer(request).await?.into_response().await)
}

async fn echo(event: LambdaEvent<Value>) -> Result<Value, Error> {
    Ok(event.payload)
}
