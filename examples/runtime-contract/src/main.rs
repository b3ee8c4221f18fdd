//! What Knative gives a function: the request as it arrived, and the system around it, in the JSON of Knative's conformance image `runtime`.
//!
//! `cargo run -p runtime-contract`, then `curl localhost:8080`. It tells everything, secrets in variables too: it is for tests alone.

mod files;
mod host;
mod request;
mod stdin;

use http::header::CACHE_CONTROL;
use kn_func_runtime::kn_function;
use kn_func_runtime::{Context, Error, HeaderMap, HeaderValue, IntoResponse, Json, Lifecycle, Result, StatusCode};
use serde::Serialize;
use std::sync::Arc;
use tokio::task::spawn_blocking;

use host::Host;
use request::Arrived;
use stdin::Reader;

/// What was found out at the start.
struct Started {
    stdin: Reader,
}

impl Started {
    async fn open() -> Result<Self> {
        Ok(Self { stdin: Reader::begin() })
    }
}

impl Lifecycle for Started {}

#[derive(Serialize)]
struct Contract {
    request: Arrived,
    host: Host,
}

#[kn_function(init = Started::open)]
async fn main(started: Arc<Started>, ctx: Context) -> Result<impl IntoResponse> {
    let request = Arrived::of(&ctx);
    let stdin = started.stdin.found();
    // Files are read, so not on a thread that serves others.
    let host = spawn_blocking(|| Host::here(stdin)).await.map_err(Error::internal)?;
    let headers = HeaderMap::from_iter([(CACHE_CONTROL, HeaderValue::from_static("no-store"))]);
    Ok((StatusCode::OK, headers, Json(Contract { request, host })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kn_func_runtime::{Function, TestClient};
    use serde_json::Value;

    #[tokio::test]
    async fn the_request_and_the_system_are_told() {
        let client = TestClient::new(Function::with_state(Started { stdin: Reader::default() }, super::main));
        let reply = client.get("/a?b=c").header("x-user-set", "one").header("x-user-set", "two").send().await;
        assert_eq!((reply.status().as_u16(), reply.header("content-type")), (200, "application/json"));
        let told: Value = reply.json();
        assert_eq!((&told["request"]["method"], &told["request"]["uri"]), (&"GET".into(), &"/a?b=c".into()));
        assert_eq!(told["request"]["headers"]["X-User-Set"], serde_json::json!(["one", "two"]));
        assert_eq!(told["host"]["files"]["/tmp"]["isDir"], true);
        assert_eq!(told["host"]["user"]["cwd"]["directory"], env!("CARGO_MANIFEST_DIR"));
        assert!(told["host"]["args"][0].is_string() && told["host"]["envs"]["PATH"].is_string());
    }
}
