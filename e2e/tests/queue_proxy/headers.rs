//! What the function knows of a request that came through queue-proxy.

use http::Method;
use kn_func_e2e::queue_proxy::speaking;
use kn_func_e2e::{Protocol, in_own_network};
use serde_json::{Value, json};

use crate::pod::Pod;

const BOTH: [Protocol; 2] = [Protocol::Http1, Protocol::H2c];
const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The headers that reach the function when these are sent.
async fn seen(protocol: Protocol, sent: &[(&str, &str)]) -> Value {
    let client = speaking(protocol);
    let request = client.request(Method::GET, "/headers");
    let request = sent.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    client.send(request.body(Default::default()).unwrap()).await.json()
}

#[test]
#[ignore = "e2e/run: needs queue-proxy and a network namespace"]
fn forwarded_says_who_asked() {
    in_own_network(async || {
        let _pod = Pod::start().await;
        for protocol in BOTH {
            let headers =
                seen(protocol, &[("x-forwarded-for", "10.1.2.3, fd00::9"), ("x-forwarded-proto", "http")]).await;
            assert_eq!(headers["forwarded"], json!([r#"for=10.1.2.3;proto=http, for="[fd00::9]""#]), "{headers}");
            // The last one is the peer of queue-proxy, which here is the client.
            assert_eq!(headers["x-forwarded-for"], json!(["10.1.2.3, fd00::9, 127.0.0.1"]), "{headers}");
            assert_eq!(headers["x-forwarded-proto"], json!(["http"]));
            let headers = seen(protocol, &[("forwarded", "for=10.9.9.9"), ("x-forwarded-for", "10.1.2.3")]).await;
            assert_eq!(headers["forwarded"], json!(["for=10.9.9.9"]), "one that came is kept");
        }
    });
}

#[test]
#[ignore = "e2e/run: needs queue-proxy and a network namespace"]
fn the_host_is_the_one_that_the_client_asked() {
    in_own_network(async || {
        let _pod = Pod::start().await;
        let headers = seen(Protocol::Http1, &[("host", "hello.example.com")]).await;
        assert_eq!(headers["host"], json!(["hello.example.com"]));
        let headers = seen(Protocol::Http1, &[("host", "inner.svc"), ("k-original-host", "hello.example.com")]).await;
        assert_eq!(headers["host"], json!(["hello.example.com"]));
        assert_eq!(headers["k-original-host"], Value::Null);
    });
}

#[test]
#[ignore = "e2e/run: needs queue-proxy and a network namespace"]
fn knatives_own_headers_come_as_the_contract_says() {
    in_own_network(async || {
        let _pod = Pod::start().await;
        for protocol in BOTH {
            let headers = seen(
                protocol,
                &[
                    ("k-proxy-request", "activator"),
                    ("knative-serving-tag", "blue"),
                    ("knative-serving-default-route", "true"),
                    ("knative-serving-revision", "hello-00001"),
                    ("knative-serving-namespace", "default"),
                    ("x-mine", "kept"),
                ],
            )
            .await;
            for (name, value) in [
                ("k-proxy-request", "activator"),
                ("knative-serving-tag", "blue"),
                ("knative-serving-default-route", "true"),
                ("x-mine", "kept"),
            ] {
                assert_eq!(headers[name], json!([value]), "{name}");
            }
            for name in ["knative-serving-revision", "knative-serving-namespace"] {
                assert_eq!(headers[name], Value::Null, "{name}");
            }
        }
    });
}

#[test]
#[ignore = "e2e/run: needs queue-proxy and a network namespace"]
fn a_request_can_be_followed_by_its_id_and_its_trace() {
    in_own_network(async || {
        let mut pod = Pod::start().await;
        for protocol in BOTH {
            let ids = [("x-request-id", "r-17"), ("traceparent", TRACE), ("tracestate", "shop=7"), ("baggage", "k=v")];
            let headers = seen(protocol, &ids).await;
            for (name, value) in ids {
                assert_eq!(headers[name], json!([value]), "{name}");
            }
            // The log of a request that fails names both.
            let client = speaking(protocol);
            let request = ids
                .iter()
                .fold(client.request(Method::GET, "/fail"), |request, (name, value)| request.header(*name, *value));
            assert_eq!(client.send(request.body(Default::default()).unwrap()).await.status(), 500);
            let line = pod.function.says("request failed").await;
            let line: Value = serde_json::from_str(&line).unwrap();
            assert_eq!((&line["request_id"], &line["trace_id"]), (&json!("r-17"), &json!(&TRACE[3..35])), "{line}");
        }
    });
}
