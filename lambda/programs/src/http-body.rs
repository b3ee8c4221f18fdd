//! An HTTP handler over the raw body: sends it back and says what it was.

use lambda_http::http::header::CONTENT_TYPE;
use lambda_http::{Body, Error, Request, Response, run, service_fn, tracing};

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(echo)).await
}

async fn echo(request: Request) -> Result<Response<Body>, Error> {
    let kind = match request.body() {
        Body::Empty => "empty",
        Body::Text(_) => "text",
        Body::Binary(_) => "binary",
        _ => "other",
    };
    let mut response = Response::builder().header("x-body", kind).header("x-length", request.body().len());
    if let Some(of) = request.headers().get(CONTENT_TYPE) {
        response = response.header(CONTENT_TYPE, of);
    }
    Ok(response.body(request.into_body())?)
}
