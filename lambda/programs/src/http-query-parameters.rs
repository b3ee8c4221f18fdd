//! An HTTP handler that reads the query: one value of a name, and all values of another.

use lambda_http::http::StatusCode;
use lambda_http::{Error, IntoResponse, Request, RequestExt, Response, run, service_fn, tracing};
use serde_json::json;

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(search)).await
}

async fn search(request: Request) -> Result<impl IntoResponse, Error> {
    let query = request.query_string_parameters();
    let response = match query.first("first_name") {
        Some(name) => {
            let tags = query.all("tag").unwrap_or_default();
            json!({ "name": name, "tags": tags }).into_response().await
        }
        None => {
            let response = Response::builder().status(StatusCode::BAD_REQUEST);
            response.body("query has no `first_name`".into()).map_err(Box::new)?
        }
    };
    Ok(response)
}
