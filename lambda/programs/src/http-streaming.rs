//! An HTTP handler whose response is made while it is sent.

use std::sync::Arc;

use lambda_http::lambda_runtime::streaming::{Body, Sender, channel};
use lambda_http::{Error, Request, RequestExt, Response, run_with_streaming_response, service_fn, tracing};
use tokio::sync::Semaphore;

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let held = Arc::new(Semaphore::new(0));
    run_with_streaming_response(service_fn(move |request| stream(held.clone(), request))).await
}

async fn stream(held: Arc<Semaphore>, request: Request) -> Result<Response<Body>, Error> {
    let (mut caller, body) = channel();
    let response = Response::builder().header("content-type", "text/plain").header("set-cookie", "seen=yes");
    match request.uri().path() {
        "/held" => {
            tokio::spawn(async move { hold(&mut caller, &held).await });
        }
        "/release" => held.add_permits(1),
        "/endless" => {
            tokio::spawn(async move {
                while caller.send_data("again\n".into()).await.is_ok() {}
                tracing::info!("caller gone");
            });
        }
        "/broken" => {
            tokio::spawn(async move {
                caller.send_data("the first half".into()).await?;
                caller.abort();
                Ok::<_, Error>(())
            });
        }
        _ => {
            let query = request.query_string_parameters();
            let lines: u32 = query.first("lines").unwrap_or("3").parse()?;
            tokio::spawn(async move {
                for line in 1..=lines {
                    caller.send_data(format!("line {line}\n").into()).await?;
                }
                Ok::<_, Error>(())
            });
        }
    }
    Ok(response.body(body)?)
}

/// Sends the first line at once, and the last when another request says so.
async fn hold(caller: &mut Sender, held: &Semaphore) -> Result<(), Error> {
    caller.send_data("first\n".into()).await?;
    held.acquire().await?.forget();
    caller.send_data("last\n".into()).await?;
    Ok(())
}
