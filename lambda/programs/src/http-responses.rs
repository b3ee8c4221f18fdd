//! An HTTP handler with an answer of every kind.

use lambda_http::http::StatusCode;
use lambda_http::{Body, BoxFuture, Error, IntoResponse, Request, Response, run, service_fn, tracing};
use serde_json::json;

/// No text, in whatever way it is read.
const BYTES: [u8; 4] = [0xff, 0x00, 0xfe, 0x80];

/// What any of them becomes.
struct Answer(BoxFuture<'static, Response<Body>>);

impl IntoResponse for Answer {
    fn into_response(self) -> BoxFuture<'static, Response<Body>> {
        self.0
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(answer)).await
}

async fn answer(request: Request) -> Result<Answer, Error> {
    Ok(Answer(match request.uri().path() {
        "/string" => "a string".to_owned().into_response(),
        "/str" => "a slice".into_response(),
        "/bytes" => BYTES.as_slice().into_response(),
        "/vec" => BYTES.to_vec().into_response(),
        "/json" => json!({ "is": "json" }).into_response(),
        "/status/string" => (StatusCode::ACCEPTED, "accepted".to_owned()).into_response(),
        "/status/str" => (StatusCode::GONE, "gone").into_response(),
        "/status/bytes" => (StatusCode::CREATED, BYTES.as_slice()).into_response(),
        "/status/vec" => (StatusCode::CREATED, BYTES.to_vec()).into_response(),
        "/status/json" => (StatusCode::CONFLICT, json!({ "is": "taken" })).into_response(),
        "/large" => "x".repeat(20 * 1024 * 1024).into_response(),
        path => built(path)?.into_response(),
    }))
}

fn built(path: &str) -> Result<Response<Body>, Error> {
    let response = Response::builder();
    Ok(match path {
        "/empty" => response.status(204).body(Body::Empty)?,
        "/redirect" => response.status(302).header("location", "/string").body(Body::Empty)?,
        "/cookies" => {
            let response = response.header("set-cookie", "a=1; Path=/").header("set-cookie", "b=2; HttpOnly");
            response.body("two cookies".into())?
        }
        "/image" => response.header("content-type", "image/png").body(BYTES.to_vec().into())?,
        "/encoded" => {
            let response = response.header("content-type", "text/plain").header("content-encoding", "gzip");
            response.body(BYTES.to_vec().into())?
        }
        path => response.status(404).body(format!("nothing at {path}").into())?,
    })
}
