//! What Prometheus says of what was sent.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use kn_func_e2e::in_own_network;

use crate::answer::{Answer, Expected};
use crate::dashboard::{dashboard, filled, queries, variables};
use crate::function::{self, INSTANCE, SLOW};
use crate::server::Prometheus;
use crate::traffic::Traffic;

/// The bounds of the buckets of durations.
const BUCKETS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// What somebody has chosen in Grafana.
const CHOSEN: [(&str, &str); 3] = [("__rate_interval", "300s"), ("function", "shop"), ("revision", "shop-00001")];

#[test]
#[ignore = "e2e/run: needs Prometheus"]
fn queries_and_the_panels_of_the_dashboard_answer_what_was_sent() {
    in_own_network(async || {
        let mut function = function::start();
        let traffic = Traffic::to(function.address().await);
        let prometheus = Prometheus::start().await;
        traffic.first().await;
        prometheus.answers("sum(http_server_requests_total)", |it| *it == Answer::one(6.0)).await;

        let began = Instant::now();
        let slowest = traffic.ordinary().await;
        let held = traffic.hold().await;
        in_flight(&prometheus, 3.0).await;
        traffic.release(held, async || in_flight(&prometheus, 2.0).await).await;
        traffic.trouble(&mut function).await;
        let took = began.elapsed();

        for (query, expected) in sent() {
            prometheus.answers(query, |it| *it == expected).await;
        }
        // So many that what is added to a rate is little.
        prometheus.answers("sum(count_over_time(up[5m]))", |it| it.value() >= Some(20.0)).await;
        of_slow_ones(&prometheus, slowest).await;
        let dashboard = dashboard();
        each_panel(&prometheus, queries(&dashboard), took).await;
        each_variable(&prometheus, variables(&dashboard)).await;
        types(&prometheus).await;
        prometheus.stop().await;
        assert_eq!(function.stop().await.code, Some(0));
    });
}

async fn in_flight(prometheus: &Prometheus, requests: f64) {
    prometheus.answers("sum(http_server_active_requests)", |it| *it == Answer::one(requests)).await;
}

/// What was sent, to the last request.
fn sent() -> Vec<(&'static str, Answer)> {
    vec![
        (
            "sum by (http_request_method, http_response_status_code) (http_server_requests_total)",
            Answer::from([
                (r#"http_request_method="GET",http_response_status_code="200""#, 8.0),
                (r#"http_request_method="GET",http_response_status_code="404""#, 4.0),
                (r#"http_request_method="GET",http_response_status_code="499""#, 1.0),
                (r#"http_request_method="GET",http_response_status_code="500""#, 4.0),
                (r#"http_request_method="GET",http_response_status_code="503""#, 1.0),
                (r#"http_request_method="GET",http_response_status_code="504""#, 1.0),
                (r#"http_request_method="HEAD",http_response_status_code="200""#, 1.0),
                (r#"http_request_method="PATCH",http_response_status_code="200""#, 7.0),
                (r#"http_request_method="POST",http_response_status_code="200""#, 4.0),
                (r#"http_request_method="PUT",http_response_status_code="200""#, 3.0),
            ]),
        ),
        ("sum(http_server_request_duration_seconds_count)", Answer::one(34.0)),
        ("sum(http_server_active_requests)", Answer::one(0.0)),
        (r#"sum(http_server_request_body_size_bytes_sum{http_request_method="POST"})"#, Answer::one(8000.0)),
        (
            "sum by (cloudevents_event_type) (kn_function_events_total)",
            Answer::from([
                (r#"cloudevents_event_type="shop.order.paid""#, 3.0),
                (r#"cloudevents_event_type="shop.order.placed""#, 4.0),
            ]),
        ),
        ("sum(kn_function_panics_total)", Answer::one(2.0)),
        ("sum(kn_function_shed_requests_total)", Answer::one(1.0)),
        ("sum(kn_function_timeouts_total)", Answer::one(1.0)),
        ("sum(kn_function_broken_answers_total)", Answer::one(1.0)),
        ("sum(kn_function_client_disconnects_total)", Answer::one(2.0)),
        ("sum(faas_init_duration_seconds_count)", Answer::one(1.0)),
        ("sum(shop_orders_total)", Answer::one(4.0)),
        ("sum(up)", Answer::one(1.0)),
    ]
}

/// The 95th percentile of requests that were slow on purpose is in the bucket of their durations.
async fn of_slow_ones(prometheus: &Prometheus, slowest: Duration) {
    let query = r#"histogram_quantile(0.95, sum by (le) (rate(http_server_request_duration_seconds_bucket{http_request_method="PATCH"}[5m])))"#;
    let expected = Expected::Within(bound_below(SLOW)..=bound_above(slowest));
    prometheus.answers(query, |it| expected.is(it)).await;
}

fn bound_below(time: Duration) -> f64 {
    BUCKETS.into_iter().rfind(|bound| *bound < time.as_secs_f64()).unwrap_or(0.0)
}

fn bound_above(time: Duration) -> f64 {
    BUCKETS.into_iter().find(|bound| *bound >= time.as_secs_f64()).unwrap_or(f64::INFINITY)
}

/// What each query of the dashboard has to give. What was there once only, and had not been there before, has no rate.
fn shown(took: Duration) -> BTreeMap<&'static str, Expected> {
    use Expected::{Exactly, Happened, Within};
    let version = env!("CARGO_PKG_VERSION");
    let runs = format!(
        r#"configuration="shop",function="shop",instance="{INSTANCE}",job="function",revision="shop-00001",version="{version}""#
    );
    let by_process = format!(r#"instance="{INSTANCE}""#);
    let duration = || Within(0.0..=bound_above(took));
    // Those before whose status Prometheus had seen: 200, 404 and 500.
    let failed = 3.0 / 24.0;
    BTreeMap::from([
        ("Requests A", Exactly(Answer::one(34.0))),
        ("Failed A", Within(failed * 0.8..=failed * 1.2)),
        ("95th percentile A", duration()),
        ("In flight A", Exactly(Answer::one(0.0))),
        ("Cold start A", Within(0.0..=60.0)),
        ("Processes A", Exactly(Answer::one(1.0))),
        ("Duration A", duration()),
        ("Duration B", duration()),
        ("Duration C", duration()),
        ("In flight by process A", Exactly(Answer::from([(by_process.as_str(), 0.0)]))),
        ("Body sizes A", Within(1024.0..=4096.0)),
        ("Body sizes B", Within(0.0..=256.0)),
        ("What runs A", Exactly(Answer::from([(runs.as_str(), 1.0)]))),
        (
            "Requests by status A",
            Happened(Answer::from([
                (r#"http_response_status_code="200""#, 18.0),
                (r#"http_response_status_code="404""#, 3.0),
                (r#"http_response_status_code="499""#, 0.0),
                (r#"http_response_status_code="500""#, 3.0),
                (r#"http_response_status_code="503""#, 0.0),
                (r#"http_response_status_code="504""#, 0.0),
            ])),
        ),
        (
            "Requests by method A",
            Happened(Answer::from([
                (r#"http_request_method="GET""#, 13.0),
                (r#"http_request_method="HEAD""#, 0.0),
                (r#"http_request_method="PATCH""#, 6.0),
                (r#"http_request_method="POST""#, 3.0),
                (r#"http_request_method="PUT""#, 2.0),
            ])),
        ),
        (
            "Events by type A",
            Happened(Answer::from([
                (r#"cloudevents_event_type="shop.order.paid""#, 2.0),
                (r#"cloudevents_event_type="shop.order.placed""#, 3.0),
            ])),
        ),
        ("Trouble A", Happened(Answer::one(2.0))),
        ("Trouble B", Happened(Answer::one(1.0))),
        ("Trouble C", Happened(Answer::one(1.0))),
        ("Trouble D", Happened(Answer::one(1.0))),
        ("Trouble E", Happened(Answer::one(2.0))),
    ])
}

async fn each_panel(prometheus: &Prometheus, queries: BTreeMap<String, String>, took: Duration) {
    let shown = shown(took);
    let known: Vec<&str> = shown.keys().copied().collect();
    assert_eq!(queries.keys().map(String::as_str).collect::<Vec<_>>(), known, "the queries of the dashboard are these");
    for (name, query) in &queries {
        let expected = &shown[name.as_str()];
        prometheus.answers(&filled(query, &CHOSEN), |it| expected.is(it)).await;
    }
    let others = filled(&queries["Requests A"], &[("function", "another"), ("revision", ".*")]);
    assert_eq!(prometheus.query(&others).await, Answer::default());
    let all = filled(&queries["Requests A"], &[("function", ".*"), ("revision", ".*")]);
    assert_eq!(prometheus.query(&all).await, Answer::one(34.0));
}

/// Grafana's own word for the values of a label is asked in Prometheus's.
async fn each_variable(prometheus: &Prometheus, variables: BTreeMap<String, String>) {
    let shown = BTreeMap::from([("function", r#"function="shop""#), ("revision", r#"revision="shop-00001""#)]);
    assert!(variables.keys().eq(shown.keys()), "{variables:?}");
    for (name, query) in &variables {
        let asked = query.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(")")?.rsplit_once(", "));
        let (metric, label) = asked.unwrap_or_else(|| panic!("`{query}` asks for no label"));
        let answer = prometheus.query(&filled(&format!("group by ({label}) ({metric})"), &CHOSEN)).await;
        assert_eq!(answer, Answer::from([(shown[name.as_str()], 1.0)]), "{name}");
    }
}

/// Type and unit are those that OpenMetrics has told.
async fn types(prometheus: &Prometheus) {
    for (metric, kind, unit) in [
        ("http_server_request_duration_seconds", "histogram", "seconds"),
        ("http_server_response_body_size_bytes", "histogram", "bytes"),
        ("http_server_requests", "counter", ""),
        ("http_server_active_requests", "gauge", ""),
        ("kn_function_build", "info", ""),
    ] {
        let told = prometheus.api(&format!("targets/metadata?metric={metric}")).await;
        let told = (told[0]["type"].as_str(), told[0]["unit"].as_str());
        assert_eq!(told, (Some(kind), Some(unit)), "{metric}");
    }
}
