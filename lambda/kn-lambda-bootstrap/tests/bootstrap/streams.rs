//! Responses that come piece by piece.

use std::fs;

use kn_func_e2e::{Broken, Client, Protocol, Stream};
use serde_json::{Value, json};

use crate::runner::Runner;

const HTTP: &str = "application/vnd.awslambda.http-integration-response";

async fn open(client: &Client, event: &Value) -> Stream {
    let request = client.request(http::Method::POST, "/").body(event.to_string().into()).unwrap();
    client.open(request).await.expect("there is an answer")
}

async fn rest(mut stream: Stream) -> Result<String, Broken> {
    let mut text = String::new();
    while let Some(piece) = stream.chunk().await? {
        text += &String::from_utf8_lossy(&piece);
    }
    Ok(text)
}

#[tokio::test]
async fn a_stream_comes_live_however_its_head_is_cut() {
    let folder = kn_func_e2e::scratch();
    let runner = Runner::start(&[]).await;
    let whole = "{\"statusCode\":203,\"headers\":{\"x-shop\":\"7\"},\"cookies\":[\"a=1\"]}\0\0\0\0\0\0\0\0";
    let end = whole.len();
    for (number, cut) in [0, 10, end - 8, end - 5, end - 1, end].into_iter().enumerate() {
        for protocol in [Protocol::Http1, Protocol::H2c] {
            let gate = folder.path().join(format!("{number}-{protocol:?}"));
            let client = Client::speaking(protocol, runner.address());
            // The gate is after the second piece here, and the body begins in it.
            let pieces = json!([&whole[..cut], format!("{}one,", &whole[cut..]), "two"]);
            let event = json!({ "do": "stream", "type": HTTP, "pieces": pieces, "then": gate, "gate": 2 });
            let mut stream = open(&client, &event).await;
            assert_eq!((stream.status().as_u16(), &stream.headers()["x-shop"]), (203, &"7".parse().unwrap()));
            assert_eq!(stream.headers()["set-cookie"], "a=1");
            assert_eq!(stream.chunk().await.unwrap().unwrap(), "one,");
            fs::write(&gate, "").unwrap();
            assert_eq!(rest(stream).await.unwrap(), "two");
        }
    }
}

#[tokio::test]
async fn bytes_without_a_head_are_passed_on_as_they_are() {
    let runner = Runner::start(&[]).await;
    for (media_type, expected) in [("", "application/octet-stream"), ("text/csv", "text/csv")] {
        let event = json!({ "do": "stream", "type": media_type, "pieces": ["a,", "b"] });
        let stream = open(&runner.client, &event).await;
        assert_eq!((stream.status().as_u16(), &stream.headers()["content-type"]), (200, &expected.parse().unwrap()));
        assert_eq!(rest(stream).await.unwrap(), "a,b");
    }
}

#[tokio::test]
async fn a_head_that_is_none_is_a_502() {
    let runner = Runner::start(&[]).await;
    let process = runner.ask(&json!({})).await.json()["process"].clone();
    let endless = "x".repeat(300_000);
    for pieces in [
        json!(["no JSON\0\0\0\0\0\0\0\0", "body"]),
        json!(["{\"statusCode\":99}\0\0\0\0\0\0\0\0"]),
        json!(["{\"statusCode\":200,\"headers\":{\"a b\":\"c\"}}\0\0\0\0\0\0\0\0"]),
        json!(["{\"statusCode\":200}"]),
        json!([]),
        json!([endless, endless]),
    ] {
        let answer = runner.ask(&json!({ "do": "stream", "type": HTTP, "pieces": pieces })).await;
        assert_eq!(
            (answer.status(), &answer.json()["errorType"]),
            (502, &json!("Runtime.InvalidResponse")),
            "{pieces:.100}"
        );
    }
    // None of it was the process's end.
    assert_eq!(runner.ask(&json!({})).await.json()["process"], process);
}

#[tokio::test]
async fn a_stream_that_fails_never_ends_cleanly() {
    let folder = kn_func_e2e::scratch();
    let mut runner = Runner::start(&[]).await;
    let head = "{\"statusCode\":200}\0\0\0\0\0\0\0\0";
    let in_trailers = "Lambda-Runtime-Function-Error-Type: Runtime.StreamError\r\n\
                       Lambda-Runtime-Function-Error-Body: b3V0IG9mIGx1Y2s=\r\n";
    let events = [
        json!({ "pieces": [head, "half", "more"], "trailers": in_trailers }),
        json!({ "pieces": [head, "half", in_trailers], "announces": true }),
    ];
    for protocol in [Protocol::Http1, Protocol::H2c] {
        let client = Client::speaking(protocol, runner.address());
        for (number, event) in events.iter().enumerate() {
            let gate = folder.path().join(format!("{number}-{protocol:?}"));
            let mut event = event.clone();
            event["do"] = "stream".into();
            event["type"] = HTTP.into();
            event["gate"] = 2.into();
            event["then"] = gate.to_str().into();
            let mut stream = open(&client, &event).await;
            assert_eq!(stream.status(), 200);
            assert_eq!(stream.chunk().await.unwrap().unwrap(), "half");
            fs::write(&gate, "").unwrap();
            rest(stream).await.expect_err("it did not end");
            let line = runner.server.says("function's stream failed").await;
            assert!(line.contains("Runtime.StreamError: out of luck"), "{line}");
        }
    }
}

#[tokio::test]
async fn what_is_announced_by_nobody_is_data() {
    let runner = Runner::start(&[]).await;
    let looks_like_it = "Lambda-Runtime-Function-Error-Type: a\r\nLambda-Runtime-Function-Error-Body: b\r\n";
    let stream = open(&runner.client, &json!({ "do": "stream", "pieces": [looks_like_it] })).await;
    assert_eq!(rest(stream).await.unwrap(), looks_like_it);
}

#[tokio::test]
async fn a_process_that_ends_in_a_stream_breaks_it_off() {
    let folder = kn_func_e2e::scratch();
    let gate = folder.path().join("gate");
    let runner = Runner::start(&[]).await;
    let event = json!({ "do": "stream", "pieces": ["half", "more"], "then": gate, "end": "crash" });
    let mut stream = open(&runner.client, &event).await;
    assert_eq!(stream.chunk().await.unwrap().unwrap(), "half");
    fs::write(&gate, "").unwrap();
    rest(stream).await.expect_err("it did not end");
    assert_eq!(runner.ask(&json!({})).await.status(), 200);
}

#[tokio::test]
async fn a_stream_that_hangs_is_broken_off_at_the_deadline() {
    let mut runner = Runner::start(&[("FUNC_REQUEST_TIMEOUT", "3s")]).await;
    let mut stream = open(&runner.client, &json!({ "do": "stream", "pieces": ["half"], "end": "hang" })).await;
    assert_eq!(stream.chunk().await.unwrap().unwrap(), "half");
    rest(stream).await.expect_err("it did not end");
    runner.server.says("did not answer a request before its deadline and was killed").await;
    runner.serves().await;
}

#[tokio::test]
async fn a_client_that_leaves_a_stream_does_not_end_the_process() {
    let folder = kn_func_e2e::scratch();
    let gate = folder.path().join("gate");
    let mut runner = Runner::start(&[]).await;
    let process = runner.ask(&json!({})).await.json()["process"].clone();
    let event = json!({ "do": "stream", "pieces": ["one", "two", "three"], "mebibytes": 4, "then": gate });
    let mut stream = open(&runner.client, &event).await;
    assert_eq!(stream.chunk().await.unwrap().unwrap(), "one");
    drop(stream);
    fs::write(&gate, "").unwrap();
    runner.server.says("stream was told: 202").await;
    assert_eq!(runner.ask(&json!({})).await.json()["process"], process);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_large_stream_does_not_stay_in_memory() {
    let runner = Runner::start(&[]).await;
    let mebibytes = 192;
    let mut stream = open(&runner.client, &json!({ "do": "stream", "mebibytes": mebibytes })).await;
    let mut length = 0;
    while let Some(piece) = stream.chunk().await.unwrap() {
        length += piece.len();
    }
    assert_eq!(length, mebibytes * 1024 * 1024);
    let status = fs::read_to_string(format!("/proc/{}/status", runner.server.id())).unwrap();
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let most: u64 = most.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(most < 64 * 1024, "{most} KiB");
}
