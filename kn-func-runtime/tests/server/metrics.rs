//! The page of metrics on a port of its own.

#![cfg(feature = "metrics")]

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use crate::support::Client;
use crate::support::process::{Process, start, start_in_vain};

/// Starts the workshop with metrics on a free port, and says where they are.
async fn start_counted() -> (Process, SocketAddr) {
    let mut process = start_in_vain("workshop", &[("FUNC_METRICS_PORT", "0"), ("K_REVISION", "shop-00001")]);
    let line = process.logs("metrics are at /metrics").await;
    let port = line["port"].as_u64().and_then(|port| u16::try_from(port).ok());
    process.listens().await;
    (process, (Ipv4Addr::LOCALHOST, port.unwrap()).into())
}

async fn page(metrics: SocketAddr) -> String {
    let mut client = Client::connect(metrics).await;
    let reply = client.get("/metrics").await;
    assert_eq!(reply.status(), 200);
    reply.text().to_owned()
}

fn value(page: &str, series: &str) -> Option<f64> {
    page.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
}

#[tokio::test]
async fn a_process_tells_what_it_has_done_and_how_it_started() {
    let (process, metrics) = start_counted().await;
    process.client().await.get("/").await;
    let page = page(metrics).await;
    let requests = r#"http_server_requests_total{http_request_method="GET",http_response_status_code="200"}"#;
    assert_eq!(value(&page, requests), Some(1.0), "{page}");
    assert_eq!(value(&page, "faas_init_duration_seconds_count"), Some(1.0), "{page}");
    let cold_start = value(&page, "faas_init_duration_seconds_sum").unwrap();
    assert!((0.0..60.0).contains(&cold_start), "{cold_start} s from exec to ready");
    assert!(page.contains(r#"function="function",revision="shop-00001""#), "{page}");
    process.signal("TERM").await;
    process.ended().await;
}

#[tokio::test]
async fn metrics_of_the_function_are_on_the_page_too() {
    let (process, metrics) = start_counted().await;
    assert_eq!(value(&page(metrics).await, "workshop_opened_total"), Some(0.0));
    process.client().await.get("/open").await;
    assert_eq!(value(&page(metrics).await, "workshop_opened_total"), Some(1.0));
    process.signal("TERM").await;
    process.ended().await;
}

#[tokio::test]
async fn metrics_are_there_during_the_drain_and_hold_no_exit() {
    let (mut process, metrics) = start_counted().await;
    let mut waiting = process.client().await;
    waiting.send("GET /wait HTTP/1.1\r\nhost: test\r\n\r\n").await;
    process.says("waiting").await;
    // One that stays open, as Prometheus has it.
    let mut scraper = Client::connect(metrics).await;
    process.signal("TERM").await;
    process.says("draining").await;
    let page = scraper.get("/metrics").await;
    let in_flight = r#"http_server_active_requests{http_request_method="GET"}"#;
    assert_eq!(value(page.text(), in_flight), Some(1.0));
    process.client().await.get("/open").await;
    assert_eq!(waiting.reply().await.text(), "waited");
    assert_eq!(process.ended().await.code, Some(0));
    assert!(scraper.is_closed().await);
}

#[tokio::test]
async fn without_the_variable_there_is_no_port() {
    let mut process = start("workshop", &[]).await;
    process.signal("TERM").await;
    process.says("draining").await;
    let ended = process.ended().await;
    assert!(!ended.log.iter().any(|line| line.contains("metrics")), "{:#?}", ended.log);
}

#[tokio::test]
async fn a_port_that_is_taken_stops_the_start() {
    let taken = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ended = start_in_vain("workshop", &[("FUNC_METRICS_PORT", &port)]).ended().await;
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.starts_with(&format!("cannot listen on [::]:{port}: ")), "{}", ended.stderr);
    assert!(ended.stderr.ends_with("; FUNC_METRICS_PORT can name another\n"), "{}", ended.stderr);
}

#[tokio::test]
async fn a_port_of_knative_stops_the_start() {
    let ended = start_in_vain("workshop", &[("FUNC_METRICS_PORT", "9090")]).ended().await;
    assert_eq!(ended.code, Some(2));
    let expected = "FUNC_METRICS_PORT is `9090`; expected a number from 0 to 65535, but not 8008, 8012, 8013, 8022, 8112, 9090 or \
                    9091, which are Knative's\n";
    assert_eq!(ended.stderr, expected);
}
