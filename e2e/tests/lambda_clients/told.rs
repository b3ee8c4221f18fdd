//! What a function is told beside its event, and where what it prints goes.

use http::HeaderValue;
use serde_json::{Value, json};

use crate::lambda::{Lambda, Language, SCRIPTS};

#[tokio::test]
#[ignore = "e2e/run: needs AWS's runtime clients"]
async fn a_function_knows_its_name_its_request_and_its_time() {
    for language in SCRIPTS {
        let lambda = Lambda::start(language, "told", &[("FUNC_REQUEST_TIMEOUT", "100s")]).await;
        let mut request = lambda.request(r#"{"item": "tea"}"#);
        request.headers_mut().insert("x-request-id", HeaderValue::from_static("order-7"));
        let told = lambda.client.send(request).await.json();
        assert_eq!(told["event"], json!({ "item": "tea" }), "{language:?}");
        assert_eq!((&told["request"], &told["name"]), (&json!("order-7"), &json!("emojis")), "{language:?}");
        assert!(
            told["arn"].as_str().is_some_and(|arn| arn.starts_with("arn:aws:lambda:") && arn.contains("emojis")),
            "{told}"
        );
        let milliseconds = told["milliseconds"].as_i64().unwrap();
        assert!((1..=100_000).contains(&milliseconds), "{language:?}: {milliseconds}");
        assert_eq!(told["custom"], Value::Null, "{language:?}");
        lambda.stop().await;
    }
}

#[tokio::test]
#[ignore = "e2e/run: needs AWS's runtime clients"]
async fn a_function_finds_the_attributes_of_an_event_in_its_client_context() {
    for language in SCRIPTS {
        let lambda = Lambda::start(language, "told", &[]).await;
        let mut request = lambda.request(r#"{"item": "tea"}"#);
        for (name, value) in [
            ("ce-specversion", "1.0"),
            ("ce-id", "7"),
            ("ce-type", "order.placed"),
            ("ce-source", "/shop"),
            ("ce-subject", "caf%C3%A9"),
            ("ce-table", "4"),
        ] {
            request.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        let told = lambda.client.send(request).await.json();
        assert_eq!(told["event"], json!({ "item": "tea" }), "{language:?}");
        let custom = &told["custom"];
        for (name, value) in
            [("id", "7"), ("type", "order.placed"), ("source", "/shop"), ("subject", "café"), ("table", "4")]
        {
            assert_eq!(custom[name], value, "{language:?}: {custom}");
        }
        lambda.stop().await;
    }
}

#[tokio::test]
#[ignore = "e2e/run: needs AWS's runtime clients"]
async fn what_a_function_prints_is_a_line_of_the_log() {
    let mut lambda = Lambda::guide(Language::Python).await;
    lambda.post(r#"{"descriptions": ["flame"]}"#).await;
    let line = lambda.server.says("event with descriptions").await;
    let line: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
    assert!(line["message"].as_str().is_some_and(|words| words.contains("event with descriptions")), "{line}");
    lambda.stop().await;
}
