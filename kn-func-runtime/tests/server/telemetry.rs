//! Traces and metrics of a process, up to its end.

#![cfg(feature = "otel")]

use std::env;
use std::fs;

use tokio::net::TcpSocket;

use crate::authority::Authority;
use crate::support::process::{Ended, Process, start, start_in_vain};
use crate::support::receiver::{Export, Manner, Message, Receiver, header};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

/// Nothing is sent before the end of the process.
const NOT_BEFORE_THE_END: [(&str, &str); 2] =
    [("OTEL_BSP_SCHEDULE_DELAY", "3600000"), ("OTEL_METRIC_EXPORT_INTERVAL", "3600000")];

async fn ended(process: Process) -> Ended {
    process.signal("TERM").await;
    process.ended().await
}

async fn traced_request(process: &Process, path: &str) {
    let mut client = process.client().await;
    client.send(&format!("GET {path} HTTP/1.1\r\nhost: test\r\ntraceparent: 00-{TRACE}-{PARENT}-01\r\n\r\n")).await;
    client.reply().await;
}

/// What a test looks at of a span.
#[derive(Debug, PartialEq, Eq)]
struct Span {
    trace: String,
    id: String,
    parent: String,
    name: String,
    service: String,
}

/// The fields have the numbers of `opentelemetry/proto/trace/v1/trace.proto`.
fn spans(export: &Export) -> Vec<Span> {
    let mut spans = Vec::new();
    for of_resource in Message::read(&export.body).messages(1) {
        let attributes: Vec<_> = of_resource.messages(1).flat_map(|it| it.messages(1).collect::<Vec<_>>()).collect();
        let service = attributes.iter().find(|it| it.text(1) == "service.name");
        let service = service.map(|it| it.messages(2).map(|value| value.text(1)).collect()).unwrap_or_default();
        for span in of_resource.messages(2).flat_map(|of_scope| of_scope.messages(2).collect::<Vec<_>>()) {
            assert_eq!(span.number(6), 2, "a span of the kind SERVER");
            let service = String::clone(&service);
            spans.push(Span { trace: span.hex(1), id: span.hex(2), parent: span.hex(4), name: span.text(5), service });
        }
    }
    spans
}

/// The fields have the numbers of `opentelemetry/proto/metrics/v1/metrics.proto`.
fn metrics(export: &Export) -> Vec<String> {
    let of_scopes: Vec<_> =
        Message::read(&export.body).messages(1).flat_map(|it| it.messages(2).collect::<Vec<_>>()).collect();
    of_scopes
        .iter()
        .flat_map(|of_scope| of_scope.messages(2).map(|metric| metric.text(1)).collect::<Vec<_>>())
        .collect()
}

#[tokio::test]
async fn what_is_left_is_sent_before_the_end() {
    for workers in ["1", "2"] {
        let mut receiver = Receiver::start(Manner::Status(200)).await;
        let url = receiver.url();
        let vars = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=shop"),
            ("K_SERVICE", "shop"),
            ("FUNC_WORKERS", workers),
        ];
        let process = start("workshop", &[&vars[..], &NOT_BEFORE_THE_END].concat()).await;
        traced_request(&process, "/").await;
        assert!(receiver.so_far().is_empty());
        let ended = ended(process).await;
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");

        let exports = receiver.so_far();
        assert_eq!(exports.len(), 2, "one of traces and one of metrics");
        for export in &exports {
            assert_eq!(header(&export.head, "content-type"), Some("application/x-protobuf"));
            assert_eq!(header(&export.head, "x-tenant"), Some("shop"));
        }
        let of = |path: &str| exports.iter().find(|it| it.head.starts_with(&format!("post {path} "))).unwrap();
        let spans = spans(of("/v1/traces"));
        let [span] = &spans[..] else { panic!("{spans:?}") };
        assert_eq!((span.trace.as_str(), span.parent.as_str()), (TRACE, PARENT));
        assert_eq!((span.name.as_str(), span.service.as_str()), ("GET", "shop"));
        let metrics = metrics(of("/v1/metrics"));
        for name in ["http.server.request.duration", "http.server.active_requests", "faas.init_duration"] {
            assert!(metrics.iter().any(|it| it == name), "no {name} in {metrics:?}");
        }
    }
}

#[tokio::test]
async fn a_log_that_begins_before_the_server_has_spans_of_the_function_too() {
    let mut receiver = Receiver::start(Manner::Status(200)).await;
    let url = receiver.url();
    let vars = [("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()), ("OTEL_METRICS_EXPORTER", "none")];
    let process = start("log begins early", &[&vars[..], &NOT_BEFORE_THE_END].concat()).await;
    traced_request(&process, "/").await;
    assert_eq!(ended(process).await.code, Some(0));
    let export = String::from_utf8_lossy(&receiver.next("/v1/traces").await.body).into_owned();
    assert!(export.contains("look around") && export.contains("GET"), "{export}");
}

#[tokio::test]
async fn telemetry_is_sent_while_the_process_runs() {
    let mut receiver = Receiver::start(Manner::Status(200)).await;
    let url = receiver.url();
    let vars = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()),
        ("OTEL_BSP_SCHEDULE_DELAY", "10"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "10"),
    ];
    let process = start("workshop", &vars).await;
    traced_request(&process, "/").await;
    assert_eq!(spans(&receiver.next("/v1/traces").await).len(), 1);
    while !metrics(&receiver.next("/v1/metrics").await).contains(&"http.server.request.duration".to_owned()) {}
    ended(process).await;
}

#[tokio::test]
async fn a_line_of_the_log_names_the_span_of_its_request() {
    let mut receiver = Receiver::start(Manner::Status(200)).await;
    let url = receiver.url();
    let vars =
        [("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", format!("{url}/v1/traces")), ("OTEL_BSP_SCHEDULE_DELAY", "10".into())];
    let vars: Vec<_> = vars.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut process = start("workshop", &vars).await;
    traced_request(&process, "/fail").await;
    let line = process.logs("request failed").await;
    let spans = spans(&receiver.next("/v1/traces").await);
    assert_eq!((line["trace_id"].as_str(), line["span_id"].as_str()), (Some(TRACE), Some(spans[0].id.as_str())));
    ended(process).await;
    assert!(receiver.so_far().iter().all(|it| !it.head.starts_with("post /v1/metrics")), "metrics are not switched on");
}

#[tokio::test]
async fn a_receiver_that_never_answers_holds_the_end_for_a_bounded_time() {
    let receiver = Receiver::start(Manner::Never).await;
    let url = receiver.url();
    let vars = [("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()), ("FUNC_WORKERS", "1")];
    let process = start("workshop", &[&vars[..], &NOT_BEFORE_THE_END].concat()).await;
    traced_request(&process, "/").await;
    let ended = ended(process).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let lost: Vec<_> = ended.log.iter().filter(|line| line.contains("not sent within 5s gets lost")).collect();
    // The process gave up after its own bound, and not after the ten seconds and several tries of an export.
    assert_eq!(lost.len(), 1, "{ended:?}");
}

#[tokio::test]
async fn an_absent_receiver_costs_one_line_for_each_kind_and_no_request() {
    // Bound, so that nobody else gets the port, and not listening.
    let nobody = TcpSocket::new_v4().unwrap();
    nobody.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", nobody.local_addr().unwrap());
    let vars = [("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str())];
    let process = start("workshop", &[&vars[..], &NOT_BEFORE_THE_END].concat()).await;
    assert_eq!(process.client().await.get("/").await.status(), 200);
    let ended = ended(process).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for what in ["traces", "metrics"] {
        let lost = format!("{what} are not exported and get lost");
        let lines: Vec<_> = ended.log.iter().filter(|line| line.contains(&lost)).collect();
        assert!(matches!(lines[..], [line] if line.contains("no connection") && line.contains("WARNING")), "{ended:?}");
    }
}

#[tokio::test]
async fn exports_that_fail_are_told_once_and_so_is_the_first_that_works_again() {
    let mut receiver = Receiver::start(Manner::Status(400)).await;
    let url = format!("{}/v1/traces", receiver.url());
    let vars = [("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", url.as_str()), ("OTEL_BSP_SCHEDULE_DELAY", "10")];
    let mut process = start("workshop", &vars).await;
    for _ in 0..3 {
        traced_request(&process, "/").await;
        receiver.next("/v1/traces").await;
    }
    let line = process.logs("traces are not exported and get lost").await;
    assert_eq!((line["severity"].as_str(), line["error"].as_str()), (Some("WARNING"), Some("status 400")));
    receiver.is(Manner::Status(200));
    traced_request(&process, "/").await;
    process.says("traces are exported again").await;
    let ended = ended(process).await;
    assert!(!ended.log.iter().any(|line| line.contains("exported")), "{ended:?}");
}

#[tokio::test]
async fn a_receiver_with_a_certificate_is_trusted_if_its_authority_is() {
    let authority = Authority::new();
    let mut receiver = Receiver::start_secure(authority.server("127.0.0.1", &[b"http/1.1"])).await;
    let url = receiver.url();
    let pem = env::temp_dir().join(format!("telemetry-{}.pem", std::process::id()));
    fs::write(&pem, authority.pem()).unwrap();
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str());
    let trusting = [endpoint, ("OTEL_EXPORTER_OTLP_CERTIFICATE", pem.to_str().unwrap())];
    let process = start("workshop", &[&trusting[..], &NOT_BEFORE_THE_END].concat()).await;
    fs::remove_file(&pem).unwrap();
    traced_request(&process, "/").await;
    assert_eq!(ended(process).await.code, Some(0));
    let paths: Vec<_> = receiver.so_far().iter().map(|it| it.head.lines().next().unwrap().to_owned()).collect();
    assert_eq!(paths.len(), 2, "{paths:?}");

    let process = start("workshop", &[&[endpoint], &NOT_BEFORE_THE_END[..]].concat()).await;
    traced_request(&process, "/").await;
    let ended = ended(process).await;
    let lost = ended.log.iter().find(|line| line.contains("traces are not exported")).unwrap();
    assert!(lost.contains("UnknownIssuer") || lost.contains("certificate"), "{lost}");
    assert!(receiver.so_far().is_empty());
}

#[tokio::test]
async fn what_is_switched_off_sends_nothing() {
    let mut receiver = Receiver::start(Manner::Status(200)).await;
    let url = receiver.url();
    let vars = [("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()), ("OTEL_SDK_DISABLED", "true")];
    let process = start("workshop", &vars).await;
    traced_request(&process, "/").await;
    assert_eq!(ended(process).await.code, Some(0));
    assert!(receiver.so_far().is_empty());
}

#[tokio::test]
async fn a_variable_that_makes_no_sense_stops_the_start() {
    let vars = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")];
    let ended = start_in_vain("workshop", &vars).ended().await;
    assert_eq!(ended.code, Some(2));
    assert_eq!(ended.stderr, "OTEL_EXPORTER_OTLP_PROTOCOL is `grpc`; expected http/protobuf\n");
}
