use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;

use get_emojis::synonyms::{Synonyms, Words};
use kn_func_runtime::{AttributesReader, Event, EventBuilder, EventBuilderV10, EventExt, Function, TestClient};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::*;

const GUIDE: &str = r#"{"cold": "('cold_face', '🥶')", "plane": "('airplane', '✈')", "fam": "('family', '👪')"}"#;
const LAMBDA: &str = r#"{"flame": "('fire', '🔥')", "confused": "('confused_face', '😕')"}"#;

fn app(fuzz_emoji: FuzzEmoji) -> Arc<App> {
    Arc::new(App { fuzz_emoji })
}

fn client() -> TestClient {
    TestClient::new(Function::with_state(app(FuzzEmoji::new()), super::main))
}

#[tokio::test]
async fn the_guides_request_gets_the_guides_answer() {
    let response = super::main(app(FuzzEmoji::new()), Context::get("/?descriptions=cold,plane,fam")).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.into_body().bytes().await.unwrap(), GUIDE);
}

#[tokio::test]
async fn the_guides_test_passes() {
    let reply = client().get("/?descriptions=flame,confused").send().await;
    assert_eq!((reply.status().as_u16(), reply.text()), (200, LAMBDA));
}

#[tokio::test]
async fn a_body_is_taken_as_the_lambda_takes_it() {
    let reply = client().post("/").json(&json!({ "descriptions": ["flame", "confused"] })).send().await;
    assert_eq!((reply.status().as_u16(), reply.text()), (200, LAMBDA));
    assert_eq!(reply.header("content-type"), "application/json");
}

#[tokio::test]
async fn an_event_is_answered_with_an_event() {
    let event: Event = EventBuilderV10::new()
        .id("1")
        .source("/chat")
        .ty("message")
        .data("application/json", json!({ "descriptions": ["flame", "confused"] }))
        .build()
        .unwrap();
    let reply = client().event(event).send().await.event();
    assert_eq!((reply.ty(), reply.datacontenttype()), ("function.response", Some("application/json")));
    assert_eq!(reply.data_text().unwrap().unwrap(), LAMBDA);
}

#[tokio::test]
async fn missing_descriptions_are_a_400_that_says_so() {
    let client = client();
    let reply = client.get("/?yeah=it-works!").send().await;
    let words = "query has no `descriptions`; expected one like ?descriptions=cold,plane,fam";
    assert_eq!((reply.status().as_u16(), reply.text()), (400, words));
    let reply = client.post("/").json(&json!({ "message": "Hello World" })).send().await;
    let words = "body is not the expected JSON: missing field `descriptions` at line 1 column 25";
    assert_eq!((reply.status().as_u16(), reply.text()), (400, words));
}

#[tokio::test]
async fn an_event_without_descriptions_is_a_400_that_names_them() {
    let message = || EventBuilderV10::new().id("1").source("/chat").ty("message");
    let of_data = |data: Value| message().data("application/json", data).build().unwrap();
    let text = |data: &str| message().data("application/json", data).build().unwrap();
    let empty = r#"event has no data; expected {"descriptions": ["flame", "confused"]}"#;
    let missing = "event data is not the expected JSON: missing field `descriptions` at line 1 column 2";
    let null = "event data is not the expected JSON: invalid type: null, expected an object with `descriptions` at line 1 column 4";
    let client = client();
    for (event, words) in [
        (message().build().unwrap(), empty),
        (text(""), empty),
        (of_data(json!({})), missing),
        (of_data(Value::Null), null),
    ] {
        let reply = client.event(event).header("accept", "text/html").send().await;
        assert_eq!((reply.status().as_u16(), reply.text()), (400, words));
    }
}

#[tokio::test]
async fn a_browser_gets_the_page_and_the_page_gets_json() {
    let client = client();
    let page = client.get("/").header("accept", "text/html,*/*;q=0.8").send().await;
    assert_eq!((page.status().as_u16(), page.header("vary")), (200, "Accept"));
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.text(), page::PAGE);
    let emojis = client.get("/?descriptions=cold%2Cplane%2Cfam").header("accept", "text/html").send().await;
    assert_eq!(emojis.text(), GUIDE);
}

#[tokio::test]
async fn a_page_is_for_who_looks_and_not_for_who_sends() {
    let client = client();
    let head = client.request(Method::HEAD, "/").header("accept", "text/html").send().await;
    assert_eq!((head.status().as_u16(), head.header("content-type")), (200, "text/html; charset=utf-8"));
    for method in [Method::POST, Method::PUT] {
        let reply = client.request(method, "/").header("accept", "text/html").send().await;
        assert_eq!(reply.status(), 400);
        assert!(reply.text().contains("`descriptions`"), "{}", reply.text());
    }
}

#[derive(Debug)]
struct Nobody;

impl Synonyms for Nobody {
    fn of<'a>(&'a self, _: &'a str) -> Words<'a> {
        Words::Asked(Box::pin(async { Err(Unavailable::Late) }))
    }
}

#[tokio::test]
async fn synonyms_that_are_not_to_be_had_are_a_502() {
    let app = app(FuzzEmoji::with_synonyms(Box::new(Nobody)));
    let error = super::main(app, Context::get("/?descriptions=flame")).await.unwrap_err();
    assert_eq!(error.status(), 502);
    assert_eq!(error.message(), "the synonym service did not answer in time");
}

#[test]
fn a_synonyms_url_that_is_none_ends_the_start_with_its_name() {
    let error = Error::from(FuzzEmoji::configured(Some(OsStr::new("words"))).unwrap_err());
    assert!(error.cause().unwrap().to_string().starts_with("SYNONYMS_URL is `words`; expected "), "{error}");
}

/// The cases of `tests/cases.rs` for whole responses, from the same folder.
#[tokio::test]
async fn whole_responses_are_the_guides_byte_for_byte() {
    let folder = env::var_os("KN_EMOJI_CASES")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases")), PathBuf::from);
    let cases = fs::read(folder.join("responses.json")).unwrap();
    let cases: Value = serde_json::from_slice(&cases).unwrap();
    let client = client();
    for case in cases["cases"].as_array().unwrap() {
        let descriptions = case["descriptions"].as_str().unwrap();
        let query = utf8_percent_encode(descriptions, NON_ALPHANUMERIC);
        let reply = client.get(&format!("/?descriptions={query}")).send().await;
        assert_eq!((reply.status().as_u16(), reply.text()), (200, case["json"].as_str().unwrap()), "{descriptions:?}");
    }
}
