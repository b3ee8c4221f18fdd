//! An HTTP handler that browsers may call from other origins.

use lambda_http::http::Method;
use lambda_http::tower::ServiceBuilder;
use lambda_http::{Body, Error, IntoResponse, Request, RequestExt, Response, run, service_fn, tracing};
use tower_http::cors::{Any, CorsLayer};

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let cors = CorsLayer::new().allow_methods([Method::GET, Method::POST]).allow_origin(Any);
    let handler = ServiceBuilder::new().layer(cors).service(service_fn(greet));
    run(handler).await
}

async fn greet(request: Request) -> Result<Response<Body>, Error> {
    Ok(match request.query_string_parameters_ref().and_then(|query| query.first("first_name")) {
        Some(name) => format!("hello, {name}").into_response().await,
        None => Response::builder().status(400).body("query has no `first_name`".into())?,
    })
}
