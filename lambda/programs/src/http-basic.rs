//! An HTTP handler: greets whom the query names.

use lambda_http::{Body, Error, Request, RequestExt, Response, run, service_fn, tracing};

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(greet)).await
}

async fn greet(request: Request) -> Result<Response<Body>, Error> {
    let query = request.query_string_parameters_ref();
    let who = query.and_then(|query| query.first("name")).unwrap_or("world");
    tracing::info!(who, "greeting");
    let greeting = format!("hello, {who}");
    let response = Response::builder().status(200).header("content-type", "text/html").body(greeting.into());
    Ok(response.map_err(Box::new)?)
}
