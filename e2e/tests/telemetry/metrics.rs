//! Metrics that are pushed.

use kn_func_e2e::in_own_network;
use kn_func_e2e::queue_proxy::{client, past_the_proxy};

use crate::collector::Collector;
use crate::function::{observed, traced_proxy};

#[test]
#[ignore = "e2e/run: needs queue-proxy, the OpenTelemetry Collector and a network namespace"]
fn the_collector_gets_the_metrics_of_the_runtime_and_of_the_user() {
    in_own_network(async || {
        let collector = Collector::start().await;
        let (_function, _proxy) = (observed(&[]).await, traced_proxy().await);
        for _ in 0..2 {
            client().post("/", "three little words").await;
        }
        let event = past_the_proxy().request(http::Method::POST, "/").header("ce-specversion", "1.0");
        let event = event.header("ce-id", "e-1").header("ce-type", "shop.order").header("ce-source", "/shop");
        past_the_proxy().send(event.body("one".into()).unwrap()).await;

        let labels = [("http.request.method", "POST"), ("http.response.status_code", "200"), ("url.scheme", "http")];
        let three = |point: &serde_json::Value| point["count"] == "3";
        let duration = collector.metric("http.server.request.duration", &labels, three).await;
        assert_eq!(duration["explicitBounds"][0], 0.005, "{duration}");
        let received = collector.metric("http.server.request.body.size", &labels, three).await;
        assert_eq!(received["sum"], 39.0, "{received}");
        let sent = collector.metric("http.server.response.body.size", &labels, three).await;
        assert_eq!(sent["sum"], 3.0, "{sent}");
        collector.metric("http.server.active_requests", &labels[..1], |point| point["asInt"] == "0").await;
        let of_type = [("cloudevents.event_type", "shop.order")];
        collector.metric("kn.function.events", &of_type, |point| point["asInt"] == "1").await;
        collector.metric("faas.init_duration", &[], |point| point["count"] == "1").await;
        collector.metric("observed.words", &[], |point| point["asInt"] == "7").await;
    });
}
