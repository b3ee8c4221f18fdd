//! Events of AWS's services as the data of CloudEvents, and requests as the events of API Gateway.

use http::Method;
use serde_json::{Value, json};

use crate::host::{PROTOCOLS, Reply, Running, ask};
use crate::payloads;

const ID: (&str, &str) = ("ce-id", "id-7");
const BINARY: [(&str, &str); 5] = [
    ("ce-specversion", "1.0"),
    ID,
    ("ce-source", "arn:aws:s3:::pictures"),
    ("ce-type", "com.amazonaws.test"),
    ("ce-subject", "caf%C3%A9"),
];

/// A CloudEvent in structured mode.
fn structured(data: &Value) -> String {
    let event = json!({
        "specversion": "1.0",
        "id": "id-7",
        "source": "arn:aws:s3:::pictures",
        "type": "com.amazonaws.test",
        "subject": "café",
        "datacontenttype": "application/json",
        "data": data,
    });
    event.to_string()
}

/// Sends the data to a program in both modes, over both protocols, and gives the answers to `check`.
async fn deliver(program: &str, data: Value, mut check: impl FnMut(Reply)) {
    let running = Running::start(program, &[]).await;
    for protocol in PROTOCOLS {
        let client = running.speaking(protocol);
        let mut binary = BINARY.to_vec();
        binary.push(("content-type", "application/json"));
        check(ask(&client, Method::POST, "/", &binary, data.to_string()).await);
        let headers = [("content-type", "application/cloudevents+json")];
        check(ask(&client, Method::POST, "/", &headers, structured(&data)).await);
    }
}

/// The data of a reply event.
fn reply_event(reply: &Reply) -> Value {
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.header("ce-specversion"), "1.0");
    assert_eq!(reply.header("ce-type"), "function.response");
    assert_eq!(reply.header("content-type"), "application/json");
    assert!(!reply.header("ce-id").is_empty() && reply.header("ce-id") != "id-7");
    reply.json()
}

#[tokio::test]
async fn a_notification_of_s3_without_an_answer_is_a_202() {
    deliver("s3", payloads::s3(), |reply| assert_eq!(reply.said(), (202, ""))).await;
}

#[tokio::test]
async fn messages_of_sqs_are_answered_by_an_event() {
    let expected = json!({ "batchItemFailures": [{ "itemIdentifier": "second" }] });
    deliver("sqs", payloads::sqs(), |reply| assert_eq!(reply_event(&reply), expected)).await;
}

#[tokio::test]
async fn notifications_of_sns_are_answered_by_an_event() {
    let expected = json!(["arn:aws:sns:eu-central-1:123456789012:news: tea is back"]);
    deliver("sns", payloads::sns(), |reply| assert_eq!(reply_event(&reply), expected)).await;
}

#[tokio::test]
async fn changes_of_dynamodb_are_answered_by_an_event() {
    let expected = json!([{ "name": "tea", "price": 3 }]);
    deliver("dynamodb", payloads::dynamodb(), |reply| assert_eq!(reply_event(&reply), expected)).await;
}

#[tokio::test]
async fn a_handler_finds_the_attributes_of_an_event_in_its_client_context() {
    deliver("eventbridge", payloads::eventbridge(), |reply| {
        let answer = reply_event(&reply);
        assert_eq!(answer["instance"], "i-1");
        let custom = &answer["custom"];
        for (name, value) in [
            ("id", "id-7"),
            ("source", "arn:aws:s3:::pictures"),
            ("type", "com.amazonaws.test"),
            ("subject", "café"),
            ("specversion", "1.0"),
        ] {
            assert_eq!(custom[name], value, "{custom}");
        }
    })
    .await;
}

#[tokio::test]
async fn data_that_does_not_fit_is_a_400_that_eventing_does_not_try_again() {
    deliver("s3", json!({ "Records": [{}] }), |reply| {
        assert_eq!(reply.status, 400);
        assert!(reply.text().contains("missing field"), "{}", reply.text());
    })
    .await;
}

#[tokio::test]
async fn a_failure_is_a_500_that_eventing_tries_again() {
    let fails = json!({ "fail": "words" });
    deliver("errors", fails, |reply| assert_eq!(reply.status, 500, "{}", reply.text())).await;
}

#[tokio::test]
async fn a_malformed_event_is_a_400() {
    let running = Running::start("echo", &[]).await;
    let reply = running.post_with(&[("ce-specversion", "1.0"), ID], "{}").await;
    assert_eq!(reply.status, 400, "{}", reply.text());
    assert!(reply.text().contains("ce-"), "{}", reply.text());
}

#[tokio::test]
async fn an_http_handler_gets_an_event_as_the_request_that_it_is() {
    let running = Running::start("http-body", &[]).await;
    let mut headers = BINARY.to_vec();
    headers.push(("content-type", "application/json"));
    let reply = ask(&running.client, Method::POST, "/", &headers, r#"{"a": 1}"#).await;
    assert_eq!((reply.status.as_u16(), reply.header("x-body")), (200, "text".to_owned()));
    assert_eq!(reply.json(), json!({ "a": 1 }));
}

#[tokio::test]
async fn kn_lambda_event_says_what_a_handler_takes() {
    let running = Running::start("echo", &[("KN_LAMBDA_EVENT", "apigw-v2")]).await;
    let reply = running.get("/a?b=c").await;
    let event = reply.json();
    assert_eq!((reply.status.as_u16(), &event["version"]), (200, &json!("2.0")), "{event}");
    assert_eq!(event["requestContext"]["http"]["path"], "/a");

    let running = Running::start("echo", &[("KN_LAMBDA_EVENT", "payload")]).await;
    let sent = payloads::http_api();
    assert_eq!(running.post(&sent.to_string()).await.json(), sent);
}

#[tokio::test]
async fn a_handler_over_aws_types_for_requests_needs_no_variable() {
    for (program, status) in [("apigw-v2", 201), ("apigw-v1", 200)] {
        let running = Running::start(program, &[]).await;
        let reply = running.get("/a/b?tag=c").await;
        let told = reply.json();
        assert_eq!(reply.status, status, "{program}: {told}");
        assert_eq!((&told["method"], &told["path"], &told["tags"]), (&json!("GET"), &json!("/a/b"), &json!(["c"])));
    }
}

#[tokio::test]
async fn what_is_an_api_gateway_event_already_is_passed_on() {
    let running = Running::start("apigw-v2", &[]).await;
    let answer = running.post(&payloads::http_api().to_string()).await;
    let told = answer.json();
    assert_eq!(answer.status, 201, "{told}");
    assert_eq!((&told["method"], &told["path"]), (&json!("PUT"), &json!("/shelves/7")));
    assert_eq!((&told["body"], &told["isBase64Encoded"]), (&json!("aGVsbG8="), &json!(true)));

    let running = Running::start("apigw-v1", &[]).await;
    let answer = running.post(&payloads::rest_api().to_string()).await;
    let told = answer.json();
    assert_eq!(answer.status, 200, "{told}");
    assert_eq!((&told["method"], &told["resource"]), (&json!("PUT"), &json!("/shelves/{id}")));
    assert_eq!((&told["stage"], &told["requestId"]), (&json!("prod"), &json!("of-the-gateway")));
}

#[tokio::test]
async fn an_api_gateway_event_reaches_an_http_handler_below_an_adapter() {
    for payload in [payloads::http_api(), payloads::rest_api()] {
        let running = Running::start("http-adapter", &[]).await;
        let reply = running.post(&payload.to_string()).await;
        assert_eq!(reply.said(), (200, "PUT /shelves/7"), "{payload}");
    }
}
