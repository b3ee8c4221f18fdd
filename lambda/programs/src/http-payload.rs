//! An HTTP handler over a typed payload, sent as JSON or as a form.

use lambda_http::ext::request::PayloadError;
use lambda_http::http::StatusCode;
use lambda_http::{Error, Request, RequestPayloadExt, run, service_fn, tracing};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
struct Order {
    item: String,
    quantity: u32,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(route)).await
}

async fn route(request: Request) -> Result<(StatusCode, Value), Error> {
    let order = match request.uri().path() {
        "/json" => request.json::<Order>().map_err(PayloadError::from).map_err(words),
        _ => request.payload::<Order>().map_err(words),
    };
    Ok(match order {
        Ok(Some(Order { item, quantity })) => (StatusCode::CREATED, json!({ "item": item, "quantity": quantity })),
        Ok(None) => (StatusCode::BAD_REQUEST, json!({ "error": "no payload" })),
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, json!({ "error": error })),
    })
}

fn words(error: PayloadError) -> String {
    match error {
        PayloadError::Json(error) => error.to_string(),
        PayloadError::WwwFormUrlEncoded(error) => error.to_string(),
        _ => "the payload cannot be read".to_owned(),
    }
}
