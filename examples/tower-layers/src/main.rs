//! A function behind layers of `tower-http`: CORS, a token that callers have to say, and compression.
//!
//! `TOKEN=sesame cargo run -p tower-layers`, then `curl --compressed localhost:8080 -H 'authorization: Bearer sesame'`

use std::env;
use std::fmt::Write as _;
use std::process::ExitCode;

use kn_func_runtime::http::header::AUTHORIZATION;
use kn_func_runtime::{Body, Context, Error, Function, IntoResponse, Method, Request, Response, StatusCode, run};
use subtle::ConstantTimeEq;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{Any, CorsLayer};
use tower_http::validate_request::ValidateRequestHeaderLayer;

fn main() -> ExitCode {
    // Health is asked and limits are kept outside of all layers, so a probe needs no token.
    run(async || match env::var("TOKEN") {
        Ok(token) if token.is_empty() => Err(Error::internal("TOKEN is ``; expected a token, or no such variable")),
        token => Ok(layered(token.ok())),
    })
}

/// The layer that is put on last is the outermost: what a browser asks before it sends a token is answered without one.
fn layered(token: Option<String>) -> Function {
    let mut function = Function::new(squares).layer(CompressionLayer::new());
    if let Some(token) = token {
        function = function.layer(ValidateRequestHeaderLayer::custom(says(token)));
    }
    function.layer(CorsLayer::new().allow_origin(Any).allow_methods([Method::GET]).allow_headers([AUTHORIZATION]))
}

/// Much of the same, so that compressing it is worth while.
async fn squares(_: Context) -> String {
    (1..=1000).fold(String::new(), |mut text, number: u32| {
        let _ = writeln!(text, "{number} times {number} is {}", number * number);
        text
    })
}

/// Whether a caller says the token in `Authorization: Bearer`.
#[expect(clippy::result_large_err, reason = "this is what a layer of tower-http asks for")]
fn says(token: String) -> impl FnMut(&mut Request) -> Result<(), Response<Body>> + Clone {
    move |request| {
        let said = request.headers().get(AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
        // It takes as long for a wrong first byte as for a wrong last one, so that nobody finds the token byte by byte.
        if said.is_some_and(|said| said.ct_eq(token.as_bytes()).into()) {
            return Ok(());
        }
        Err(Error::new(StatusCode::UNAUTHORIZED, "expected the token in `Authorization: Bearer`").into_response())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kn_func_runtime::{Config, Event, EventBuilder, EventBuilderV10, TestClient, TestReply};

    fn client() -> TestClient {
        TestClient::new(layered(Some("sesame".into())))
    }

    async fn get(token: &str, encoding: &str) -> TestReply {
        let get = client().get("/").header("authorization", token).header("accept-encoding", encoding);
        get.header("origin", "https://example.com").send().await
    }

    #[tokio::test]
    async fn an_answer_is_compressed_for_those_who_take_it() {
        let (plain, zipped) = (get("Bearer sesame", "identity").await, get("Bearer sesame", "gzip").await);
        assert_eq!((plain.header("content-encoding"), zipped.header("content-encoding")), ("", "gzip"));
        assert_eq!(zipped.header("content-type"), "text/plain; charset=utf-8");
        assert_eq!(zipped.bytes()[..2], [0x1f, 0x8b]);
        assert!(zipped.bytes().len() * 2 < plain.bytes().len(), "{} bytes", zipped.bytes().len());
        assert!(plain.text().ends_with("1000 times 1000 is 1000000\n"));
    }

    #[tokio::test]
    async fn who_does_not_say_the_token_gets_a_401_that_a_page_may_read() {
        for wrong in ["", "Bearer ", "Bearer Sesame", "Basic sesame"] {
            let reply = get(wrong, "gzip").await;
            let words = "expected the token in `Authorization: Bearer`";
            assert_eq!((reply.status().as_u16(), reply.text()), (401, words), "{wrong}");
            assert_eq!(reply.header("access-control-allow-origin"), "*");
        }
    }

    #[tokio::test]
    async fn a_browser_asks_before_it_says_the_token() {
        let ask = client().request(Method::OPTIONS, "/").header("origin", "https://example.com");
        let ask = ask.header("access-control-request-method", "GET");
        let reply = ask.header("access-control-request-headers", "authorization").send().await;
        assert_eq!(reply.status(), 200);
        assert_eq!(reply.header("access-control-allow-headers"), "authorization");
        assert_eq!(reply.header("access-control-allow-methods"), "GET");
    }

    #[tokio::test]
    async fn a_probe_needs_no_token() {
        assert_eq!(client().get("/health/readiness").send().await.text(), "READY");
    }

    #[tokio::test]
    async fn without_a_token_everybody_may() {
        assert_eq!(TestClient::new(layered(None)).get("/").send().await.status(), 200);
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_refused_before_the_layers() {
        let client = TestClient::with_config(layered(Some("sesame".into())), Config::default().body_limit(3));
        assert_eq!(client.post("/").body("four").send().await.status(), 413);
    }

    #[tokio::test]
    async fn an_event_through_all_layers_gets_a_compressed_reply_event() {
        let event: Event = EventBuilderV10::new().id("7").source("/shop").ty("order").build().unwrap();
        let ask = client().event(event).header("authorization", "Bearer sesame").header("accept-encoding", "gzip");
        let reply = ask.send().await;
        assert_eq!((reply.header("ce-type"), reply.header("ce-source")), ("function.response", "function"));
        assert_eq!(reply.header("content-encoding"), "gzip");
        assert_eq!(reply.bytes()[..2], [0x1f, 0x8b]);
    }
}
