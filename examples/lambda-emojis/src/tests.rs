use lambda_runtime::Context;
use serde_json::json;

use super::*;

/// Calls the handler as Lambda does.
async fn answer(event: Value) -> (u64, String) {
    let response = handler(&FuzzEmoji::new(), LambdaEvent::new(event, Context::default())).await.unwrap();
    (response["statusCode"].as_u64().unwrap(), response["body"].as_str().unwrap().to_owned())
}

/// What the guide's Python answers, and in these bytes.
const ANSWER: &str = r#"{"flame": "('fire', '\ud83d\udd25')", "confused": "('confused_face', '\ud83d\ude15')"}"#;

#[tokio::test]
async fn descriptions_are_an_attribute_of_the_event() {
    assert_eq!(answer(json!({ "descriptions": ["flame", "confused"] })).await, (200, ANSWER.into()));
}

#[tokio::test]
async fn descriptions_are_in_the_body_that_a_gateway_passes_on() {
    let body = r#"{"descriptions":["flame","confused"]}"#;
    let event = json!({ "version": "2.0", "routeKey": "POST /emojis", "body": body, "isBase64Encoded": false });
    assert_eq!(answer(event).await, (200, ANSWER.into()));
    assert_eq!(answer(json!({ "descriptions": null, "body": body })).await, (200, ANSWER.into()));
}

#[tokio::test]
async fn the_attribute_wins() {
    let event = json!({ "descriptions": ["fire"], "body": "no JSON" });
    assert_eq!(answer(event).await, (200, r#"{"fire": "('fire', '\ud83d\udd25')"}"#.into()));
}

#[tokio::test]
async fn without_descriptions_there_are_no_emojis() {
    for event in [json!({}), json!({ "body": "{}" }), json!({ "descriptions": [] }), json!({ "requestContext": {} })] {
        assert_eq!(answer(event).await, (200, "{}".into()));
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_is_an_error() {
    let event = json!({ "body": "descriptions=flame" });
    assert_eq!(answer(event).await, (500, r#"{"error": "expected value at line 1 column 1"}"#.into()));
}

#[tokio::test]
async fn what_python_raises_an_exception_for_is_an_error() {
    for (event, error) in [
        (json!(["flame"]), "the event is not a JSON object"),
        (json!({ "body": null }), "the body is not text"),
        (json!({ "body": {} }), "the body is not text"),
        (json!({ "body": "" }), "EOF while parsing a value at line 1 column 0"),
        (json!({ "body": "[]" }), "invalid type: sequence, expected a map at line 1 column 0"),
        (json!({ "body": r#"{"descriptions":null}"# }), "invalid type: null, expected a sequence"),
        (json!({ "descriptions": [1] }), "invalid type: integer `1`, expected a borrowed string"),
    ] {
        let expected = (500, format!(r#"{{"error": "{error}"}}"#));
        assert_eq!(answer(event.clone()).await, expected, "{event}");
    }
}

#[tokio::test]
async fn every_answer_means_what_that_of_get_emojis_means() {
    let cases: Value = serde_json::from_str(include_str!("../../get-emojis/tests/cases/responses.json")).unwrap();
    let cases = cases["cases"].as_array().unwrap();
    assert!(cases.len() >= 30);
    for case in cases {
        let descriptions: Vec<_> = case["descriptions"].as_str().unwrap().split(',').collect();
        let (status, body) = answer(json!({ "descriptions": descriptions })).await;
        assert!(status == 200 && body.is_ascii(), "{body}");
        let expected: Value = serde_json::from_str(case["json"].as_str().unwrap()).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), expected, "{descriptions:?}");
    }
}
