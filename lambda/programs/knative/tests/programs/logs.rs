//! The log of a program that sets up AWS's is ours.

use serde_json::Value;

use crate::host::Running;

/// The lines of a log that have this message.
fn lines(log: &[String], message: &str) -> Vec<Value> {
    let all = log.iter().map(|line| {
        serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("`{line}` is no line of ours: {error}"))
    });
    all.filter(|line| line["message"] == message).collect()
}

#[tokio::test]
async fn a_line_of_a_handler_is_json_and_has_the_id_of_its_request() {
    let http = Running::start("http-basic", &[]).await;
    http.get_with("/?name=Ada", &[("x-request-id", "id-8")]).await;
    let log = http.server.stop().await.log;
    let greetings = lines(&log, "greeting");
    assert_eq!(greetings.len(), 1, "{log:#?}");
    assert_eq!(greetings[0]["request_id"], "id-8", "{log:#?}");
    assert_eq!((&greetings[0]["who"], &greetings[0]["severity"]), (&"Ada".into(), &"INFO".into()), "{log:#?}");

    let raw = Running::start("echo", &[]).await;
    raw.post_with(&[("x-request-id", "id-9")], "7").await;
    let log = raw.server.stop().await.log;
    assert_eq!(lines(&log, "echo").iter().map(|line| &line["request_id"]).collect::<Vec<_>>(), ["id-9"], "{log:#?}");
}

#[tokio::test]
async fn lines_of_layers_and_of_the_tracing_crate_are_there_too() {
    let running = Running::start("layers", &[]).await;
    running.post_with(&[("x-request-id", "id-10")], "[1]").await;
    let log = running.server.stop().await.log;
    for message in ["invoked", "inside"] {
        let lines = lines(&log, message);
        assert_eq!(lines.iter().map(|line| &line["request_id"]).collect::<Vec<_>>(), ["id-10"], "{message}: {log:#?}");
    }
    let invoked = &lines(&log, "invoked")[0];
    assert_eq!((&invoked["bytes"], &invoked["headers"]), (&3.into(), &true.into()), "{invoked}");

    let running = Running::start("http-tower", &[]).await;
    running.get_with("/", &[("x-request-id", "id-11")]).await;
    let log = running.server.stop().await.log;
    for message in ["started processing request", "finished processing request"] {
        let lines = lines(&log, message);
        assert_eq!(lines.iter().map(|line| &line["request_id"]).collect::<Vec<_>>(), ["id-11"], "{message}: {log:#?}");
    }
}

#[tokio::test]
async fn an_ordinary_request_logs_nothing() {
    let running = Running::start("http-concurrent", &[]).await;
    running.get_with("/", &[("x-request-id", "quiet-one")]).await;
    let log = running.server.stop().await.log;
    assert!(!log.iter().any(|line| line.contains("quiet-one")), "{log:#?}");
    assert_eq!(lines(&log, "listening").len(), 1, "{log:#?}");
}

#[tokio::test]
async fn log_level_silences_a_handler() {
    let running = Running::start("echo", &[("RUST_LOG", "warn,kn_func_runtime=info")]).await;
    running.post("7").await;
    let log = running.server.stop().await.log;
    assert!(lines(&log, "echo").is_empty(), "{log:#?}");
    assert_eq!(lines(&log, "listening").len(), 1, "{log:#?}");
}
