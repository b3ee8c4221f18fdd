//! A program that is stopped finishes what it has begun.

use http::Method;
use http_body_util::Full;
use kn_func_e2e::{Signal, Stream};

use crate::host::{PROTOCOLS, Running, open, whole};

/// Stops a program in the middle of a stream, and lets the stream go on when the program drains.
async fn stopped_in_the_middle(running: Running, mut stream: Stream, release: impl AsyncFnOnce(&Running)) {
    assert_eq!(stream.chunk().await.expect("the stream has begun").as_deref(), Some(&b"first\n"[..]));
    running.server.signal(Signal::SIGTERM);
    running.drains().await;
    release(&running).await;
    let rest = whole(stream).await.unwrap_or_else(|broken| panic!("the stream broke off: {broken}"));
    assert_eq!(rest.said(), (200, "last\n"));
    let ended = running.server.ended().await;
    assert_eq!(ended.code, Some(0), "{:#?}", ended.log);
}

#[tokio::test]
async fn a_stream_over_http_is_whole_after_sigterm() {
    for protocol in PROTOCOLS {
        let running = Running::start("http-streaming", &[]).await;
        let stream = open(&running.speaking(protocol), Method::GET, "/held", &[], "").await;
        stopped_in_the_middle(running, stream, async |running| drop(running.get("/release").await)).await;
    }
}

#[tokio::test]
async fn a_stream_of_a_raw_handler_is_whole_after_sigterm() {
    for protocol in PROTOCOLS {
        let running = Running::start("streaming", &[]).await;
        let stream = open(&running.speaking(protocol), Method::POST, "/", &[], r#""hold""#).await;
        stopped_in_the_middle(running, stream, async |running| drop(running.post(r#""release""#).await)).await;
    }
}

#[tokio::test]
async fn a_stream_that_breaks_off_never_looks_whole() {
    for protocol in PROTOCOLS {
        for (program, path, body) in [("http-streaming", "/broken", ""), ("streaming", "/", r#""break""#)] {
            let mut running = Running::start(program, &[]).await;
            let client = running.speaking(protocol);
            let request = client.request(Method::POST, path).body(Full::new(body.into()));
            // It may break off before its head is sent.
            let end = client.try_send(request.expect("the path is one")).await;
            assert!(end.is_err(), "{program} over {protocol:?}: {end:?}");
            running.server.says("answer broke off").await;
        }
    }
}

#[tokio::test]
async fn the_shutdown_hook_runs_after_the_last_request() {
    let mut running = Running::start("graceful-shutdown", &[]).await;
    let client = running.client.clone();
    let held = tokio::spawn(async move { crate::host::post(&client, &[], r#"{"hold": true}"#).await });
    running.server.says("held").await;
    running.server.signal(Signal::SIGTERM);
    running.drains().await;
    assert_eq!(running.post(r#"{"release": true}"#).await.status, 200);
    assert_eq!(held.await.expect("the client does not panic").said(), (200, r#"{"hold":true}"#));
    let ended = running.server.ended().await;
    assert_eq!(ended.code, Some(0), "{:#?}", ended.log);
    let at = |what: &str| ended.log.iter().rposition(|line| line.contains(what));
    let (answered, flushed) = (at("answered"), at("flushed"));
    assert!(answered.is_some() && answered < flushed, "{:#?}", ended.log);
    assert_eq!(ended.log.iter().filter(|line| line.contains("flushed")).count(), 1, "{:#?}", ended.log);
}
