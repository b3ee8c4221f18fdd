//! What a function is invoked with, for every kind of request.

use kn_func_runtime::{Context, Error, Event, EventBuilder, EventBuilderV10, HeaderMap};
use kn_lambda_gateway::{Gateway, Invocation, Shape};
use serde_json::{Value, json};

fn gateway(vars: &[(&str, &str)]) -> Gateway {
    Gateway::from_vars(vars.iter().copied()).unwrap()
}

fn payload(invocation: &Invocation) -> Value {
    serde_json::from_slice(&invocation.payload).unwrap()
}

fn invoked(vars: &[(&str, &str)], request: &Context) -> Value {
    payload(&gateway(vars).invocation(request).unwrap())
}

fn refusal(vars: &[(&str, &str)], request: &Context) -> Error {
    gateway(vars).invocation(request).unwrap_err()
}

/// A media type and octets of it.
type Data = Option<(&'static str, &'static [u8])>;

fn order(data: Data) -> Event {
    let event = EventBuilderV10::new().id("1").source("/shop").ty("order.placed");
    match data {
        Some((media_type, data)) => event.data(media_type, data.to_vec()).build().unwrap(),
        None => event.build().unwrap(),
    }
}

#[test]
fn a_json_body_is_the_payload() {
    for body in [r#"{"a": 1}"#, "[1]", "7", "null", r#""text""#] {
        let invocation = gateway(&[]).invocation(&Context::post("/").body(body)).unwrap();
        assert_eq!(invocation.payload, body);
    }
}

#[test]
fn no_body_is_an_empty_object() {
    assert_eq!(invoked(&[], &Context::get("/?a=b")), json!({}));
    assert_eq!(invoked(&[], &Context::post("/").body(" \n")), json!({}));
}

#[test]
fn a_body_that_is_no_json_is_a_400_that_says_where() {
    let error = refusal(&[], &Context::post("/").body("{\"a\":\n ?}"));
    assert_eq!(error.status(), 400);
    let words = "InvalidRequestContentException: body is not JSON: expected value at line 2 column 2";
    assert_eq!(error.message(), words);
    assert_eq!(refusal(&[], &Context::post("/").body(&b"{\"a\":\"\xff\"}"[..])).status(), 400);
}

#[test]
fn the_data_of_an_event_is_the_payload() {
    let cases: [(Data, Value); 6] = [
        (Some(("application/json", br#"{"item":"tea"}"#)), json!({ "item": "tea" })),
        (Some(("application/cloudevents+json", b"[1]")), json!([1])),
        (Some(("text/plain", "Łódź".as_bytes())), json!("Łódź")),
        (Some(("application/xml", b"<a/>")), json!("<a/>")),
        (Some(("application/octet-stream", b"\xff\0")), json!("/wA=")),
        (None, json!({})),
    ];
    for (data, expected) in cases {
        assert_eq!(invoked(&[], &Context::from(order(data))), expected, "{data:?}");
    }
}

#[test]
fn the_attributes_of_an_event_are_in_the_client_context() {
    let invocation = gateway(&[]).invocation(&Context::from(order(None))).unwrap();
    let context: Value = serde_json::from_str(invocation.client_context.as_deref().unwrap()).unwrap();
    assert_eq!(context["custom"]["type"], "order.placed");
    assert_eq!(invocation.headers()["lambda-runtime-client-context"], invocation.client_context.unwrap());
    assert_eq!(gateway(&[]).invocation(&Context::get("/")).unwrap().client_context, None);
}

#[test]
fn the_runtime_api_says_who_when_and_what() {
    let gateway = gateway(&[("K_SERVICE", "shop"), ("K_REVISION", "shop-00001"), ("AWS_REGION", "eu-west-1")]);
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let request = Context::post("/").header("x-request-id", "abc-1").header("traceparent", traceparent).body("");
    let headers: HeaderMap = gateway.invocation(&request).unwrap().headers();
    assert_eq!(headers["lambda-runtime-aws-request-id"], "abc-1");
    let arn = "arn:aws:lambda:eu-west-1:000000000000:function:shop:shop-00001";
    assert_eq!(headers["lambda-runtime-invoked-function-arn"], arn);
    let trace = "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled=1";
    assert_eq!(headers["lambda-runtime-trace-id"], trace);
    let deadline: u64 = headers["lambda-runtime-deadline-ms"].to_str().unwrap().parse().unwrap();
    assert!(deadline > 1_700_000_000_000, "{deadline} is no time in milliseconds");
}

#[test]
fn who_the_function_is_is_said_by_aws_or_by_knative() {
    let knative = [("K_SERVICE", "shop"), ("K_REVISION", "shop-00001")];
    let function = gateway(&knative).function().clone();
    assert_eq!((function.name.as_str(), function.version.as_str()), ("shop", "shop-00001"));
    assert_eq!(function.log_group, "/aws/lambda/shop");
    let aws = [("AWS_LAMBDA_FUNCTION_NAME", "old"), ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"), ("K_SERVICE", "shop")];
    let function = gateway(&aws).function().clone();
    assert_eq!((function.name.as_str(), function.version.as_str(), function.memory), ("old", "$LATEST", 512));
}

fn http_request() -> Context {
    Context::builder("PUT".parse().unwrap(), "/users/7%20a?a=1&b=x%20y&a=2")
        .header("host", "shop.example:8080")
        .header("user-agent", "test/1")
        .header("x-forwarded-for", "203.0.113.7, 10.0.0.1")
        .header("content-type", "application/json")
        .header("cookie", "one=1; two=2")
        .header("x-many", "a")
        .header("x-many", "b")
        .header("x-request-id", "abc-1")
        .body("{}")
}

#[test]
fn an_http_api_describes_the_request_in_format_2() {
    let event = invoked(&[("KN_LAMBDA_EVENT", "apigw-v2"), ("K_SERVICE", "shop")], &http_request());
    let expected = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/users/7%20a",
        "rawQueryString": "a=1&b=x%20y&a=2",
        "cookies": ["one=1", "two=2"],
        "headers": {
            "content-type": "application/json", "host": "shop.example:8080", "user-agent": "test/1", "x-many": "a,b",
            "x-forwarded-for": "203.0.113.7, 10.0.0.1", "x-request-id": "abc-1",
        },
        "queryStringParameters": { "a": "1,2", "b": "x y" },
        "requestContext": {
            "accountId": "anonymous", "apiId": "shop", "domainName": "shop.example", "domainPrefix": "shop",
            "http": {
                "method": "PUT", "path": "/users/7%20a", "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7", "userAgent": "test/1",
            },
            "requestId": "abc-1", "routeKey": "$default", "stage": "$default",
            "time": event["requestContext"]["time"], "timeEpoch": event["requestContext"]["timeEpoch"],
        },
        "body": "{}",
        "isBase64Encoded": false,
    });
    assert_eq!(event, expected);
    assert!(event["requestContext"]["timeEpoch"].as_i64().unwrap() > 1_700_000_000_000, "milliseconds");
    let time = event["requestContext"]["time"].as_str().unwrap();
    assert!(time.ends_with(" +0000") && time.len() == "21/Nov/2026:00:00:00 +0000".len(), "{time}");
}

#[test]
fn a_rest_api_describes_the_request_in_format_1() {
    let vars = [("KN_LAMBDA_EVENT", "apigw-v1"), ("KN_LAMBDA_ROUTE", "/orders,/users/{id}")];
    let event = invoked(&vars, &http_request());
    assert_eq!((&event["resource"], &event["path"]), (&json!("/users/{id}"), &json!("/users/7%20a")));
    assert_eq!(event["httpMethod"], "PUT");
    assert_eq!(event["multiValueHeaders"]["x-many"], json!(["a", "b"]));
    assert_eq!(event["headers"]["x-many"], "b");
    assert_eq!(event["queryStringParameters"], json!({ "a": "2", "b": "x y" }));
    assert_eq!(event["multiValueQueryStringParameters"], json!({ "a": ["1", "2"], "b": ["x y"] }));
    assert_eq!(event["pathParameters"], json!({ "id": "7 a" }));
    assert_eq!(event["stageVariables"], Value::Null);
    assert_eq!(event["requestContext"]["identity"]["sourceIp"], "203.0.113.7");
    assert_eq!(event["requestContext"]["resourcePath"], "/users/{id}");
    assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("{}"), &json!(false)));
}

#[test]
fn a_pattern_gives_path_parameters_and_a_route_key() {
    let vars = [("KN_LAMBDA_EVENT", "apigw-v2"), ("KN_LAMBDA_ROUTE", "/users/{id}")];
    let event = invoked(&vars, &http_request());
    assert_eq!(event["pathParameters"], json!({ "id": "7 a" }));
    assert_eq!(event["routeKey"], "PUT /users/{id}");
}

#[test]
fn what_is_no_text_is_base64() {
    let png = || Context::post("/").header("content-type", "image/png").body(&b"\xff\0"[..]);
    for format in ["apigw-v1", "apigw-v2"] {
        let event = invoked(&[("KN_LAMBDA_EVENT", format)], &png());
        assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("/wA="), &json!(true)), "{format}");
    }
}

#[test]
fn an_api_gateway_event_that_is_sent_is_passed_on() {
    let sent = r#"{"version": "2.0", "requestContext": {"http": {"method": "GET"}}}"#;
    let request = || Context::post("/").body(sent);
    assert_eq!(gateway(&[]).invocation(&request()).unwrap().payload, sent);
    let guessing = gateway(&[]).expecting(Shape::ApiGatewayV2);
    assert_eq!(guessing.invocation(&request()).unwrap().payload, sent);
    assert_eq!(payload(&guessing.invocation(&Context::post("/").body("{}")).unwrap())["rawPath"], "/");
}

#[test]
fn who_says_the_format_gets_no_event_of_a_clients_own_making() {
    let sent = r#"{"version":"2.0","requestContext":{"authorizer":{"jwt":{}}}}"#;
    let event = invoked(&[("KN_LAMBDA_EVENT", "apigw-v2")], &Context::post("/").body(sent));
    assert_eq!(event["body"], sent);
    assert_eq!(event["requestContext"]["authorizer"], Value::Null);
}

#[test]
fn a_sent_event_whose_body_is_no_base64_is_a_400() {
    let sent = r#"{"requestContext": {}, "body": "%", "isBase64Encoded": true}"#;
    let error = refusal(&[], &Context::post("/").body(sent));
    assert_eq!(error.status(), 400);
    assert!(error.message().contains("said to be base64 and is not"), "{error}");
}

#[test]
fn a_variable_that_cannot_be_understood_is_named() {
    let cases = [
        (("KN_LAMBDA_EVENT", "apigw-v3"), "KN_LAMBDA_EVENT is `apigw-v3`; expected payload, apigw-v2 or apigw-v1"),
        (("KN_LAMBDA_CONCURRENCY", "0"), "KN_LAMBDA_CONCURRENCY is `0`; expected a number above 0"),
        (("KN_LAMBDA_ROUTE", "users"), "KN_LAMBDA_ROUTE is `users`; expected patterns such as"),
        (("KN_LAMBDA_RESPONSE_LIMIT", "big"), "KN_LAMBDA_RESPONSE_LIMIT is `big`; expected a number of bytes"),
        (("KN_LAMBDA_CONTENT_TYPE", "text"), "KN_LAMBDA_CONTENT_TYPE is `text`; expected a media type"),
        (("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "much"), "AWS_LAMBDA_FUNCTION_MEMORY_SIZE is `much`; expected a number"),
    ];
    for (var, words) in cases {
        let error = Gateway::from_vars([var]).unwrap_err();
        assert!(error.to_string().starts_with(words), "{error}");
    }
}
