//! What a handler is told about its invocation.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::host::Running;

const SERVICE: [(&str, &str); 3] = [("K_SERVICE", "shop"), ("K_REVISION", "shop-00001"), ("K_CONFIGURATION", "shop")];

const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const AS_X_RAY_HAS_IT: &str = "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled=1";

fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later");
    u64::try_from(now.as_millis()).expect("and not that late")
}

/// The contexts that the two kinds of handlers get, each under its own names.
async fn contexts(variables: &[(&str, &str)], headers: &[(&str, &str)]) -> [(&'static str, Value); 2] {
    let http = Running::start("http-context", variables).await;
    let raw = Running::start("context", variables).await;
    let http = http.get_with("/", headers).await.json();
    let raw = raw.post_with(headers, "{}").await.json();
    let raw = json!({
        "requestId": raw["request_id"],
        "deadline": raw["deadline"],
        "arn": raw["invoked_function_arn"],
        "trace": raw["xray_trace_id"],
        "function": raw["env_config"]["function_name"],
        "version": raw["env_config"]["version"],
        "memory": raw["env_config"]["memory"],
    });
    [("http", http), ("raw", raw)]
}

#[tokio::test]
async fn the_request_id_is_the_callers_or_a_new_one() {
    for (kind, context) in contexts(&[], &[("x-request-id", "of-the-caller")]).await {
        assert_eq!(context["requestId"], "of-the-caller", "{kind}");
    }
    let [(_, one), (_, other)] = contexts(&[], &[]).await;
    for context in [&one, &other] {
        assert_eq!(context["requestId"].as_str().map(str::len), Some(36), "{context}");
    }
    assert_ne!(one["requestId"], other["requestId"]);
}

#[tokio::test]
async fn the_deadline_is_that_of_the_request() {
    for (variables, seconds) in [(&[("FUNC_REQUEST_TIMEOUT", "30s")][..], 30), (&[], 15 * 60)] {
        let before = now();
        let contexts = contexts(variables, &[]).await;
        let after = now();
        for (kind, context) in contexts {
            let deadline = context["deadline"].as_u64().unwrap_or_default();
            let expected = before + seconds * 1000..=after + seconds * 1000;
            assert!(expected.contains(&deadline), "{kind}: {deadline} is not in {expected:?}");
        }
    }
}

#[tokio::test]
async fn the_function_is_the_service_and_its_version_the_revision() {
    for (kind, context) in contexts(&SERVICE, &[]).await {
        assert_eq!(context["arn"], "arn:aws:lambda:knative:000000000000:function:shop:shop-00001", "{kind}");
        assert_eq!((&context["function"], &context["version"]), (&json!("shop"), &json!("shop-00001")), "{kind}");
    }
    let aws = [("AWS_REGION", "eu-central-1"), ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")];
    let variables: Vec<_> = SERVICE.into_iter().chain(aws).collect();
    for (kind, context) in contexts(&variables, &[]).await {
        assert_eq!(context["arn"], "arn:aws:lambda:eu-central-1:000000000000:function:shop:shop-00001", "{kind}");
        assert_eq!(context["memory"], 512, "{kind}");
    }
}

#[tokio::test]
async fn the_trace_is_x_rays_or_said_in_its_words() {
    let cases = [
        (&[("x-amzn-trace-id", "Root=1-a-b")][..], Some("Root=1-a-b")),
        (&[("traceparent", TRACEPARENT)], Some(AS_X_RAY_HAS_IT)),
        (&[("traceparent", "nonsense")], None),
        (&[], None),
    ];
    for (headers, expected) in cases {
        for (kind, context) in contexts(&[], headers).await {
            assert_eq!(context["trace"].as_str(), expected, "{kind}: {headers:?}");
        }
    }
}

/// AWS's own crate puts it there for a handler that calls others.
#[tokio::test]
async fn an_http_handler_finds_the_trace_in_a_header() {
    let running = Running::start("http-context", &[]).await;
    let context = running.get_with("/", &[("traceparent", TRACEPARENT)]).await.json();
    assert_eq!(context["traceHeader"], AS_X_RAY_HAS_IT);
}

#[tokio::test]
async fn path_parameters_are_those_of_the_route() {
    let variables = [("KN_LAMBDA_ROUTE", "/users/{id},/users/{id}/files/{path+}")];
    let running = Running::start("http-context", &variables).await;
    let cases = [
        ("/users/7", json!({ "id": "7" }), "GET /users/{id}"),
        ("/users/a%20b", json!({ "id": "a b" }), "GET /users/{id}"),
        ("/users/7/files/a/b.txt", json!({ "id": "7", "path": "a/b.txt" }), "GET /users/{id}/files/{path+}"),
        ("/orders/7", json!({}), "$default"),
        ("/users/", json!({}), "$default"),
    ];
    for (path, parameters, route) in cases {
        let context = running.get(path).await.json();
        assert_eq!(context["pathParameters"], parameters, "{path}");
        assert_eq!(context["gateway"]["routeKey"], route, "{path}");
    }
}

#[tokio::test]
async fn the_gateway_tells_of_the_request() {
    let before = now();
    let running = Running::start("http-context", &[]).await;
    let headers =
        [("host", "shop.example.com:8080"), ("x-forwarded-for", "203.0.113.7, 10.0.0.1"), ("x-request-id", "1")];
    let gateway = running.get_with("/a", &headers).await.json()["gateway"].take();
    assert_eq!(gateway["domainName"], "shop.example.com");
    assert_eq!(gateway["sourceIp"], "203.0.113.7");
    assert_eq!(gateway["requestId"], "1");
    assert_eq!(gateway["protocol"], "HTTP/1.1");
    // Milliseconds, as AWS has them.
    let epoch = gateway["timeEpoch"].as_u64().unwrap_or_default();
    assert!((before..=now()).contains(&epoch), "{epoch}");
}
