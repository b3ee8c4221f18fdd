//! Metrics.

use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics};
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider, Temporality};

use super::*;
use crate::context::Context;
use crate::measure;
use crate::otel::metrics::Requests;

/// Keeps what was exported last, a line for each point.
#[derive(Debug, Clone, Default)]
struct Counts(Arc<Mutex<Vec<String>>>);

impl PushMetricExporter for Counts {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let all = metrics.scope_metrics().flat_map(|scope| scope.metrics());
        *self.0.lock().unwrap() = all.flat_map(|metric| points(metric.name(), metric.data())).collect();
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}

fn points(name: &str, data: &AggregatedMetrics) -> Vec<String> {
    let line = |attributes: Vec<&KeyValue>, value: String| {
        let mut said: Vec<_> = attributes.iter().map(|it| format!("{}={}", it.key, it.value)).collect();
        said.sort();
        format!("{name}{{{}}} {value}", said.join(","))
    };
    match data {
        AggregatedMetrics::F64(MetricData::Histogram(histogram)) => {
            assert_eq!(
                histogram.data_points().next().map(|point| point.bounds().collect()),
                Some(measure::SECONDS.to_vec())
            );
            histogram.data_points().map(|it| line(it.attributes().collect(), it.count().to_string())).collect()
        }
        AggregatedMetrics::U64(MetricData::Histogram(histogram)) => {
            let count_and_sum = |count: u64, sum: u64| format!("{count} of {sum}");
            histogram
                .data_points()
                .map(|it| line(it.attributes().collect(), count_and_sum(it.count(), it.sum())))
                .collect()
        }
        AggregatedMetrics::U64(MetricData::Sum(sum)) => {
            sum.data_points().map(|it| line(it.attributes().collect(), it.value().to_string())).collect()
        }
        AggregatedMetrics::I64(MetricData::Sum(sum)) => {
            sum.data_points().map(|it| line(it.attributes().collect(), it.value().to_string())).collect()
        }
        other => panic!("{name} is {other:?}"),
    }
}

/// A function whose requests are counted.
struct Counted {
    client: TestClient,
    counts: Counts,
    provider: SdkMeterProvider,
    requests: Requests,
}

fn counted(function: Function, config: Config) -> Counted {
    let counts = Counts::default();
    let provider = SdkMeterProvider::builder().with_reader(PeriodicReader::builder(counts.clone()).build()).build();
    let requests = Requests::new(&provider.meter("test"));
    let observers: Vec<Arc<dyn Observer>> = vec![Arc::new(requests.clone())];
    Counted { client: TestClient::with_config(function, Config { observers, ..config }), counts, provider, requests }
}

impl Counted {
    fn lines(&self) -> Vec<String> {
        self.provider.force_flush().unwrap();
        self.counts.0.lock().unwrap().clone()
    }

    fn has(&self, line: &str) {
        let lines = self.lines();
        assert!(lines.iter().any(|it| it == line), "no `{line}` in {lines:#?}");
    }
}

#[tokio::test]
async fn requests_are_counted_by_method_and_status() {
    let counted = counted(Function::new(async |text: String| text), Config::default());
    for _ in 0..2 {
        counted.client.post("/a").body("12345").send().await;
    }
    counted.client.request("BREW".parse().unwrap(), "/b").send().await;
    counted.client.get("/health/readiness").send().await;
    let labels = "http.request.method=POST,http.response.status_code=200,url.scheme=http";
    counted.has(&format!("http.server.request.duration{{{labels}}} 2"));
    counted.has(&format!("http.server.request.body.size{{{labels}}} 2 of 10"));
    counted.has(&format!("http.server.response.body.size{{{labels}}} 2 of 10"));
    counted.has("http.server.active_requests{http.request.method=POST,url.scheme=http} 0");
    let other = labels.replace("POST", "_OTHER");
    counted.has(&format!("http.server.request.duration{{{other}}} 1"));
    assert!(!counted.lines().iter().any(|line| line.contains("GET")), "a probe is no request");
}

#[tokio::test]
async fn a_request_in_flight_is_active() {
    let counted = counted(Function::new(async |_: Context| pending::<()>().await), Config::default().concurrency(1));
    let mut first = pin!(counted.client.get("/").send());
    poll_fn(|cx| Poll::Ready(first.as_mut().poll(cx).is_pending())).await;
    counted.has("http.server.active_requests{http.request.method=GET,url.scheme=http} 1");
    counted.client.get("/").send().await;
    counted.has("kn.function.shed_requests{} 1");
}

#[tokio::test]
async fn events_are_counted_by_type_and_never_by_id() {
    let counted = counted(Function::new(async |_: Context| ()), Config::default());
    for number in 0..150 {
        let event = counted.client.post("/").header("ce-specversion", "1.0").header("ce-source", "/shop");
        event.header("ce-id", &format!("id-{number}")).header("ce-type", &format!("type-{number}")).send().await;
    }
    counted.has("kn.function.events{cloudevents.event_type=type-7} 1");
    counted.has("kn.function.events{cloudevents.event_type=_OTHER} 50");
    assert!(!counted.lines().iter().any(|line| line.contains("id-7")));
}

#[tokio::test]
async fn panics_are_counted() {
    let counted = counted(Function::new(async |_: Context| -> () { panic!("no luck") }), Config::default());
    counted.client.get("/").send().await;
    counted.has("kn.function.panics{} 1");
    let labels = "error.type=panic,http.request.method=GET,http.response.status_code=500,url.scheme=http";
    counted.has(&format!("http.server.request.duration{{{labels}}} 1"));
}

#[tokio::test]
async fn the_cold_start_is_measured() {
    let counted = counted(Function::new(async |_: Context| ()), Config::default());
    counted.requests.is_ready(Duration::from_millis(7));
    counted.has("faas.init_duration{} 1");
}
