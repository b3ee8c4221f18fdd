//! The requests of the guide, in every form in which they come.

use bytes::Bytes;
use http_body_util::Full;
use kn_func_e2e::Answer;
use serde_json::{Value, json};

use crate::lambda::{LANGUAGES, Lambda, Language};

/// The body of the guide's `curl`.
const REQUEST: &str = r#"{"descriptions":["flame","confused"]}"#;

fn emojis() -> Value {
    json!({ "flame": "('fire', '🔥')", "confused": "('confused_face', '😕')" })
}

/// A request as API Gateway describes it to a function.
fn described(body: &str) -> String {
    let context = json!({ "http": { "method": "POST", "path": "/default/fuzz-emoji" }, "stage": "default" });
    let event = json!({
        "version": "2.0", "routeKey": "ANY /fuzz-emoji", "rawPath": "/default/fuzz-emoji", "rawQueryString": "",
        "headers": { "content-type": "application/json" }, "requestContext": context,
        "body": body, "isBase64Encoded": false,
    });
    event.to_string()
}

fn check(language: Language, answer: &Answer) {
    assert_eq!((answer.status(), answer.json()), (200, emojis()), "{language:?}");
    assert_eq!(answer.header("content-type"), "application/json", "{language:?}");
}

#[tokio::test]
#[ignore = "e2e/run: needs AWS's runtime clients"]
async fn the_request_of_the_guide_gets_its_emojis() {
    for language in LANGUAGES {
        let lambda = Lambda::guide(language).await;
        check(language, &lambda.post(REQUEST).await);
        lambda.stop().await;
    }
}

#[tokio::test]
#[ignore = "e2e/run: needs AWS's runtime clients"]
async fn a_request_that_a_gateway_has_described_gets_the_same() {
    for language in LANGUAGES {
        let lambda = Lambda::guide(language).await;
        check(language, &lambda.post(described(REQUEST)).await);
        lambda.stop().await;
    }
}

#[tokio::test]
#[ignore = "e2e/run: needs AWS's runtime clients"]
async fn a_request_that_the_runner_describes_gets_the_same() {
    for language in LANGUAGES {
        for form in ["apigw-v2", "apigw-v1"] {
            let lambda = Lambda::start(language, "handler", &[("KN_LAMBDA_EVENT", form)]).await;
            check(language, &lambda.post(REQUEST).await);
            lambda.stop().await;
        }
    }
}

#[tokio::test]
#[ignore = "e2e/run: needs AWS's runtime clients"]
async fn an_event_with_the_request_is_answered_with_an_event() {
    for language in LANGUAGES {
        let lambda = Lambda::guide(language).await;
        let mut request = lambda.request(REQUEST);
        for (name, value) in
            [("ce-id", "1"), ("ce-type", "emojis.wanted"), ("ce-source", "/guide"), ("ce-specversion", "1.0")]
        {
            request.headers_mut().insert(name, http::HeaderValue::from_static(value));
        }
        let answer = lambda.client.send(request).await;
        check(language, &answer);
        assert_eq!(answer.header("ce-specversion"), "1.0", "{language:?}: {:?}", answer.headers());
        assert_ne!(answer.header("ce-id"), "1", "{language:?}");
        lambda.stop().await;
    }
}

#[tokio::test]
#[ignore = "e2e/run: needs AWS's runtime clients"]
async fn what_the_function_calls_an_error_is_the_status_that_it_says() {
    for language in LANGUAGES {
        let lambda = Lambda::guide(language).await;
        let answer = lambda.post(described("descriptions=flame")).await;
        assert_eq!(answer.status(), 500, "{language:?}");
        let error = answer.json();
        assert!(error["error"].as_str().is_some_and(|words| !words.is_empty()), "{language:?}: {error}");
        lambda.stop().await;
    }
}

#[tokio::test]
#[ignore = "e2e/run: needs AWS's runtime clients"]
async fn what_is_no_json_never_reaches_the_function() {
    for language in LANGUAGES {
        let lambda = Lambda::guide(language).await;
        let answer = lambda.post("descriptions=flame").await;
        assert_eq!(answer.status(), 400, "{language:?}");
        assert!(answer.text().contains("body is not JSON"), "{language:?}: {}", answer.text());
        check(language, &lambda.post(REQUEST).await);
        lambda.stop().await;
    }
}

#[tokio::test]
#[ignore = "e2e/run: needs AWS's runtime clients"]
async fn a_request_without_anything_is_an_empty_event() {
    for language in LANGUAGES {
        let lambda = Lambda::guide(language).await;
        let answer = lambda.client.get("/").await;
        assert_eq!((answer.status(), answer.text()), (200, "{}"), "{language:?}");
        lambda.stop().await;
    }
}

/// The guide's Lambda function is in Python, so that is what the one in Rust is held against.
#[tokio::test]
#[ignore = "e2e/run: needs AWS's runtime clients"]
async fn rust_answers_in_the_bytes_of_python() {
    let (rust, python) = (Lambda::guide(Language::Rust).await, Lambda::guide(Language::Python).await);
    for descriptions in [
        json!(["flame", "confused"]),
        json!(["cold", "plane", "fam", "cold"]),
        json!([]),
        json!([""]),
        json!(["artist", "england", "CÔTE", "TÜRKIYE", "ré", "xyzzy", "🔥"]),
        json!(["\" \\ / \u{8} \u{c} \n \r \t \u{0} \u{1f} \u{7f} \u{85} \u{2028} \u{ffff}"]),
    ] {
        let request = json!({ "descriptions": descriptions }).to_string();
        for body in [request.clone(), described(&request)] {
            let body = Full::new(Bytes::from(body));
            let send = async |lambda: &Lambda| {
                let request = lambda.client.request(http::Method::POST, "/").body(body.clone());
                lambda.client.send(request.expect("it is a request")).await
            };
            let (rust, python) = (send(&rust).await, send(&python).await);
            assert_eq!(python.status(), 200, "{descriptions}: {}", python.text());
            assert_eq!((rust.status(), rust.text()), (python.status(), python.text()), "{descriptions}");
            assert_eq!(rust.headers().get("content-type"), python.headers().get("content-type"));
        }
    }
    rust.stop().await;
    python.stop().await;
}
