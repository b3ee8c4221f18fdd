//! Requests that become events, and answers that become responses.

use http_body_util::Full;
use kn_func_e2e::{Client, Protocol};
use serde_json::{Value, json};

use crate::runner::Runner;

#[tokio::test]
async fn a_function_gets_the_event_with_all_headers_that_runtimes_read() {
    let runner = Runner::start(&[("K_SERVICE", "shop"), ("K_REVISION", "shop-00007")]).await;
    let request = runner.client.request(http::Method::POST, "/").header("x-request-id", "order-7");
    let request = request.header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    let answer = runner.client.send(request.body(Full::from(r#"{"item":"tea"}"#)).unwrap()).await;
    assert_eq!((answer.status(), answer.header("content-type")), (200, "application/json"));
    let seen = answer.json();
    assert_eq!(seen["payload"], json!({ "item": "tea" }));
    let headers = &seen["headers"];
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["lambda-runtime-aws-request-id"], "order-7");
    assert_eq!(
        headers["lambda-runtime-invoked-function-arn"],
        "arn:aws:lambda:knative:000000000000:function:shop:shop-00007"
    );
    assert_eq!(
        headers["lambda-runtime-trace-id"],
        "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled=1"
    );
    let deadline: u64 = headers["lambda-runtime-deadline-ms"].as_str().unwrap().parse().unwrap();
    assert!(deadline > 1_000_000_000_000, "{deadline}");
    assert!(headers["lambda-runtime-invocation-id"].is_string(), "{headers}");
}

#[tokio::test]
async fn the_environment_is_as_lambda_sets_it() {
    let folder = kn_func_e2e::scratch();
    let root = folder.path().to_str().unwrap();
    let variables = [("K_SERVICE", "shop"), ("LAMBDA_TASK_ROOT", root), ("_HANDLER", "app.handler"), ("MINE", "kept")];
    let runner = Runner::start(&variables).await;
    let seen = runner.ask(&json!({})).await.json();
    assert_eq!(seen["folder"].as_str().unwrap(), folder.path().canonicalize().unwrap().to_str().unwrap());
    let environment = &seen["environment"];
    for (name, value) in [
        ("AWS_LAMBDA_FUNCTION_NAME", "shop"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/shop"),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_provided"),
        ("LAMBDA_TASK_ROOT", root),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
        ("TZ", ":UTC"),
        ("_HANDLER", "app.handler"),
        ("MINE", "kept"),
    ] {
        assert_eq!(environment[name], value, "{name}");
    }
    assert!(environment["AWS_LAMBDA_RUNTIME_API"].as_str().unwrap().starts_with("127.0.0.1:"));
    assert!(environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"].as_str().unwrap().parse::<u32>().unwrap() > 0);
}

#[tokio::test]
async fn a_cloudevent_is_its_data_with_its_attributes_in_the_client_context() {
    let runner = Runner::start(&[]).await;
    let request = runner.client.request(http::Method::POST, "/");
    let request = request.header("ce-specversion", "1.0").header("ce-id", "1").header("ce-source", "/shop");
    let request = request.header("ce-type", "order.placed").header("content-type", "application/json");
    let answer = runner.client.send(request.body(Full::from(r#"{"item":"tea"}"#)).unwrap()).await;
    assert_eq!((answer.status(), answer.header("ce-type")), (200, "function.response"));
    let seen = answer.json();
    assert_eq!(seen["payload"], json!({ "item": "tea" }));
    let context: Value =
        serde_json::from_str(seen["headers"]["lambda-runtime-client-context"].as_str().unwrap()).unwrap();
    assert_eq!(context["custom"]["type"], "order.placed");
}

#[tokio::test]
async fn an_envelope_becomes_the_response() {
    let runner = Runner::start(&[("KN_LAMBDA_EVENT", "payload")]).await;
    let envelope = json!({
        "statusCode": 201,
        "headers": { "x-shop": "7" },
        "cookies": ["a=1", "b=2"],
        "body": "aGVsbG8=",
        "isBase64Encoded": true,
    });
    for protocol in [Protocol::Http1, Protocol::H2c] {
        let client = Client::speaking(protocol, runner.address());
        let answer = client.post("/", json!({ "do": "answer", "answer": envelope.to_string() }).to_string()).await;
        assert_eq!((answer.status(), answer.text(), answer.header("x-shop")), (201, "hello", "7"));
        assert_eq!(answer.headers().get_all("set-cookie").iter().count(), 2);
    }
}

#[tokio::test]
async fn a_request_as_api_gateway_describes_it_can_be_asked_for() {
    let runner = Runner::start(&[("KN_LAMBDA_EVENT", "apigw-v2"), ("KN_LAMBDA_ROUTE", "/orders/{id}")]).await;
    let event = runner.client.get("/orders/7?size=large").await.json()["payload"].clone();
    assert_eq!((&event["version"], &event["rawPath"]), (&json!("2.0"), &json!("/orders/7")));
    assert_eq!(event["queryStringParameters"], json!({ "size": "large" }));
    assert_eq!(event["pathParameters"], json!({ "id": "7" }));
}

#[tokio::test]
async fn what_http_has_no_room_for_is_a_502() {
    let runner = Runner::start(&[]).await;
    for answer in [
        r#"{"statusCode": 99}"#,
        r#"{"statusCode": 1000}"#,
        r#"{"statusCode": "soon"}"#,
        r#"{"statusCode": 200, "headers": {"a b": "c"}}"#,
        r#"{"statusCode": 200, "headers": {"a": "b\r\nc: d"}}"#,
        r#"{"statusCode": 200, "body": "%%%", "isBase64Encoded": true}"#,
        "no JSON",
    ] {
        let reply = runner.ask(&json!({ "do": "answer", "answer": answer })).await;
        assert_eq!((reply.status(), &reply.json()["errorType"]), (502, &json!("Runtime.InvalidResponse")), "{answer}");
    }
    assert_eq!(runner.ask(&json!({})).await.status(), 200);
    let log = runner.stop().await.log;
    assert!(log.iter().filter(|line| line.contains("request failed")).count() >= 7, "{log:#?}");
}

#[tokio::test]
async fn an_answer_over_the_limit_is_a_502_and_the_process_lives_on() {
    let mut runner = Runner::start(&[]).await;
    let process = runner.ask(&json!({})).await.json()["process"].clone();
    let answer = runner.ask(&json!({ "do": "large", "bytes": 20_000_000 })).await;
    assert_eq!((answer.status(), &answer.json()["errorType"]), (502, &json!("Function.ResponseSizeTooLarge")));
    runner.server.says("large answer was told: 413").await;
    let answer = runner.ask(&json!({ "do": "large", "bytes": 6_000_000 })).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(runner.ask(&json!({})).await.json()["process"], process);
}

#[tokio::test]
async fn a_payload_that_is_no_json_never_reaches_the_function() {
    let runner = Runner::start(&[]).await;
    let answer = runner.client.post("/", "{").await;
    assert_eq!((answer.status(), &answer.json()["errorType"]), (400, &json!("InvalidRequestContentException")));
    let half = r#"{"requestContext": {}, "isBase64Encoded": true, "body": "a b"}"#;
    assert_eq!(runner.client.post("/", half).await.status(), 400);
}

#[tokio::test]
async fn an_id_that_would_break_a_path_does_not_reach_the_function() {
    let runner = Runner::start(&[]).await;
    for odd in ["a/b", "a?b", "{a}", "%zz", "a#b"] {
        let request = runner.client.request(http::Method::POST, "/").header("x-request-id", odd);
        let answer = runner.client.send(request.body(Full::from("{}")).unwrap()).await;
        assert_eq!((answer.status(), answer.header("x-request-id")), (200, odd));
        let id = answer.json()["headers"]["lambda-runtime-aws-request-id"].as_str().unwrap().to_owned();
        assert!(id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-'), "{id}");
    }
}
