//! The whole way of a request, without a socket.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::{Method, StatusCode};
use kn_func_runtime::event::Profile;
use kn_func_runtime::{
    AttributesReader, Body, Bytes, Config, Context, Error, Event, EventBuilder, EventBuilderV10, Function,
    IntoResponse, Json, Lifecycle, Reply, Request, Response, Result, Sse, TestClient, TestRequest, async_trait,
};
use serde_json::{Value, json};
use tokio::sync::Notify;

fn event() -> Event {
    let event = EventBuilderV10::new().id("7").source("/shop").ty("order");
    event.data("application/json", json!({ "item": "tea" })).build().unwrap()
}

fn echo() -> TestClient {
    TestClient::new(Function::new(async |body: Bytes| body))
}

fn batch(client: &TestClient) -> TestRequest {
    let batch = r#"[{"specversion":"1.0","id":"1","source":"/s","type":"t"},{"specversion":"1.0","id":"2","source":"/s","type":"t"}]"#;
    client.post("/").header("content-type", "application/cloudevents-batch+json").body(batch)
}

// Inputs.

#[tokio::test]
async fn a_narrow_input_is_the_data_of_an_event_in_any_mode() {
    let structured = r#"{"specversion":"1.0","id":"1","source":"/s","type":"t","data":{"item":"tea"}}"#;
    let client = TestClient::new(Function::new(async |Json(order): Json<Value>| order["item"].to_string()));
    let reply = client.post("/").header("content-type", "application/cloudevents+json").body(structured).send().await;
    assert_eq!(reply.text(), r#""tea""#);
    assert_eq!(client.event(event()).send().await.text(), r#""tea""#);
    assert_eq!(client.post("/").json(&json!({ "item": "tea" })).send().await.text(), r#""tea""#);
    assert_eq!(echo().event(event()).send().await.text(), r#"{"item":"tea"}"#);
}

#[tokio::test]
async fn json_that_does_not_fit_is_a_400_with_the_place() {
    let client = TestClient::new(Function::new(async |Json(_): Json<Vec<u8>>| ()));
    let reply = client.post("/").body("[1, true]").send().await;
    let words = "body is not the expected JSON: invalid type: boolean `true`, expected u8 at line 1 column 8";
    assert_eq!((reply.status().as_u16(), reply.text()), (400, words));
    assert_eq!(reply.header("content-type"), "text/plain; charset=utf-8");
}

#[tokio::test]
async fn a_body_that_is_no_text_is_a_400_for_who_wants_text() {
    let client = TestClient::new(Function::new(async |text: String| text));
    assert_eq!(client.post("/").body(vec![0xff]).send().await.text(), "body is no UTF-8 text");
}

#[tokio::test]
async fn a_request_that_is_no_event_is_a_400_for_who_wants_one() {
    let client = TestClient::new(Function::new(async |event: Event| event));
    let reply = client.post("/no/such/path").json(&json!({})).send().await;
    assert_eq!(reply.status(), 400);
    assert!(reply.text().starts_with("expected a CloudEvent"), "{}", reply.text());
}

#[tokio::test]
async fn a_batch_is_taken_by_who_wants_events_and_refused_with_415_by_others() {
    let many = TestClient::new(Function::new(async |events: Vec<Event>| events.len().to_string()));
    assert_eq!(batch(&many).send().await.text(), "2");
    assert_eq!(many.event(event()).send().await.text(), "1");
    assert_eq!(many.post("/").body("x").send().await.status(), 400);
    let one = TestClient::new(Function::new(async |event: Event| event));
    let reply = batch(&one).send().await;
    assert_eq!((reply.status().as_u16(), reply.text()), (415, "function takes one event at a time; got a batch"));
}

#[tokio::test]
async fn strict_events_are_for_who_asks_for_them() {
    let client =
        |profile| TestClient::with_config(Function::new(async |_: Event| ()), Config::default().profile(profile));
    let send = async |client: TestClient| {
        let request = client.post("/").header("ce-specversion", "1.0").header("ce-id", "1").header("ce-source", "/s");
        request.header("ce-type", "t").header("ce-subject", "100%").send().await.status()
    };
    assert_eq!(send(client(Profile::Lenient)).await, 202);
    assert_eq!(send(client(Profile::Strict)).await, 400);
}

// Answers to events.

#[tokio::test]
async fn a_plain_answer_to_an_event_is_the_data_of_a_reply_event() {
    let config = Config::default().name("shop-7");
    let client = TestClient::with_config(Function::new(async |_: Event| Json(json!({ "ok": true }))), config);
    let reply = client.event(event()).send().await;
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.header("ce-type"), "function.response");
    assert_eq!(reply.header("ce-source"), "shop-7");
    assert_eq!(reply.header("content-type"), "application/json");
    assert_ne!(reply.header("ce-id"), "7");
    assert_eq!(reply.text(), r#"{"ok":true}"#);
    assert_eq!(reply.event().ty(), "function.response");
}

#[tokio::test]
async fn no_answer_to_an_event_is_an_empty_202_and_to_plain_http_a_204() {
    let client = TestClient::new(Function::new(async |_: Context| ()));
    let reply = client.event(event()).send().await;
    assert_eq!((reply.status().as_u16(), reply.text(), reply.header("ce-id")), (202, "", ""));
    assert_eq!(client.get("/").send().await.status(), 204);
}

#[tokio::test]
async fn an_event_that_breaks_the_specification_is_not_sent() {
    let client = TestClient::new(Function::new(async |_: Context| {
        EventBuilderV10::new().id("1").source("/s").ty("t").extension("my_name", "v").build().unwrap()
    }));
    let reply = client.get("/").send().await;
    assert_eq!((reply.status().as_u16(), reply.text(), reply.header("ce-id")), (500, "internal error", ""));
}

#[tokio::test]
async fn a_structured_reply_has_exactly_its_media_type() {
    let client = TestClient::new(Function::new(async |_: Event| Reply::new(Json(1)).structured()));
    let reply = client.event(event()).send().await;
    assert_eq!(reply.header("content-type"), "application/cloudevents+json");
    assert_eq!(reply.json::<Value>()["data"], 1);
}

#[tokio::test]
async fn a_function_over_requests_answers_events_as_it_likes() {
    let client = TestClient::new(Function::new(async |_: Request| "as it is"));
    let reply = client.event(event()).send().await;
    assert_eq!((reply.header("ce-id"), reply.text()), ("", "as it is"));
}

#[tokio::test]
async fn options_of_a_function_over_events_permits_to_send() {
    let client = TestClient::new(Function::new(async |_: Event| ()));
    let request = client.request(Method::OPTIONS, "/").header("webhook-request-origin", "shop.example");
    let reply = request.send().await;
    assert_eq!((reply.status().as_u16(), reply.header("allow")), (200, "POST, OPTIONS"));
    assert_eq!((reply.header("webhook-allowed-origin"), reply.header("webhook-allowed-rate")), ("*", "*"));
    let plain = TestClient::new(Function::new(async |ctx: Context| ctx.method().to_string()));
    assert_eq!(plain.request(Method::OPTIONS, "/").send().await.text(), "OPTIONS");
}

// Limits.

#[tokio::test]
async fn a_body_up_to_the_limit_is_taken_and_one_above_it_is_a_413() {
    let client = TestClient::with_config(Function::new(async |body: Bytes| body), Config::default().body_limit(1024));
    assert_eq!(client.post("/").body(vec![b'x'; 1024]).send().await.bytes().len(), 1024);
    let reply = client.post("/").body(vec![b'x'; 1025]).send().await;
    assert_eq!((reply.status().as_u16(), reply.text()), (413, "body is larger than 1024 bytes"));
}

#[tokio::test]
async fn a_streamed_body_above_the_limit_is_a_413_before_the_function_is_called() {
    let called = Arc::new(AtomicBool::new(false));
    let seen = called.clone();
    let function = Function::new(move |_: Context| {
        seen.store(true, Ordering::Relaxed);
        async {}
    });
    let client = TestClient::with_config(function, Config::default().body_limit(5));
    let body = Body::stream(|mut sender| async move {
        sender.send("four").await?;
        sender.send("more").await
    });
    assert_eq!(client.post("/").body(body).send().await.status(), 413);
    assert!(!called.load(Ordering::Relaxed));
}

#[tokio::test]
async fn a_function_that_streams_its_input_meets_the_limit_while_it_reads() {
    let read = async |mut request: Request| {
        let mut length = 0;
        while let Some(chunk) = request.body_mut().chunk().await? {
            length += chunk.len();
        }
        Ok::<_, Error>(length.to_string())
    };
    let client = TestClient::with_config(Function::new(read), Config::default().body_limit(5));
    let body = |pieces: usize| {
        Body::stream(move |mut sender| async move {
            for _ in 0..pieces {
                sender.send("123").await?;
            }
            Ok(())
        })
    };
    assert_eq!(client.post("/").body(body(1)).send().await.text(), "3");
    assert_eq!(client.post("/").body(body(2)).send().await.status(), 413);
}

#[tokio::test(start_paused = true)]
async fn a_function_out_of_time_is_dropped_and_answered_with_504() {
    struct Dropped(Arc<AtomicBool>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let dropped = Arc::new(AtomicBool::new(false));
    let guard = dropped.clone();
    let function = Function::new(move |ctx: Context| {
        let guard = Dropped(guard.clone());
        async move {
            assert!(ctx.deadline().is_some());
            std::future::pending::<()>().await;
            drop(guard);
        }
    });
    let client = TestClient::with_config(function, Config::default().request_timeout(Duration::from_secs(5)));
    let reply = client.get("/").send().await;
    assert_eq!((reply.status().as_u16(), reply.text()), (504, "function took longer than 5s"));
    assert!(dropped.load(Ordering::Relaxed));
}

#[tokio::test]
async fn a_full_server_says_when_to_come_back_and_health_goes_on() {
    let gate = Arc::new(Notify::new());
    let waiting = gate.clone();
    let function = Function::new(move |_: Context| {
        let waiting = waiting.clone();
        async move { waiting.notified().await }
    });
    let client = TestClient::with_config(function, Config::default().concurrency(1));
    let first = tokio::spawn(client.get("/first").send());
    let full = loop {
        let reply = client.get("/health/readiness").send().await;
        if reply.status() == 503 {
            break reply;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(full.text(), "at its limit of 1 requests at once");
    assert_eq!(client.get("/health/liveness").send().await.text(), "ALIVE");
    let shed = client.get("/second").send().await;
    assert_eq!((shed.status().as_u16(), shed.header("retry-after")), (503, "1"));
    gate.notify_one();
    assert_eq!(first.await.unwrap().status(), 204);
    assert_eq!(client.get("/health/readiness").send().await.text(), "READY");
}

// Request ids.

#[tokio::test]
async fn a_request_id_that_comes_goes_back() {
    let client = TestClient::new(Function::new(async |ctx: Context| ctx.request_id().to_owned()));
    let reply = client.get("/").header("x-request-id", "abc-1").send().await;
    assert_eq!((reply.text(), reply.header("x-request-id")), ("abc-1", "abc-1"));
}

#[tokio::test]
async fn a_failed_request_says_its_id_even_if_it_brought_none() {
    let client = TestClient::new(Function::new(async |_: Context| Error::unprocessable("no")));
    assert_eq!(client.get("/").send().await.header("x-request-id").len(), 36);
}

// HEAD.

#[tokio::test]
async fn head_of_a_stream_has_no_body_and_does_not_run_it() {
    let client = TestClient::new(Function::new(async |_: Context| Sse::stream(|_| async { panic!("nobody listens") })));
    let reply = client.request(Method::HEAD, "/").send().await;
    assert_eq!((reply.status().as_u16(), reply.header("content-type"), reply.text()), (200, "text/event-stream", ""));
    assert!(!reply.is_broken());
}

#[tokio::test]
async fn head_of_health_has_no_body() {
    let reply = echo().request(Method::HEAD, "/health/readiness").send().await;
    assert_eq!((reply.status().as_u16(), reply.header("content-length"), reply.text()), (200, "5", ""));
}

// Health.

struct App {
    ready: AtomicBool,
}

#[async_trait]
impl Lifecycle for App {
    async fn ready(&self) -> Result<()> {
        if self.ready.load(Ordering::Relaxed) { Ok(()) } else { Err(Error::unavailable("no database")) }
    }

    async fn alive(&self) -> Result<()> {
        assert!(self.ready.load(Ordering::Relaxed), "dead");
        Ok(())
    }
}

#[tokio::test]
async fn hooks_say_whether_the_function_is_well() {
    let app = Arc::new(App { ready: AtomicBool::new(false) });
    let client = TestClient::new(Function::with_state(app.clone(), async |_: Arc<App>, _: Context| "ok"));
    let reply = client.get("/health/readiness").send().await;
    assert_eq!((reply.status().as_u16(), reply.text()), (503, "no database"));
    assert_eq!(reply.header("cache-control"), "no-store");
    let reply = client.get("/health/liveness").send().await;
    assert_eq!((reply.status().as_u16(), reply.text()), (503, "`alive` panicked"));
    app.ready.store(true, Ordering::Relaxed);
    assert_eq!(client.get("/health/readiness").send().await.status(), 200);
    assert_eq!(client.get("/health/liveness").send().await.status(), 200);
}

#[tokio::test]
async fn health_paths_are_configurable() {
    let config = Config::from_vars([("FUNC_LIVENESS_PATH", "/livez"), ("FUNC_READINESS_PATH", "/readyz")]).unwrap();
    let client = TestClient::with_config(Function::new(async |_: Context| "function"), config);
    assert_eq!(client.get("/livez").send().await.text(), "ALIVE");
    assert_eq!(client.get("/readyz?verbose").send().await.text(), "READY");
    assert_eq!(client.get("/health/liveness").send().await.text(), "function");
    assert_eq!(client.get("/livez/").send().await.text(), "function");
}

#[tokio::test]
async fn readiness_is_refused_while_draining_and_liveness_is_not() {
    let client = echo();
    client.drain().await;
    let reply = client.get("/health/readiness").send().await;
    assert_eq!((reply.status().as_u16(), reply.text()), (503, "draining"));
    assert_eq!(client.get("/health/liveness").send().await.status(), 200);
    assert_eq!(client.post("/").body("still served").send().await.text(), "still served");
}

// Work that outlives the answer.

#[tokio::test]
async fn the_drain_waits_for_spawned_work() {
    let (gate, done) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
    let (waiting, finished) = (gate.clone(), done.clone());
    let client = TestClient::new(Function::new(move |ctx: Context| {
        let (waiting, finished) = (waiting.clone(), finished.clone());
        ctx.spawn(async move {
            waiting.notified().await;
            finished.store(true, Ordering::Relaxed);
        });
        async {}
    }));
    assert_eq!(client.get("/").send().await.status(), 204);
    assert!(!done.load(Ordering::Relaxed));
    gate.notify_one();
    client.drain().await;
    assert!(done.load(Ordering::Relaxed));
}

#[tokio::test]
async fn spawned_work_that_panics_does_not_hold_the_drain() {
    let client = TestClient::new(Function::new(async |ctx: Context| ctx.spawn(async { panic!("lost") })));
    assert_eq!(client.get("/").send().await.status(), 204);
    client.drain().await;
}

#[tokio::test]
async fn a_stream_ends_itself_when_the_drain_begins() {
    let client = TestClient::new(Function::new(async |ctx: Context| {
        let draining = ctx.draining();
        Sse::stream(|mut client| async move {
            draining.await;
            client.send("bye").await
        })
    }));
    let stream = tokio::spawn(client.get("/").send());
    tokio::task::yield_now().await;
    client.drain().await;
    assert_eq!(stream.await.unwrap().text(), "data: bye\n\n");
}

// Errors.

#[tokio::test]
async fn an_error_of_the_users_own_is_answered_as_it_says() {
    struct SoldOut;
    impl IntoResponse for SoldOut {
        fn into_response(self) -> Response {
            (StatusCode::CONFLICT, "sold out").into_response()
        }
    }
    let client = TestClient::new(Function::new(async |_: Context| Err::<(), _>(SoldOut)));
    let reply = client.get("/").send().await;
    assert_eq!((reply.status().as_u16(), reply.text()), (409, "sold out"));
}

#[tokio::test]
async fn the_cause_of_a_panic_is_not_sent() {
    async fn fail(_: Context) -> String {
        panic!("secret")
    }
    let reply = TestClient::new(Function::new(fail)).get("/").send().await;
    assert_eq!((reply.status().as_u16(), reply.text()), (500, "internal error"));
}

#[tokio::test]
async fn what_a_query_or_a_form_quotes_is_said_shortly() {
    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}
    let client = TestClient::new(Function::new(async |ctx: Context| match *ctx.method() {
        Method::GET => ctx.query::<Nothing>().map(|_| ()),
        _ => ctx.form::<Nothing>().map(|_| ()),
    }));
    let field = "x%0A".repeat(10_000);
    let form = client.post("/").header("content-type", "application/x-www-form-urlencoded").body(format!("{field}=1"));
    for reply in [client.get(&format!("/?{field}=1")).send().await, form.send().await] {
        assert_eq!(reply.status(), 400);
        assert!(reply.text().len() < 300 && !reply.text().contains('\n'), "{}", reply.text());
    }
}

// What HTTP has no room for.

#[tokio::test]
async fn a_204_has_no_body_whatever_the_function_says() {
    let client = TestClient::new(Function::new(async |_: Context| (StatusCode::NO_CONTENT, "text")));
    let reply = client.get("/").send().await;
    assert_eq!((reply.status().as_u16(), reply.text(), reply.header("content-type")), (204, "", ""));
}

#[tokio::test]
async fn an_interim_status_is_no_answer() {
    let client = TestClient::new(Function::new(async |_: Context| StatusCode::CONTINUE));
    assert_eq!(client.get("/").send().await.status(), 500);
}

#[tokio::test]
async fn a_body_of_the_users_own_that_panics_breaks_the_answer_off() {
    struct Bad;
    impl http_body::Body for Bad {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<std::result::Result<http_body::Frame<Bytes>, Self::Error>>> {
            panic!("no bytes")
        }
    }
    let client = TestClient::new(Function::new(async |_: Context| Response::new(Body::new(Bad))));
    assert!(client.get("/").send().await.is_broken());
}

#[tokio::test]
async fn an_empty_batch_is_answered_as_events_are() {
    let client = TestClient::new(Function::new(async |_: Vec<Event>| ()));
    let request = client.post("/").header("content-type", "application/cloudevents-batch+json").body("[]");
    assert_eq!(request.send().await.status(), 202);
}
