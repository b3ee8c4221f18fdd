//! What SIGTERM does to requests, connections and the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use kn_func_runtime::{Config, Context, Function};
use tokio::sync::oneshot;

use crate::support::process::{Process, start};
use crate::support::{Client, Served, http2, serve, workshop};

/// How long nothing comes before the server closes idle connections.
const QUIET: Duration = Duration::from_millis(500);

/// SIGTERM, and the proof that the drain has begun and does not end.
async fn terminate(process: &mut Process) {
    process.signal("TERM").await;
    process.says("draining").await;
    let unready = process.client().await.get("/health/readiness").await;
    assert_eq!((unready.status(), unready.text()), (503, "draining"));
    assert_eq!(process.client().await.get("/health/liveness").await.status(), 200);
}

async fn ends_well(mut process: Process) {
    process.says("stopping").await;
    let ended = process.ended().await;
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{:#?}", ended.log);
}

#[tokio::test]
async fn a_request_in_flight_is_answered_after_sigterm() {
    let mut process = start("workshop", &[]).await;
    let mut client = process.client().await;
    client.send("GET /wait HTTP/1.1\r\nhost: test\r\n\r\n").await;
    process.says("waiting").await;
    terminate(&mut process).await;
    process.client().await.get("/open").await;
    let reply = client.reply().await;
    assert_eq!((reply.status(), reply.text()), (200, "waited"));
    assert!(reply.says("connection: close"), "{reply:?}");
    ends_well(process).await;
}

#[tokio::test]
async fn a_stream_is_sent_to_its_end_after_sigterm() {
    let mut process = start("workshop", &[]).await;
    let mut client = process.client().await;
    client.send("GET /stream HTTP/1.1\r\nhost: test\r\n\r\n").await;
    process.says("waiting").await;
    terminate(&mut process).await;
    process.client().await.get("/open").await;
    assert_eq!(client.reply().await.text(), "one two");
    ends_well(process).await;
}

#[tokio::test]
async fn spawned_work_is_finished_after_sigterm() {
    let mut process = start("workshop", &[]).await;
    assert_eq!(process.client().await.get("/spawn").await.status(), 204);
    process.says("waiting").await;
    terminate(&mut process).await;
    process.client().await.get("/open").await;
    process.says("spawned work is done").await;
    ends_well(process).await;
}

#[tokio::test]
async fn sigint_is_the_same_as_sigterm() {
    let mut process = start("workshop", &[]).await;
    let mut client = process.client().await;
    client.send("GET /wait HTTP/1.1\r\nhost: test\r\n\r\n").await;
    process.says("waiting").await;
    process.signal("INT").await;
    process.says("draining").await;
    process.client().await.get("/open").await;
    assert_eq!(client.reply().await.text(), "waited");
    ends_well(process).await;
}

#[tokio::test]
async fn a_process_without_requests_ends_at_sigterm() {
    let process = start("workshop", &[]).await;
    process.signal("TERM").await;
    ends_well(process).await;
}

#[tokio::test]
async fn a_second_signal_ends_the_process_at_once() {
    for (second, code) in [("TERM", 143), ("INT", 130)] {
        let mut process = start("workshop", &[]).await;
        let mut client = process.client().await;
        client.send("GET /wait HTTP/1.1\r\nhost: test\r\n\r\n").await;
        process.says("waiting").await;
        terminate(&mut process).await;
        process.signal(second).await;
        let ended = process.ended().await;
        assert_eq!(ended.code, Some(code), "{:#?}", ended.log);
        assert!(!ended.log.iter().any(|line| line.contains("stopping")), "{:#?}", ended.log);
    }
}

/// The signals have a thread of their own.
#[tokio::test]
async fn signals_end_a_process_whose_only_worker_is_blocked() {
    let mut process = start("workshop", &[("FUNC_WORKERS", "1")]).await;
    let mut client = process.client().await;
    client.send("GET /block HTTP/1.1\r\nhost: test\r\n\r\n").await;
    process.says("blocking").await;
    // Two that come at once are one, so there is another until the process has ended.
    while process.is_running() {
        process.signal("TERM").await;
    }
    assert_eq!(process.ended().await.code, Some(143));
}

#[tokio::test]
async fn a_stop_that_never_ends_is_given_up_after_the_drain_timeout() {
    let mut process = start("hanging stop", &[("FUNC_DRAIN_TIMEOUT", "10ms")]).await;
    process.signal("TERM").await;
    let failed = process.logs("stop hook failed").await;
    assert_eq!(failed["error"], "500 internal error: it took longer than 10ms");
    assert_eq!(process.ended().await.code, Some(1));
}

#[tokio::test]
async fn a_server_that_its_caller_gives_up_closes_its_connections() {
    let server = serve(workshop::function(), Config::default()).await;
    let mut client = server.client().await;
    assert_eq!(client.get("/").await.text(), "hello");
    server.give_up();
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn the_drain_timeout_cuts_what_takes_longer() {
    let mut process = start("workshop", &[("FUNC_DRAIN_TIMEOUT", "10ms")]).await;
    let mut client = process.client().await;
    client.send("GET /wait HTTP/1.1\r\nhost: test\r\n\r\n").await;
    let second = http2::Client::connect(process.addr()).await;
    let second = tokio::spawn(async move { second.send(http2::get("/wait")).await.is_err() });
    process.says("waiting").await;
    process.says("waiting").await;
    process.client().await.get("/spawn/block").await;
    process.signal("TERM").await;
    let line = process.logs("drain took longer").await;
    assert_eq!((&line["severity"], &line["unfinished"]), (&"WARNING".into(), &3.into()));
    assert!(client.is_closed().await);
    assert!(second.await.unwrap(), "the stream of HTTP/2 was cut too");
    ends_well(process).await;
}

#[tokio::test]
async fn an_idle_connection_stays_open_in_the_drain_and_is_closed_by_its_next_answer() {
    let mut process = start("workshop", &[]).await;
    let mut busy = process.client().await;
    let mut idle = process.client().await;
    assert!(!idle.get("/").await.says("connection: close"));
    busy.send("GET /wait HTTP/1.1\r\nhost: test\r\n\r\n").await;
    process.says("waiting").await;
    terminate(&mut process).await;

    let reply = idle.post("/echo", "still here").await;
    assert_eq!((reply.status(), reply.text()), (200, "still here"));
    assert!(reply.says("connection: close"), "{reply:?}");
    assert!(idle.is_closed().await);

    process.client().await.get("/open").await;
    assert_eq!(busy.reply().await.text(), "waited");
    ends_well(process).await;
}

#[tokio::test]
async fn http2_gets_goaway_and_its_streams_are_finished() {
    let mut process = start("workshop", &[]).await;
    let client = http2::Client::connect(process.addr()).await;
    let waiting = client.start(http2::get("/wait"));
    let streaming = client.send(http2::get("/stream")).await.unwrap();
    process.says("waiting").await;
    process.says("waiting").await;
    terminate(&mut process).await;
    client.send_until_refused(http2::get("/")).await;
    process.client().await.get("/open").await;
    process.client().await.get("/open").await;
    assert_eq!(http2::text(waiting.await.unwrap().unwrap()).await.unwrap(), "waited");
    assert_eq!(http2::text(streaming).await.unwrap(), "one two");
    client.ended().await.unwrap();
    ends_well(process).await;
}

/// A connection that was open and silent, and one that came late.
#[tokio::test]
async fn http2_connections_without_a_request_before_the_drain_get_goaway_with_their_first() {
    let server = serve(workshop::function(), Config::default()).await;
    let silent = http2::Client::connect(server.addr).await;
    let busy = server.waiting().await;
    let draining = server.drain().await;
    let late = http2::Client::connect(draining.addr).await;
    for client in [silent, late] {
        assert_eq!(client.get("/").await, (200, "hello".to_owned()));
        client.ended().await.unwrap();
    }
    draining.client().await.get("/open").await;
    assert_eq!(busy.await.unwrap().text(), "waited");
    draining.ended().await.unwrap();
}

#[tokio::test]
async fn a_client_that_keeps_posting_at_sigterm_loses_nothing() {
    let process = start("workshop", &[]).await;
    let addr = process.addr();
    let (warm, warmed_up) = oneshot::channel();
    let posts = tokio::spawn(async move {
        let mut warm = Some(warm);
        let mut client = Client::connect(addr).await;
        for post in 0..500 {
            let body = post.to_string();
            let reply = client.post("/echo", &body).await;
            assert_eq!((reply.status(), reply.text()), (200, body.as_str()));
            if post == 50 {
                warm.take().unwrap().send(()).unwrap();
            }
            if reply.says("connection: close") {
                let answered = Instant::now();
                client = match Client::try_connect(addr).await {
                    Ok(client) => client,
                    // On a machine so busy that nothing came for so long the server may be gone, and nothing is lost.
                    Err(_) if answered.elapsed() > QUIET => break,
                    Err(error) => panic!("no connection to come back with: {error}"),
                };
            }
        }
    });
    warmed_up.await.unwrap();
    process.signal("TERM").await;
    posts.await.unwrap();
    ends_well(process).await;
}

/// What GOAWAY refuses was not begun, so the client can send it again.
#[tokio::test]
async fn a_client_that_keeps_posting_over_http2_at_sigterm_loses_nothing() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = calls.clone();
    let function = Function::new(move |_: Context| {
        let call = counter.fetch_add(1, Ordering::Relaxed);
        async move { call.to_string() }
    });
    let server = serve(function, Config::default()).await;
    let addr = server.addr;
    let mut client = http2::Client::connect(addr).await;
    let mut server = Some(server);
    let mut draining = None;
    for post in 0..200 {
        if post == 100 {
            draining = server.take().map(Served::stop);
        }
        let answer = match client.send(http2::get("/")).await {
            Ok(answer) => answer,
            Err(_) => {
                client = http2::Client::connect(addr).await;
                client.send(http2::get("/")).await.unwrap()
            }
        };
        assert_eq!(http2::text(answer).await.unwrap(), post.to_string());
    }
    drop(client);
    draining.unwrap().ended().await.unwrap();
    assert_eq!(calls.load(Ordering::Relaxed), 200);
}

/// The clock stands still, so the server has not had its time of quiet.
#[tokio::test]
async fn a_client_whose_connection_was_closed_by_the_drain_can_come_back() {
    let server = serve(workshop::function(), Config::default()).await;
    let waiting = server.waiting().await;
    let draining = server.drain().await;
    tokio::time::pause();
    draining.client().await.get("/open").await;
    assert!(waiting.await.unwrap().says("connection: close"));
    assert_eq!(draining.client().await.post("/echo", "back").await.text(), "back");
    tokio::time::resume();
    draining.ended().await.unwrap();
}

#[tokio::test]
async fn clients_that_never_finish_the_head_of_a_request_do_not_hold_the_drain() {
    let server = serve(workshop::function(), Config::default()).await;
    let _silent = server.client().await;
    let mut first = server.client().await;
    first.send("GET / HT").await;
    let mut second = server.client().await;
    second.get("/").await;
    second.send("GET / HT").await;
    server.stop().ended().await.unwrap();
    assert!(first.is_closed().await);
    assert!(second.is_closed().await);
}
