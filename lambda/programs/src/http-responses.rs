//! An HTTP handler with an answer of every kind.

use lambda_http::http::StatusCode;
use lambda_http::{Body, Error, IntoResponse, Request, Response, run, service_fn, tracing};
use serde_json::json;

/// No text, in whatever way it is read.
const BYTES: [u8; 4] = [0xff, 0x00, 0xfe, 0x80];

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(answer)).await
}

async fn answer(request: Request) -> Result<impl IntoResponse, Error> {
    Ok(match request.uri().path() {
        "/string" => "a string".to_owned().into_response().await,
        "/str" => "a slice".into_response().await,
        "/bytes" => BYTES.as_slice().into_response().await,
        "/vec" => BYTES.to_vec().into_response().await,
        "/json" => json!({ "is": "json" }).into_response().await,
        "/status/string" => (StatusCode::ACCEPTED, "accepted".to_owned()).into_response().await,
        "/status/str" => (StatusCode::GONE, "gone").into_response().await,
        "/status/bytes" => (StatusCode::CREATED, BYTES.as_slice()).into_response().await,
        "/status/vec" => (StatusCode::CREATED, BYTES.to_vec()).into_response().await,
        "/status/json" => (StatusCode::CONFLICT, json!({ "is": "taken" })).into_response().await,
        "/empty" => Response::builder().status(204).body(Body::Empty)?,
        "/redirect" => Response::builder().status(302).header("location", "/string").body(Body::Empty)?,
        "/cookies" => {
            let response =
                Response::builder().header("set-cookie", "a=1; Path=/").header("set-cookie", "b=2; HttpOnly");
            response.body("two cookies".into())?
        }
        "/image" => Response::builder().header("content-type", "image/png").body(BYTES.to_vec().into())?,
        "/encoded" => {
            let response = Response::builder().header("content-type", "text/plain").header("content-encoding", "gzip");
            response.body(Body::Binary(BYTES.to_vec()))?
        }
        "/twice" => {
            let response = Response::builder().header("x-list", "one").header("x-list", "two");
            response.body("two headers of a name".into())?
        }
        "/large" => "x".repeat(20 * 1024 * 1024).into_response().await,
        path => {
            let error = json!({ "error": format!("nothing at {path}") });
            (StatusCode::NOT_FOUND, error).into_response().await
        }
    })
}
