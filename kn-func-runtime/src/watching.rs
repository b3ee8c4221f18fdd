//! What an observer sees, the whole way of a request.

use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use http::Method;
use tokio::time::timeout;

use crate::body::{Body, Request};
use crate::config::Config;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::function::Function;
use crate::input::FromRequest;
use crate::observer::{Observed, Observer, Outcome};
use crate::scope::EventKey;
use crate::testing::TestClient;

/// Writes down what it sees, a line each.
#[derive(Debug, Default)]
struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    fn write(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }
}

impl Observer for Diary {
    fn request(&self, request: &Request) -> Arc<dyn Observed> {
        self.write(format!("{} {}", request.method(), request.uri().path()));
        Arc::new(Self(self.0.clone()))
    }
}

impl Observed for Diary {
    fn begun(&self, event: Option<&EventKey>) {
        self.write(event.map_or("begun".to_owned(), |event| format!("begun {}", event.ty)));
    }

    fn panicked(&self) {
        self.write("panicked");
    }

    fn ended(&self, outcome: &Outcome<'_>) {
        let Outcome { status, fault, error, request_bytes, response_bytes, .. } = outcome;
        let status = status.map_or(0, |status| status.as_u16());
        let error = error.map_or(String::new(), |error| format!(": {error}"));
        let fault = fault.map_or(String::new(), |fault| format!(" {fault:?}"));
        self.write(format!("{status}{fault} {request_bytes}>{response_bytes}{error}"));
    }
}

fn watched(function: Function, config: Config) -> (TestClient, Diary) {
    let diary = Diary::default();
    let observers: Vec<Arc<dyn Observer>> = vec![Arc::new(Diary(diary.0.clone()))];
    (TestClient::with_config(function, Config { observers, ..config }), diary)
}

fn lines(diary: &Diary) -> Vec<String> {
    diary.0.lock().unwrap().clone()
}

#[tokio::test]
async fn a_request_is_seen_from_its_arrival_to_its_last_byte() {
    let (client, diary) = watched(Function::new(async |text: String| text), Config::default());
    client.post("/echo").body("12345").send().await;
    assert_eq!(lines(&diary), ["POST /echo", "begun", "200 5>5"]);
}

#[tokio::test]
async fn a_probe_is_no_request() {
    let (client, diary) = watched(Function::new(async |_: Context| ()), Config::default());
    client.get("/health/readiness").send().await;
    assert!(lines(&diary).is_empty());
}

#[tokio::test]
async fn an_event_is_known_when_the_function_begins() {
    let (client, diary) = watched(Function::new(async |_: Context| ()), Config::default());
    let event = r#"{"specversion":"1.0","id":"1","source":"/s","type":"order"}"#;
    client.post("/").header("content-type", "application/cloudevents+json").body(event).send().await;
    assert_eq!(lines(&diary)[1..], ["begun order", "202 59>0"]);
}

#[tokio::test]
async fn a_failure_says_why() {
    let function = Function::new(async |_: Context| -> Result<()> { Err(Error::internal("no disk")) });
    let (client, diary) = watched(function, Config::default());
    client.get("/").send().await;
    assert_eq!(lines(&diary)[2], "500 0>14: no disk");
}

#[tokio::test]
async fn panics_are_seen_wherever_they_are() {
    async fn main(ctx: Context) -> Body {
        match ctx.uri().path() {
            "/spawned" => {
                ctx.spawn(async { panic!("later") });
                Body::empty()
            }
            "/streamed" => Body::stream(|_| async { panic!("in mid-stream") }),
            _ => panic!("at once"),
        }
    }
    for (path, ended) in [("/", "500 Panicked 0>14"), ("/streamed", "200 Panicked 0>0")] {
        let (client, diary) = watched(Function::new(main), Config::default());
        client.get(path).send().await;
        assert_eq!(lines(&diary)[2], "panicked", "{path}");
        assert!(lines(&diary)[3].starts_with(ended), "{path}: {:?}", lines(&diary));
    }
    let (client, diary) = watched(Function::new(main), Config::default());
    client.get("/spawned").send().await;
    client.drain().await;
    assert_eq!(lines(&diary)[2..], ["200 0>0", "panicked"]);
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_told_from_one_that_ends() {
    async fn main(ctx: Context) -> Body {
        let fails = ctx.uri().path() == "/fails";
        Body::stream(async move |mut sender| {
            sender.send("half").await?;
            if fails { Err(Error::internal("no disk")) } else { Ok(()) }
        })
    }
    for (path, ended) in [("/fails", "200 Broken 0>0"), ("/ends", "200 0>4")] {
        let (client, diary) = watched(Function::new(main), Config::default());
        client.get(path).send().await;
        assert_eq!(lines(&diary)[2], ended);
    }
}

#[tokio::test(start_paused = true)]
async fn a_function_that_takes_too_long_is_seen() {
    let config = Config::default().request_timeout(Duration::from_secs(1));
    let (client, diary) = watched(Function::new(async |_: Context| pending::<()>().await), config);
    client.get("/").send().await;
    assert!(lines(&diary)[2].starts_with("504 TimedOut"), "{:?}", lines(&diary));
}

#[tokio::test]
async fn a_client_that_goes_away_is_seen() {
    let (client, diary) = watched(Function::new(async |_: Context| pending::<()>().await), Config::default());
    let mut sent = pin!(client.get("/").send());
    poll_fn(|cx| {
        assert!(sent.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
    assert_eq!(lines(&diary).len(), 2);
    let (client, diary) = watched(Function::new(async |_: Context| pending::<()>().await), Config::default());
    drop(timeout(Duration::ZERO, client.get("/").send()).await);
    assert_eq!(lines(&diary)[2], "0 ClientGone 0>0");
}

#[tokio::test]
async fn a_request_that_finds_no_place_is_shed() {
    let function = Function::new(async |_: Context| pending::<()>().await);
    let (client, diary) = watched(function, Config::default().concurrency(1));
    let mut first = pin!(client.get("/first").send());
    poll_fn(|cx| Poll::Ready(first.as_mut().poll(cx).is_pending())).await;
    assert_eq!(client.get("/second").send().await.status(), 503);
    assert!(lines(&diary)[3].starts_with("503 Shed"), "{:?}", lines(&diary));
}

#[tokio::test]
async fn an_answer_to_head_has_no_bytes() {
    let (client, diary) = watched(Function::new(async |_: Context| "hello"), Config::default());
    client.request(Method::HEAD, "/").send().await;
    assert_eq!(lines(&diary)[2], "200 0>0");
}

#[tokio::test]
async fn a_head_of_a_stream_is_sent_without_being_read() {
    let function = Function::new(async |_: Context| Body::stream(async |_| Ok(())));
    let (client, diary) = watched(function, Config::default());
    drop(client.request(Method::HEAD, "/").answer().await);
    assert_eq!(lines(&diary)[2], "200 0>0");
}

#[tokio::test]
async fn a_body_that_is_its_own_answer_counts_twice() {
    let (client, diary) = watched(Function::new(async |request: Request| request.into_body()), Config::default());
    client.post("/").body(Body::stream(async |mut sender| sender.send("12345").await)).send().await;
    assert_eq!(lines(&diary)[2], "200 5>5");
}

#[tokio::test]
async fn an_event_that_the_function_reads_itself_is_known_when_it_does() {
    let function = Function::new(async |request: Request| Context::from_request(request).await.map(drop));
    let (client, diary) = watched(function, Config::default());
    let event = r#"{"specversion":"1.0","id":"1","source":"/s","type":"order"}"#;
    client.post("/").header("content-type", "application/cloudevents+json").body(event).send().await;
    assert_eq!(lines(&diary)[1..3], ["begun", "begun order"]);
}
