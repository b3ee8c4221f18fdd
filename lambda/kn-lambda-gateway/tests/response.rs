//! What becomes of a function's answer.

use bytes::Bytes;
use kn_func_runtime::{Body, Context, EventBuilder, EventBuilderV10, Response, Result};
use kn_lambda_gateway::Gateway;

fn answered(vars: &[(&str, &str)], request: &Context, answer: impl Into<Bytes>) -> Result<Response> {
    let gateway = Gateway::from_vars(vars.iter().copied()).unwrap();
    let invocation = gateway.invocation(request).unwrap();
    gateway.response(&invocation, answer.into())
}

async fn text(response: Response) -> String {
    String::from_utf8(response.into_body().bytes().await.unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn an_answer_without_a_status_is_a_200_of_json() {
    for answer in [r#"{"a":1}"#, "[1]", "7", "null", r#""text""#] {
        let response = answered(&[], &Context::get("/"), answer).unwrap();
        assert_eq!(
            (response.status().as_u16(), &response.headers()["content-type"]),
            (200, &"application/json".parse().unwrap())
        );
        assert_eq!(text(response).await, answer);
    }
}

#[tokio::test]
async fn an_answer_with_a_status_is_what_it_says() {
    let response = answered(&[], &Context::get("/"), r#"{"statusCode": 404, "body": "no"}"#).unwrap();
    assert_eq!((response.status().as_u16(), text(response).await.as_str()), (404, "no"));
}

#[test]
fn text_without_a_content_type_is_what_the_environment_says() {
    let answer = r#"{"statusCode": 200, "body": "no"}"#;
    let response = answered(&[("KN_LAMBDA_CONTENT_TYPE", "text/plain")], &Context::get("/"), answer).unwrap();
    assert_eq!(response.headers()["content-type"], "text/plain");
}

#[test]
fn nothing_is_no_reply_to_an_event() {
    let event = || Context::from(EventBuilderV10::new().id("1").source("/shop").ty("order.placed").build().unwrap());
    for answer in ["null", "", " null\n"] {
        assert_eq!(answered(&[], &event(), answer).unwrap().status(), 204, "{answer}");
    }
    assert_eq!(answered(&[], &event(), "{}").unwrap().status(), 200);
}

#[test]
fn a_rest_api_takes_only_envelopes() {
    let error = answered(&[("KN_LAMBDA_EVENT", "apigw-v1")], &Context::get("/"), "{}").unwrap_err();
    assert_eq!(error.status(), 502);
    assert!(error.message().contains("has no `statusCode`"), "{error}");
}

#[test]
fn an_answer_that_is_no_json_is_a_502() {
    let error = answered(&[], &Context::get("/"), "hello").unwrap_err();
    assert_eq!(error.status(), 502);
    let words = "Runtime.InvalidResponse: answer is not JSON: expected value at line 1 column 1";
    assert_eq!(error.message(), words);
    let error = answered(&[], &Context::get("/"), &b"{\"a\":\"\xff\"}"[..]).unwrap_err();
    assert_eq!(error.message(), "Runtime.InvalidResponse: answer is not JSON: it is not UTF-8 from byte 6 on");
}

#[test]
fn an_answer_over_the_limit_is_a_502() {
    let error = answered(&[], &Context::get("/"), vec![b' '; 20 * 1024 * 1024]).unwrap_err();
    assert_eq!(error.status(), 502);
    let words = "answer has 20971520 bytes, more than the 6291456 of KN_LAMBDA_RESPONSE_LIMIT";
    assert!(error.message().contains(words), "{error}");
    let more = [("KN_LAMBDA_RESPONSE_LIMIT", "2MiB")];
    assert!(answered(&more, &Context::get("/"), format!("\"{}\"", "a".repeat(1024 * 1024))).is_ok());
}

#[tokio::test]
async fn a_stream_has_what_comes_before_it() {
    let gateway = Gateway::from_vars([]).unwrap();
    let prelude = br#"{"statusCode": 201, "headers": {"x-a": "b"}, "cookies": ["c=d"]}"#;
    let response = gateway.streamed(prelude, Body::from("live")).unwrap();
    assert_eq!(response.status(), 201);
    assert_eq!(
        (&response.headers()["x-a"], &response.headers()["set-cookie"]),
        (&"b".parse().unwrap(), &"c=d".parse().unwrap())
    );
    assert_eq!(response.headers()["content-type"], "application/octet-stream");
    assert_eq!(text(response).await, "live");
    assert_eq!(gateway.streamed(b"{}", Body::empty()).unwrap().status(), 200);
}

#[test]
fn a_stream_after_nonsense_is_a_502() {
    let gateway = Gateway::from_vars([]).unwrap();
    for prelude in ["", "hello", r#"{"statusCode": 7}"#, r#"{"headers": {"a b": ""}}"#] {
        assert_eq!(gateway.streamed(prelude.as_bytes(), Body::empty()).unwrap_err().status(), 502, "{prelude}");
    }
}
