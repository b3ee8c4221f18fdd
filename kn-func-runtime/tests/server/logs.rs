//! What the log says, line by line.

use serde_json::{Value, json};

use crate::support::process::{Process, start, start_in_vain};

/// Ends the process and gives the lines that nobody has waited for.
async fn rest(mut process: Process) -> Vec<String> {
    process.signal("TERM").await;
    process.says("stopping").await;
    process.ended().await.log
}

#[tokio::test]
async fn there_is_one_line_when_the_server_listens() {
    let vars = [("K_SERVICE", "shop"), ("K_REVISION", "shop-00001"), ("K_CONFIGURATION", "shop-v")];
    let mut process = start_in_vain("workshop", &vars);
    let line = process.logs("listening").await;
    assert_eq!(line["severity"], "INFO");
    assert_eq!(line["message"], "listening");
    assert_eq!(line["target"], "kn_func_runtime::run");
    assert_eq!(line["function"], "shop");
    assert_eq!(line["revision"], "shop-00001");
    assert_eq!(line["configuration"], "shop-v");
    assert_eq!(line["version"], env!("CARGO_PKG_VERSION"));
    assert!(line["addresses"].as_str().unwrap().starts_with("[127.0.0.1:"), "{line}");
    let timestamp = line["timestamp"].as_str().unwrap();
    chrono::DateTime::parse_from_rfc3339(timestamp).unwrap_or_else(|error| panic!("{timestamp}: {error}"));
    assert_eq!(rest(process).await.len(), 1, "the drain has a line, and there is no other");
}

#[tokio::test]
async fn ordinary_requests_and_probes_have_no_line() {
    let process = start("workshop", &[]).await;
    let mut client = process.client().await;
    for path in ["/", "/health/liveness", "/health/readiness"] {
        assert_eq!(client.get(path).await.status(), 200);
    }
    let rest = rest(process).await;
    assert!(rest.len() == 1 && rest[0].contains("draining"), "{rest:#?}");
}

#[tokio::test]
async fn a_failed_request_has_one_line_with_its_request_trace_and_event() {
    let mut process = start("workshop", &[]).await;
    let mut client = process.client().await;
    client
        .send(
            "POST /fail?secret=1 HTTP/1.1\r\nhost: test\r\ncontent-length: 0\r\nx-request-id: r-1\r\n\
         traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\
         ce-specversion: 1.0\r\nce-id: e-1\r\nce-type: shop.order\r\nce-source: /shop\r\n\r\n",
        )
        .await;
    let reply = client.reply().await;
    assert_eq!((reply.status(), reply.header("x-request-id")), (500, Some("r-1")));
    let mut line = process.logs("request failed").await;
    line.as_object_mut().unwrap().remove("timestamp");
    let expected = json!({
        "severity": "ERROR", "message": "request failed", "target": "kn_func_runtime::invoker::report",
        "method": "POST", "path": "/fail", "status": 500, "error": "the function fails",
        "request_id": "r-1", "trace_id": "0af7651916cd43dd8448eb211c80319c", "span_id": "b7ad6b7169203331",
        "event_id": "e-1", "event_type": "shop.order",
    });
    assert_eq!(line, expected);
    assert_eq!(rest(process).await.len(), 1);
}

#[tokio::test]
async fn a_failed_request_without_an_id_gets_one_that_the_caller_sees() {
    let mut process = start("workshop", &[]).await;
    let reply = process.client().await.get("/fail").await;
    let line = process.logs("request failed").await;
    assert_eq!(reply.header("x-request-id"), line["request_id"].as_str());
    assert_eq!(line.get("event_id"), None);
}

#[tokio::test]
async fn log_level_and_rust_log_choose_the_lines() {
    let answered = "request answered";
    let mut process = start("workshop", &[("LOG_LEVEL", "debug")]).await;
    process.client().await.get("/").await;
    assert_eq!(process.logs(answered).await["severity"], "DEBUG");

    let vars = [("LOG_LEVEL", "error"), ("RUST_LOG", "info,kn_func_runtime::invoker=debug")];
    let mut process = start("workshop", &vars).await;
    process.client().await.get("/").await;
    assert_eq!(process.logs(answered).await["path"], "/");
}

#[tokio::test]
async fn log_format_text_is_for_people() {
    let mut process = start("workshop", &[("LOG_FORMAT", "text")]).await;
    process.client().await.get("/fail").await;
    let line = process.says("request failed").await;
    assert!(line.contains(" ERROR kn_func_runtime::invoker::report: request failed "), "{line}");
    assert!(line.contains("error=\"the function fails\""), "{line}");
    assert!(serde_json::from_str::<Value>(&line).is_err());
}

#[tokio::test]
async fn the_text_of_a_local_run_shows_each_request_with_its_status_and_time() {
    let mut process = start("workshop", &[("LOG_FORMAT", "text")]).await;
    let mut client = process.client().await;
    client.get("/?secret=1").await;
    let line = process.says("INFO  request: GET / 200 in ").await;
    assert!(line.contains(" ms ") && !line.contains("secret"), "{line}");
    client.get("/fail").await;
    process.says("request failed").await;
    process.says("GET /fail 500 in ").await;
}

#[tokio::test]
async fn a_request_that_the_drain_cuts_off_is_told_from_one_that_its_client_gives_up() {
    let mut process = start("workshop", &[("LOG_FORMAT", "text"), ("FUNC_DRAIN_TIMEOUT", "50ms")]).await;
    let mut gone = process.client().await;
    gone.send("GET /wait HTTP/1.1\r\nhost: test\r\n\r\n").await;
    process.says("waiting").await;
    drop(gone);
    process.says("GET /wait was given up by the client after ").await;
    let mut cut = process.client().await;
    cut.send("GET /wait HTTP/1.1\r\nhost: test\r\n\r\n").await;
    process.says("waiting").await;
    process.signal("TERM").await;
    process.says("GET /wait was cut off after ").await;
}

#[tokio::test]
async fn json_has_no_line_for_an_ordinary_request() {
    let process = start("workshop", &[("LOG_FORMAT", "json")]).await;
    process.client().await.get("/").await;
    assert_eq!(rest(process).await.len(), 1);
}
