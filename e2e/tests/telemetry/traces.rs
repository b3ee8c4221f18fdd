//! Which span is the child of which.

use http::Method;
use kn_func_e2e::queue_proxy::{client, past_the_proxy};
use kn_func_e2e::{Client, Signal, in_own_network};
use serde_json::Value;

use crate::collector::{Collector, Span};
use crate::function::{observed, traced_proxy};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// Nothing is sent before the end of the process.
const NOT_BEFORE_THE_END: [(&str, &str); 2] =
    [("OTEL_BSP_SCHEDULE_DELAY", "3600000"), ("OTEL_METRIC_EXPORT_INTERVAL", "3600000")];

async fn ask(client: Client, headers: &[(&str, &str)], body: &str) -> String {
    let request = client.request(Method::POST, "/");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let answer = client.send(request.body(body.to_owned().into()).unwrap()).await;
    assert!(answer.status() < 300, "{answer:?}");
    answer.text().to_owned()
}

fn traceparent() -> String {
    format!("00-{TRACE}-{PARENT}-01")
}

fn attribute<'a>(span: &'a Span, name: &str) -> &'a str {
    span.attributes.get(name).unwrap_or_else(|| panic!("no {name} in {span:#?}"))
}

/// The spans above this one, the next first, until the one that the client named.
async fn ancestors(collector: &Collector, span: &Span) -> Vec<Span> {
    let mut ancestors: Vec<Span> = Vec::new();
    let mut span = span.clone();
    while span.parent != PARENT {
        assert_eq!(span.trace, TRACE, "{span:?}");
        span = collector.parent_of(&span).await;
        ancestors.push(span.clone());
    }
    ancestors
}

#[test]
#[ignore = "e2e/run: needs queue-proxy, the OpenTelemetry Collector and a network namespace"]
fn a_request_is_one_trace_from_the_client_over_queue_proxy_to_the_users_span() {
    in_own_network(async || {
        let collector = Collector::start().await;
        let (_function, _proxy) = (observed(&[]).await, traced_proxy().await);
        let headers =
            [("traceparent", traceparent()), ("x-request-id", "r-17".into()), ("host", "hello.example.com".into())];
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(ask(client(), &headers, "three little words").await, "3");

        let users = collector.span("hello", "count words").await;
        assert_eq!(attribute(&users, "bytes"), "18");
        let ancestors = ancestors(&collector, &users).await;
        let [server, of_proxy @ ..] = &ancestors[..] else { panic!("{ancestors:#?}") };
        assert_eq!((server.name.as_str(), server.kind), ("POST", 2));
        for (name, value) in [
            ("http.request.method", "POST"),
            ("url.path", "/"),
            ("http.response.status_code", "200"),
            ("server.address", "hello.example.com"),
            ("client.address", "127.0.0.1"),
            ("faas.trigger", "http"),
            ("faas.coldstart", "true"),
            ("faas.invocation_id", "r-17"),
        ] {
            assert_eq!(attribute(server, name), value, "{name}");
        }
        for (name, value) in [
            ("kn.service.name", "hello"),
            ("kn.configuration.name", "hello"),
            ("kn.revision.name", "hello-00001"),
            ("faas.name", "hello"),
            ("faas.version", "hello-00001"),
            ("telemetry.sdk.language", "rust"),
        ] {
            assert_eq!(server.resource.get(name).map(String::as_str), Some(value), "{name}");
        }
        // All between the client and us is queue-proxy's own.
        assert!(!of_proxy.is_empty());
        for span in of_proxy {
            assert_eq!(span.resource.get("telemetry.sdk.language").map(String::as_str), Some("go"), "{span:#?}");
        }
        assert_eq!(of_proxy.last().unwrap().kind, 2, "{of_proxy:#?}");
        // Neither the probe of queue-proxy nor any other makes a span.
        let rust = |span: &&Span| span.resource.get("telemetry.sdk.language").is_some_and(|it| it == "rust");
        assert_eq!(collector.spans().iter().filter(rust).count(), 2);
    });
}

#[test]
#[ignore = "e2e/run: needs queue-proxy, the OpenTelemetry Collector and a network namespace"]
fn an_event_is_one_trace_with_what_sent_it() {
    in_own_network(async || {
        let collector = Collector::start().await;
        let (_function, _proxy) = (observed(&[]).await, traced_proxy().await);
        let event = [("ce-specversion", "1.0"), ("ce-id", "e-1"), ("ce-type", "shop.order"), ("ce-source", "/shop")];
        let traceparent = traceparent();
        ask(client(), &[&event[..], &[("traceparent", &traceparent)]].concat(), "two words").await;
        let span = collector.span("hello", "/shop process").await;
        assert!(!ancestors(&collector, &span).await.is_empty(), "it is the child of one of queue-proxy's");
        for (name, value) in [
            ("messaging.system", "knative"),
            ("messaging.operation.type", "process"),
            ("cloudevents.event_id", "e-1"),
            ("cloudevents.event_type", "shop.order"),
            ("cloudevents.event_source", "/shop"),
            ("faas.trigger", "pubsub"),
        ] {
            assert_eq!(attribute(&span, name), value, "{name}");
        }

        // Where no proxy has added a header, the event itself says what sent it.
        let other = traceparent.replace("4bf9", "1111");
        let structured = format!(
            r#"{{"specversion":"1.0","id":"e-2","type":"t","source":"/structured","traceparent":"{other}","data":"x"}}"#
        );
        ask(past_the_proxy(), &[("content-type", "application/cloudevents+json")], &structured).await;
        let span = collector.span("hello", "/structured process").await;
        assert_eq!((span.parent.as_str(), span.trace), (PARENT, TRACE.replace("4bf9", "1111")));
    });
}

#[test]
#[ignore = "e2e/run: needs queue-proxy, the OpenTelemetry Collector and a network namespace"]
fn a_function_that_calls_another_is_one_trace_and_so_are_their_logs() {
    in_own_network(async || {
        let collector = Collector::start().await;
        let mut next = observed(&[("PORT", "8081"), ("K_SERVICE", "next")]).await;
        let mut first = observed(&[("NEXT", "http://127.0.0.1:8081")]).await;
        let _proxy = traced_proxy().await;
        let answer = ask(client(), &[("traceparent", &traceparent())], "two words").await;
        assert_eq!(answer, "2, and the next one says 2");

        let counted = collector.span("next", "count words").await;
        let ancestors = ancestors(&collector, &counted).await;
        let services: Vec<_> =
            ancestors.iter().map(|span| (span.resource["service.name"].as_str(), span.kind)).collect();
        assert_eq!(services[..2], [("next", 2), ("hello", 2)], "{ancestors:#?}");
        assert_eq!(ancestors[0].parent, ancestors[1].id);

        for (function, service) in [(&mut first, "hello"), (&mut next, "next")] {
            let line: Value = serde_json::from_str(&function.says("counted").await).unwrap();
            let span = collector.span(service, "count words").await;
            assert_eq!((line["trace_id"].as_str(), line["span_id"].as_str()), (Some(TRACE), Some(span.id.as_str())));
        }
    });
}

#[test]
#[ignore = "e2e/run: needs queue-proxy, the OpenTelemetry Collector and a network namespace"]
fn what_the_client_does_not_sample_is_not_exported() {
    in_own_network(async || {
        let collector = Collector::start().await;
        let (_function, _proxy) = (observed(&[]).await, traced_proxy().await);
        ask(past_the_proxy(), &[("traceparent", &traceparent().replace("-01", "-00"))], "one").await;
        ask(past_the_proxy(), &[("traceparent", &traceparent())], "one").await;
        let sampled = collector.span("hello", "POST").await;
        // They are exported in the order in which they end.
        assert_eq!((sampled.parent.as_str(), attribute(&sampled, "faas.coldstart")), (PARENT, "false"));
    });
}

#[test]
#[ignore = "e2e/run: needs queue-proxy, the OpenTelemetry Collector and a network namespace"]
fn what_is_left_arrives_before_the_pod_is_gone() {
    in_own_network(async || {
        let collector = Collector::start().await;
        let function = observed(&NOT_BEFORE_THE_END).await;
        let _proxy = traced_proxy().await;
        ask(client(), &[("traceparent", &traceparent())], "two words").await;
        function.signal(Signal::SIGTERM);
        assert_eq!(function.ended().await.code, Some(0));
        assert_eq!(collector.span("hello", "count words").await.trace, TRACE);
        collector.metric("observed.words", &[], |point| point["asInt"] == "2").await;
    });
}
