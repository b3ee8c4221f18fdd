//! What users of parliament, the runtime for Python, rely on. Where we differ on purpose the test says why.

use chrono::{DateTime, Utc};
use http::{HeaderMap, Method, StatusCode, header};
use kn_func_runtime::event::ExtensionValue;
use kn_func_runtime::{
    AttributesReader, Body, Bytes, Config, Context, Error, Event, EventBuilder, EventBuilderV10, EventExt, Function,
    IntoResponse, Json, Reply, Response, Result, TestClient, TestReply,
};
use serde_json::{Value, json};

fn client<Out: IntoResponse + 'static, Fut: Future<Output = Out> + Send + 'static>(
    function: impl Fn(Context) -> Fut + Send + Sync + 'static,
) -> TestClient {
    TestClient::new(Function::new(function))
}

fn event(data: Value) -> Event {
    EventBuilderV10::new().id("7").source("/caller").ty("greeting").data("application/json", data).build().unwrap()
}

async fn answer_to_get<Out: IntoResponse + Send + 'static>(make: fn() -> Out) -> TestReply {
    client(move |_| async move { make() }).get("/").send().await
}

/// `Hi, Friend!` to whoever posts a message, `Howdy!` to others: the function of parliament's own HTTP tests.
async fn greet(ctx: Context) -> Result<String> {
    if ctx.method() != Method::POST {
        return Ok("Howdy!".into());
    }
    let body: Value = ctx.json()?;
    Ok(body["message"].as_str().unwrap_or_default().to_owned())
}

// One function for HTTP and events.

#[tokio::test]
async fn a_get_gives_the_text() {
    assert_eq!(client(greet).get("/").send().await.text(), "Howdy!");
}

#[tokio::test]
async fn a_post_of_json_is_read() {
    let reply = client(greet).post("/").json(&json!({ "message": "Hi, Friend!" })).send().await;
    assert_eq!((reply.status().as_u16(), reply.text()), (200, "Hi, Friend!"));
}

#[tokio::test]
async fn the_same_function_takes_an_event() {
    let reply = client(greet).event(event(json!({ "message": "Hi, Friend!" }))).send().await;
    assert_eq!((reply.status().as_u16(), reply.text()), (200, "Hi, Friend!"));
}

#[tokio::test]
async fn a_context_holds_a_request_and_perhaps_an_event() {
    let client = client(|ctx| async move { format!("{} {}", ctx.method(), ctx.event().is_some()) });
    assert_eq!(client.post("/").body("text").send().await.text(), "POST false");
    assert_eq!(client.event(event(json!(1))).send().await.text(), "POST true");
}

#[test]
fn a_context_is_made_without_a_server() {
    let plain = Context::get("/");
    assert!(plain.event().is_none());
    // Python's context is a mapping whose missing keys raise; here what may be missing is an `Option`.
    let given = Context::from(event(json!({ "message": "hello" })));
    assert_eq!(given.event().map(AttributesReader::id), Some("7"));
}

#[tokio::test]
async fn the_function_of_the_old_template_is_called_in_a_test() {
    async fn main(_: Context) -> (StatusCode, &'static str) {
        (StatusCode::OK, "{}")
    }
    assert_eq!(main(Context::get("/")).await, (StatusCode::OK, "{}"));
}

// What a function may return.

#[tokio::test]
async fn text_is_answered_as_text() {
    let reply = answer_to_get(|| "hello").await;
    // Flask says text/html, which lets a browser run what a caller sent.
    assert_eq!((reply.text(), reply.header("content-type")), ("hello", "text/plain; charset=utf-8"));
}

#[tokio::test]
async fn bytes_are_answered_as_they_are() {
    let reply = answer_to_get(|| Bytes::from_static(&[0, 159, 146, 150])).await;
    assert_eq!(reply.bytes().as_ref(), [0, 159, 146, 150]);
}

#[tokio::test]
async fn objects_and_lists_are_answered_as_json() {
    let reply = answer_to_get(|| json!({ "a": [1, 2] })).await;
    // Flask adds a line break.
    assert_eq!((reply.text(), reply.header("content-type")), (r#"{"a":[1,2]}"#, "application/json"));
}

#[tokio::test]
async fn a_status_and_headers_go_with_the_body() {
    let reply = answer_to_get(|| {
        let html = HeaderMap::from_iter([(header::CONTENT_TYPE, header::HeaderValue::from_static("text/html"))]);
        (StatusCode::CREATED, html, "<p>")
    });
    let reply = reply.await;
    assert_eq!((reply.status().as_u16(), reply.header("content-type"), reply.text()), (201, "text/html", "<p>"));
}

#[tokio::test]
async fn a_response_is_answered_as_it_is() {
    let reply = answer_to_get(|| {
        let mut response = Response::new(Body::from("tea"));
        *response.status_mut() = StatusCode::IM_A_TEAPOT;
        response
    });
    assert_eq!(reply.await.status(), 418);
}

#[tokio::test]
async fn nothing_is_a_204() {
    // Flask makes a 500 of None.
    let reply = answer_to_get(|| ()).await;
    assert_eq!((reply.status().as_u16(), reply.text()), (204, ""));
}

#[tokio::test]
async fn an_event_is_answered_in_binary_mode() {
    let reply = answer_to_get(|| event(json!({ "n": 1 }))).await;
    assert_eq!((reply.status().as_u16(), reply.header("ce-id"), reply.text()), (200, "7", r#"{"n":1}"#));
    assert_eq!(reply.header("ce-specversion"), "1.0");
    // Python's binding says text/html.
    assert_eq!(reply.header("content-type"), "application/json");
}

#[tokio::test]
async fn a_number_is_answered_as_the_text_that_the_function_makes_of_it() {
    // Flask makes a 500 of a number. Here it does not compile: whether 7 is a status, text or JSON is for the function to say.
    let reply = answer_to_get(|| 7.to_string()).await;
    assert_eq!((reply.status().as_u16(), reply.text()), (200, "7"));
}

#[tokio::test]
async fn a_function_that_wants_only_some_methods_says_so() {
    // Parliament answers 405 with `Allow` to all but GET, HEAD, OPTIONS and POST, and nobody can change that.
    let client = client(|ctx| async move {
        let allow = HeaderMap::from_iter([(header::ALLOW, header::HeaderValue::from_static("GET"))]);
        if ctx.method() == Method::GET {
            "got".into_response()
        } else {
            (StatusCode::METHOD_NOT_ALLOWED, allow, "").into_response()
        }
    });
    let reply = client.request(Method::PUT, "/").send().await;
    assert_eq!((reply.status().as_u16(), reply.header("allow")), (405, "GET"));
}

// The `@event` decorator is `Reply`.

fn decorated<T: IntoResponse>(data: T) -> Reply<T> {
    Reply::new(data).ty("parliament.response").source("/parliament/function")
}

#[tokio::test]
async fn a_decorated_function_gives_an_event() {
    let reply = answer_to_get(|| Reply::new("data")).await.event();
    assert_eq!((reply.ty(), reply.source().as_str()), ("function.response", "function"));
    assert_eq!(reply.data_text().unwrap().as_deref(), Some("data"));
}

#[tokio::test]
async fn its_id_is_a_uuid_and_its_time_is_now() {
    let before = Utc::now();
    let reply = answer_to_get(|| Reply::new("data")).await.event();
    assert_eq!(uuid::Uuid::parse_str(reply.id()).unwrap().get_version_num(), 4);
    let time: &DateTime<Utc> = reply.time().unwrap();
    assert!((before..=Utc::now()).contains(time), "{time}");
}

#[tokio::test]
async fn choosing_the_source_keeps_the_type() {
    let reply = answer_to_get(|| Reply::new("data").source("/mine")).await.event();
    assert_eq!((reply.ty(), reply.source().as_str()), ("function.response", "/mine"));
}

#[tokio::test]
async fn choosing_the_type_keeps_the_source() {
    let reply = answer_to_get(|| Reply::new("data").ty("mine")).await.event();
    assert_eq!((reply.ty(), reply.source().as_str()), ("mine", "function"));
}

#[tokio::test]
async fn a_decorated_function_gets_its_arguments() {
    let client = client(|ctx| async move { decorated(ctx.query_param("name").unwrap_or_default().into_owned()) });
    assert_eq!(client.get("/?name=Ada").send().await.text(), "Ada");
}

#[tokio::test]
async fn an_event_that_is_returned_already_is_passed_on() {
    let reply = answer_to_get(|| decorated(event(json!(1)))).await.event();
    assert_eq!((reply.id(), reply.ty(), reply.source().as_str()), ("7", "greeting", "/caller"));
}

#[tokio::test]
async fn a_decorated_function_without_data_gives_an_event_without_data() {
    // Parliament answers 500.
    let reply = answer_to_get(|| decorated(())).await;
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.event().data(), None);
}

#[tokio::test]
async fn the_event_test_of_parliament_holds() {
    let client = client(|ctx| async move {
        let message = ctx.json::<Value>()?["message"].clone();
        Ok::<_, Error>(decorated(Json(message)))
    });
    let reply = client.event(event(json!({ "message": "Hello World!" }))).send().await;
    assert_eq!(reply.text(), r#""Hello World!""#);
    assert_eq!((reply.header("ce-source"), reply.header("ce-type")), ("/parliament/function", "parliament.response"));
}

#[tokio::test]
async fn extensions_and_a_subject_are_chosen_too() {
    let reply = answer_to_get(|| decorated("x").subject("s").extension("n", 5).id("1")).await;
    assert_eq!((reply.header("ce-n"), reply.header("ce-subject"), reply.header("ce-id")), ("5", "s", "1"));
    assert_eq!(reply.event().extension("n"), Some(&ExtensionValue::String("5".into())));
}

// Errors.

async fn whoops(_: Context) -> Result<()> {
    Err(std::io::Error::other("Whoops!"))?
}

#[tokio::test]
async fn an_error_is_said_when_errors_are_exposed() {
    let client = TestClient::with_config(Function::new(whoops), Config::default().expose_errors(true));
    let reply = client.get("/").send().await;
    assert_eq!((reply.status().as_u16(), reply.text()), (500, "Function raised Whoops!"));
}

#[tokio::test]
async fn an_error_is_kept_back_unless_errors_are_exposed() {
    // A cause may hold what no caller should read.
    let reply = client(whoops).get("/").send().await;
    assert_eq!((reply.status().as_u16(), reply.text()), (500, "internal error"));
}

#[tokio::test]
async fn an_error_for_an_event_is_no_event() {
    let reply = client(whoops).event(event(json!(1))).send().await;
    assert_eq!((reply.status().as_u16(), reply.header("ce-id")), (500, ""));
}

// Events of all kinds.

#[tokio::test]
async fn data_of_any_kind_arrives() {
    let client = client(|ctx| async move {
        let event = ctx.into_event().unwrap();
        event.data_text().map(|text| text.map_or("none".to_owned(), |text| format!("<{text}>")))
    });
    let bare = || EventBuilderV10::new().id("1").source("/s").ty("t");
    for (data, expected) in
        [(Some(("text/plain", "hi")), "<hi>"), (Some(("application/json", "[1]")), "<[1]>"), (None, "none")]
    {
        let event = match data {
            Some((media_type, text)) => bare().data(media_type, text).build().unwrap(),
            None => bare().build().unwrap(),
        };
        assert_eq!(client.event(event).send().await.text(), expected);
    }
}

#[tokio::test]
async fn data_that_is_no_json_is_handed_over_as_it_came() {
    let client =
        client(|ctx| async move { ctx.event().and_then(EventExt::data_bytes).map(|bytes| bytes.into_owned()) });
    let request = client.post("/").header("ce-specversion", "1.0").header("ce-id", "1").header("ce-source", "/s");
    let reply = request.header("ce-type", "t").header("content-type", "application/json").body("{oops").send().await;
    assert_eq!((reply.status().as_u16(), reply.text()), (200, "{oops"));
}

#[tokio::test]
async fn a_malformed_event_is_a_400() {
    // Parliament logs it and calls the function as if there were no event, so the event is lost without a word.
    let reply = client(greet).post("/").header("ce-specversion", "1.0").send().await;
    assert_eq!((reply.status().as_u16(), reply.text()), (400, "event has no ce-id"));
}

#[tokio::test]
async fn an_event_of_version_0_3_is_a_400() {
    // Parliament takes it. Knative sends 1.0 only, and 0.3 means other things by the same names.
    let request = client(greet).post("/").header("ce-specversion", "0.3").header("ce-id", "1");
    let reply = request.header("ce-source", "/s").header("ce-type", "t").send().await;
    assert_eq!((reply.status().as_u16(), reply.text()), (400, "ce-specversion is `0.3`; expected `1.0`"));
}

#[tokio::test]
async fn an_event_comes_by_any_method() {
    // Parliament looks at POST only; `func invoke` can send events by GET.
    let client = client(|ctx| async move { ctx.event().is_some().to_string() });
    let request = client.get("/").header("ce-specversion", "1.0").header("ce-id", "1").header("ce-source", "/s");
    assert_eq!(request.header("ce-type", "t").send().await.text(), "true");
}

// Paths, methods and health.

#[tokio::test]
async fn head_is_answered_without_a_body() {
    let reply = client(greet).request(Method::HEAD, "/").send().await;
    assert_eq!((reply.status().as_u16(), reply.header("content-length"), reply.text()), (200, "6", ""));
}

#[tokio::test]
async fn every_path_and_method_reaches_the_function() {
    // Parliament knows `/` with GET, HEAD and POST, answers OPTIONS itself, and everything else with 404 or 405.
    let client = client(|ctx| async move { format!("{} {}", ctx.method(), ctx.uri().path()) });
    for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
        let reply = client.request(method.clone(), "/favicon.ico").send().await;
        assert_eq!(reply.text(), format!("{method} /favicon.ico"));
    }
}

#[tokio::test]
async fn health_is_asked_without_the_function() {
    // Parliament answers `OK`. The words here are those of func's other runtimes, for which func's own tests look.
    let client = client(whoops);
    for (path, body) in [("/health/liveness", "ALIVE"), ("/health/readiness", "READY")] {
        let reply = client.get(path).send().await;
        assert_eq!((reply.status().as_u16(), reply.text()), (200, body));
        assert_eq!(client.post(path).send().await.status(), 405);
    }
}

#[tokio::test]
async fn a_panic_is_a_500_and_the_next_request_is_answered() {
    // `sys.exit` in a function ends parliament.
    let client = client(|ctx| async move {
        assert!(ctx.uri().path() != "/panic", "no");
        "fine"
    });
    assert_eq!(client.get("/panic").send().await.status(), 500);
    assert_eq!(client.get("/").send().await.text(), "fine");
}
