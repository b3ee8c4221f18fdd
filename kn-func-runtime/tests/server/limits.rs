//! Too large, too slow, too many, or gone: the server answers the others.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::Request;
use http_body_util::Full;
use kn_func_runtime::{Body, Config, Context, Function};
use tokio::sync::{Semaphore, mpsc};

use crate::support::process::{Process, start, start_with_files};
use crate::support::{Served, http2, serve, soon, workshop};

/// A server with a body limit of 8 bytes, and how often its function was called.
async fn of_8_bytes() -> (Served, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = calls.clone();
    let function = Function::new(move |_: Context| {
        counter.fetch_add(1, Ordering::Relaxed);
        async { "called" }
    });
    (serve(function, Config::default().body_limit(8)).await, calls)
}

#[tokio::test]
async fn a_body_whose_length_is_over_the_limit_is_a_413_before_it_is_sent() {
    let (server, calls) = of_8_bytes().await;
    let mut client = server.client().await;
    client.send("POST / HTTP/1.1\r\nhost: test\r\nexpect: 100-continue\r\ncontent-length: 9\r\n\r\n").await;
    let reply = client.reply().await;
    assert_eq!((reply.status(), reply.text()), (413, "body is larger than 8 bytes"));
    assert!(reply.says("connection: close"), "{reply:?}");
    assert!(client.is_closed().await);

    let client = http2::Client::connect(server.addr).await;
    let post = Request::post("http://test/").body(Full::from("123456789")).unwrap();
    assert_eq!(client.send(post).await.unwrap().status(), 413);
    assert_eq!(client.get("/").await.0, 200, "the connection goes on");
    assert_eq!(server.client().await.post("/", "12345678").await.text(), "called");
    assert_eq!(calls.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_chunked_body_over_the_limit_is_a_413_and_the_function_is_not_called() {
    let (server, calls) = of_8_bytes().await;
    let mut client = server.client().await;
    client.send("POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n").await;
    client.send("8\r\n12345678\r\n1\r\n9\r\n").await;
    let reply = client.reply().await;
    assert_eq!((reply.status(), reply.text()), (413, "body is larger than 8 bytes"));
    assert!(reply.says("connection: close"), "{reply:?}");
    assert_eq!(calls.load(Ordering::Relaxed), 0);
}

/// Many clients look at the answer only when they have sent everything.
#[tokio::test]
async fn a_client_that_sends_all_of_a_body_over_the_limit_can_read_the_413() {
    let (server, _) = of_8_bytes().await;
    let body = "x".repeat(4 << 20);
    for _ in 0..10 {
        assert_eq!(server.client().await.post("/", &body).await.status(), 413);
    }
    let chunk = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    for _ in 0..10 {
        let mut client = server.client().await;
        client.send("POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n").await;
        client.send(&chunk).await;
        assert_eq!(client.reply().await.status(), 413);
    }
    let client = http2::Client::connect(server.addr).await;
    for _ in 0..10 {
        let post = Request::post("http://test/").body(Full::from(body.clone())).unwrap();
        assert_eq!(client.send(post).await.unwrap().status(), 413);
    }
    let post = Request::post("http://test/").body(Full::from("small")).unwrap();
    assert_eq!(client.send(post).await.unwrap().status(), 200, "what was not read takes no room");
}

#[tokio::test]
async fn a_client_that_never_ends_a_refused_body_does_not_hold_the_drain() {
    let (server, _) = of_8_bytes().await;
    let mut client = server.client().await;
    client.send("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 9\r\n\r\n").await;
    assert_eq!(client.reply().await.status(), 413);
    assert!(client.is_closed().await);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(5)).await;
    tokio::time::resume();
    server.stop().ended().await.unwrap();
}

#[tokio::test]
async fn headers_over_the_limit_are_a_431() {
    let server = serve(workshop::function(), Config::default()).await;
    let mut fits = server.client().await;
    let header = |length| format!("GET / HTTP/1.1\r\nhost: test\r\nx-long: {}\r\n\r\n", "x".repeat(length));
    fits.send(header(60_000)).await;
    assert_eq!(fits.reply().await.status(), 200);
    let mut too_long = server.client().await;
    too_long.send(header(70_000)).await;
    assert_eq!(too_long.reply().await.status(), 431);

    let client = http2::Client::connect(server.addr).await;
    let get = |length| Request::get("http://test/").header("x-long", "x".repeat(length)).body(Full::default()).unwrap();
    assert_eq!(client.send(get(60_000)).await.unwrap().status(), 200);
    assert!(client.send(get(70_000)).await.map_or(true, |response| response.status() == 431));
    assert_eq!(server.client().await.get("/").await.status(), 200);
}

/// However slow a client is, the others do not wait for it; here it is as slow as they are many.
#[tokio::test]
async fn a_client_that_sends_byte_after_byte_holds_nobody_up() {
    let server = serve(workshop::function(), Config::default()).await;
    let mut slow = server.client().await;
    let mut quick = server.client().await;
    for byte in b"POST /echo HTTP/1.1\r\nhost: test\r\ncontent-length: 5\r\n\r\nhello" {
        slow.send([*byte]).await;
        assert_eq!(quick.get("/").await.status(), 200);
    }
    assert_eq!(slow.reply().await.text(), "hello");
}

/// Tells when it is dropped.
struct Alarm(mpsc::UnboundedSender<&'static str>);

impl Drop for Alarm {
    fn drop(&mut self) {
        let _ = self.0.send("dropped");
    }
}

/// A function that works for ever, and what is heard of it.
fn endless() -> (Function, mpsc::UnboundedReceiver<&'static str>) {
    let (sender, news) = mpsc::unbounded_channel();
    let function = Function::new(move |_: Context| {
        let alarm = Alarm(sender.clone());
        async move {
            alarm.0.send("at work").unwrap();
            std::future::pending::<()>().await;
            drop(alarm);
        }
    });
    (function, news)
}

#[tokio::test]
async fn the_function_is_dropped_when_its_client_goes_away() {
    let (function, mut news) = endless();
    let server = serve(function, Config::default()).await;
    let mut client = server.client().await;
    client.send("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 2\r\n\r\nhi").await;
    assert_eq!(soon("the function", news.recv()).await, Some("at work"));
    drop(client);
    assert_eq!(soon("the drop", news.recv()).await, Some("dropped"));

    let client = http2::Client::connect(server.addr).await;
    let answer = client.start(http2::get("/"));
    assert_eq!(soon("the function", news.recv()).await, Some("at work"));
    answer.abort();
    assert_eq!(soon("the drop", news.recv()).await, Some("dropped"));
}

#[tokio::test]
async fn a_stream_is_dropped_when_its_client_goes_away() {
    let (sender, mut news) = mpsc::unbounded_channel();
    let function = Function::new(move |_: Context| {
        let alarm = Alarm(sender.clone());
        async move {
            Body::stream(|mut client| async move {
                let alarm = alarm;
                client.send("one").await?;
                alarm.0.send("at work").unwrap();
                std::future::pending().await
            })
        }
    });
    let server = serve(function, Config::default()).await;
    let mut client = server.client().await;
    client.send("GET / HTTP/1.1\r\nhost: test\r\n\r\n").await;
    assert_eq!(soon("the stream", news.recv()).await, Some("at work"));
    drop(client);
    assert_eq!(soon("the drop", news.recv()).await, Some("dropped"));
}

#[tokio::test]
async fn a_function_that_takes_too_long_is_dropped_and_its_client_gets_a_504() {
    let (function, mut news) = endless();
    let server = serve(function, Config::default().request_timeout(Duration::from_millis(1))).await;
    let mut client = server.client().await;
    let reply = client.get("/").await;
    assert_eq!((reply.status(), reply.text()), (504, "function took longer than 1ms"));
    assert_eq!(news.recv().await, Some("at work"));
    assert_eq!(news.recv().await, Some("dropped"));
    assert_eq!(client.get("/health/liveness").await.status(), 200, "the connection goes on");
}

#[tokio::test]
async fn requests_over_the_concurrency_are_a_503_and_readiness_says_so() {
    let server = serve(workshop::function(), Config::default().concurrency(1)).await;
    let mut working = server.client().await;
    working.send("GET /stream HTTP/1.1\r\nhost: test\r\n\r\n").await;
    working.head().await.unwrap();
    assert_eq!(working.chunk().await.unwrap().unwrap(), b"one ", "the head of the answer is out");

    let mut client = server.client().await;
    let reply = client.get("/").await;
    assert_eq!((reply.status(), reply.text()), (503, "too many requests at once: at most 1"));
    assert_eq!(reply.header("retry-after"), Some("1"));
    let unready = client.get("/health/readiness").await;
    assert_eq!((unready.status(), unready.text()), (503, "at its limit of 1 requests at once"));
    assert_eq!(client.get("/health/liveness").await.status(), 200);
    let refused = server.client().await.post("/echo", "nobody reads this").await;
    assert!(refused.status() == 503 && refused.says("connection: close"), "{refused:?}");

    // The place is free again as soon as the stream is over.
    drop(working);
    while client.get("/health/readiness").await.status() != 200 {}
    assert_eq!(client.post("/echo", "hi").await.text(), "hi");
}

#[tokio::test]
async fn a_place_is_free_when_a_stream_ends() {
    let gate = Arc::new(Semaphore::new(0));
    let inner = gate.clone();
    let function = Function::new(move |_: Context| {
        let gate = inner.clone();
        async move {
            Body::stream(|mut client| async move {
                client.send("one").await?;
                gate.acquire().await?.forget();
                Ok(())
            })
        }
    });
    let server = serve(function, Config::default().concurrency(1)).await;
    let mut first = server.client().await;
    first.send("GET / HTTP/1.1\r\nhost: test\r\n\r\n").await;
    first.head().await.unwrap();
    assert_eq!(server.client().await.get("/").await.status(), 503);
    gate.add_permits(1);
    assert_eq!(first.chunk().await.unwrap().unwrap(), b"one");
    assert_eq!(first.chunk().await.unwrap(), None);
    gate.add_permits(1);
    assert_eq!(server.client().await.get("/").await.status(), 200);
}

/// The connections have two ends in this process, so it can hold half as many as it may open files.
#[tokio::test]
async fn many_connections_are_open_at_once_and_all_are_answered() {
    let process = start("workshop", &[]).await;
    let most = 1000.min(open_files() - 100);
    let mut clients = Vec::new();
    for _ in 0..most {
        clients.push(process.client().await);
    }
    assert_eq!(process.client().await.get("/").await.text(), "hello", "one more");
    for client in &mut clients {
        assert_eq!(client.get("/").await.text(), "hello");
    }
    // And again, as all of them are still open.
    for client in &mut clients {
        assert_eq!(client.post("/echo", "still here").await.text(), "still here");
    }
}

/// How many files this process may have open.
fn open_files() -> usize {
    let limits = fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap_or(usize::MAX)
}

#[tokio::test]
async fn too_many_open_files_are_logged_once_and_survived() {
    let mut process = start_with_files("workshop", 32).await;
    let mut clients = Vec::new();
    for _ in 0..64 {
        clients.push(process.client().await);
    }
    let line = process.logs("cannot accept connections").await;
    assert_eq!(line["severity"], "ERROR");
    assert!(line["error"].as_str().unwrap().contains("Too many open files"), "{line}");
    assert_eq!(clients[0].get("/").await.text(), "hello", "those who are in are answered");

    // Time for ten attempts with the pause between them; without the pause they take all of it.
    let before = processor_time(&process);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let spent = processor_time(&process) - before;
    assert!(spent < 20, "{spent} ticks of about 100");

    drop(clients);
    assert_eq!(process.client().await.get("/").await.text(), "hello");
    process.signal("TERM").await;
    let ended = process.ended().await;
    assert_eq!(ended.code, Some(0));
    let again = ended.log.iter().filter(|line| line.contains("cannot accept")).count();
    assert_eq!(again, 0, "{:#?}", ended.log);
}

/// What a process has used of the processor, in hundredths of a second.
fn processor_time(process: &Process) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", process.id())).unwrap();
    // The fields after the name: the 12th and 13th are the time of the process and that of the kernel for it.
    let (_, fields) = stat.rsplit_once(')').unwrap();
    fields.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum()
}

/// A place is taken when the request is there, not while it comes.
#[tokio::test]
async fn a_client_that_sends_its_body_slowly_takes_no_place() {
    let server = serve(workshop::function(), Config::default().concurrency(1)).await;
    let mut slow = server.client().await;
    slow.send("POST /echo HTTP/1.1\r\nhost: test\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n1").await;
    assert_eq!(slow.head().await.unwrap(), "http/1.1 100 continue\r\n\r\n");
    assert_eq!(server.client().await.get("/").await.text(), "hello");
    slow.send("2").await;
    assert_eq!(slow.reply().await.text(), "12");
}

#[tokio::test]
async fn spawned_work_keeps_no_place() {
    let server = serve(workshop::function(), Config::default().concurrency(1)).await;
    let mut client = server.client().await;
    assert_eq!(client.get("/spawn").await.status(), 204);
    assert_eq!(client.get("/").await.text(), "hello");
}

#[tokio::test]
async fn a_request_that_does_not_arrive_in_time_is_a_408() {
    let server = serve(workshop::function(), Config::default().request_timeout(Duration::from_millis(10))).await;
    let mut client = server.client().await;
    client.send("POST /echo HTTP/1.1\r\nhost: test\r\ncontent-length: 2\r\n\r\n1").await;
    let reply = client.reply().await;
    assert_eq!((reply.status(), reply.text()), (408, "request did not arrive within 10ms"));
}
