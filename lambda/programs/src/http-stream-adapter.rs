//! An HTTP handler of streams as a service over Lambda events, run by `lambda_runtime`.

use lambda_http::tower::ServiceBuilder;
use lambda_http::{Body, Error, Request, RequestExt, Response, StreamAdapter, service_fn, tracing};

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let service = ServiceBuilder::new().layer_fn(StreamAdapter::from).service(service_fn(answer));
    lambda_runtime::run(service).await
}

async fn answer(request: Request) -> Result<Response<Body>, Error> {
    let text = format!("{} {}", request.method(), request.raw_http_path());
    Ok(Response::builder().status(202).header("set-cookie", "seen=yes").body(text.into())?)
}
