//! An HTTP handler of streams that may be cloned and sent to other threads.

use std::convert::Infallible;

use lambda_http::lambda_runtime::streaming::{Body, channel};
use lambda_http::{Error, Request, Response, run_with_streaming_response_concurrent, service_fn, tracing};

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run_with_streaming_response_concurrent(service_fn(spell)).await
}

async fn spell(request: Request) -> Result<Response<Body>, Infallible> {
    let (mut caller, body) = channel();
    let word = request.uri().path().trim_start_matches('/').to_owned();
    tokio::spawn(async move {
        for letter in word.chars() {
            caller.send_data(format!("{letter}-").into()).await?;
        }
        Ok::<_, Error>(())
    });
    Ok(Response::new(body))
}
