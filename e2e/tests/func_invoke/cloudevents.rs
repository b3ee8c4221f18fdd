//! The template `cloudevents`. A failed `func invoke` with an event exits with 0, so what counts is what it prints.

use std::fs;

use ::http::Method;
use kn_func_e2e::{Client, Func, installed};
use serde_json::json;

use crate::serve;

/// What `func` prints of an event, without its id and time, which are new each time.
fn printed(said: &str) -> String {
    let lines = said.lines().filter(|line| !line.starts_with("  id: ") && !line.starts_with("  time: "));
    lines.map(|line| format!("{line}\n")).collect()
}

const ANSWER: &str = r#"Context Attributes,
  specversion: 1.0
  type: function.response
  source: function
  datacontenttype: application/json
Data,
  {
    "message": "OK: Hello World"
  }
"#;

/// TestMatrix_Run: an event is answered with 200 and JSON that is an event, in either mode.
#[tokio::test]
#[ignore = "e2e/run: needs func, git and minutes to build"]
async fn funcs_matrix_passes() {
    let mut server = serve(&installed("cloudevents"), &[]);
    let client = Client::new(server.address().await);
    let event = client
        .request(Method::POST, "")
        .header("content-type", "application/json")
        .header("ce-id", "test-event-1")
        .header("ce-type", "test.event.type")
        .header("ce-source", "e2e-test")
        .header("ce-specversion", "1.0");
    let answer = client.send(event.body(r#"{"message": "test"}"#.into()).unwrap()).await;
    assert_eq!((answer.status(), answer.header("ce-specversion")), (200, "1.0"));
    assert_eq!(answer.json(), json!({ "message": "OK: test" }));
    assert_eq!((answer.header("ce-type"), answer.header("ce-source")), ("function.response", "function"));
    server.stop().await;
}

#[tokio::test]
#[ignore = "e2e/run: needs func, git and minutes to build"]
async fn a_structured_event_is_answered_too() {
    let mut server = serve(&installed("cloudevents"), &[]);
    let client = Client::new(server.address().await);
    let event = json!({
        "specversion": "1.0", "id": "1", "type": "test", "source": "/e2e", "data": { "message": "test" },
    });
    let request = client.request(Method::POST, "/").header("content-type", "application/cloudevents+json");
    let answer = client.send(request.body(event.to_string().into()).unwrap()).await;
    assert_eq!((answer.status(), answer.header("ce-specversion")), (200, "1.0"));
    assert_eq!(answer.json(), json!({ "message": "OK: test" }));
    server.stop().await;
}

/// `func.yaml` says that it is invoked with events, as the template's manifest does.
#[tokio::test]
#[ignore = "e2e/run: needs func, git and minutes to build"]
async fn an_event_is_sent_and_its_answer_is_printed() {
    let mut server = serve(&installed("cloudevents"), &[]);
    let address = server.address().await;
    let func = Func::new();
    let function = func.create("cloudevents", "events");
    let target = format!("--target=http://{address}");
    assert_eq!(printed(&func.run_in(&function, &["invoke", &target]).stdout()), ANSWER);

    fs::create_dir_all(function.join(".func/runs").join(address.port().to_string())).unwrap();
    assert_eq!(printed(&func.run_in(&function, &["invoke"]).stdout()), ANSWER);
    server.stop().await;
}

#[tokio::test]
#[ignore = "e2e/run: needs func, git and minutes to build"]
async fn an_event_that_is_refused_prints_nothing_and_is_in_the_log() {
    let mut server = serve(&installed("cloudevents"), &[]);
    let func = Func::new();
    let function = func.create("cloudevents", "events");
    let target = format!("--target=http://{}", server.address().await);
    let said = func.run_in(&function, &["invoke", &target, "--data={}"]);
    assert_eq!(said.stdout(), "");
    let line = server.says("request refused").await;
    assert!(line.contains(r#""status":400"#) && line.contains("missing field `message`"), "{line}");
    server.stop().await;
}

/// By GET `func` sends an event without data.
#[tokio::test]
#[ignore = "e2e/run: needs func, git and minutes to build"]
async fn an_event_without_data_is_refused_with_the_reason() {
    let mut server = serve(&installed("cloudevents"), &[]);
    let func = Func::new();
    let function = func.create("cloudevents", "events");
    let target = format!("--target=http://{}", server.address().await);
    assert_eq!(func.run_in(&function, &["invoke", &target, "--request-type=GET"]).stdout(), "");
    let line = server.says("request refused").await;
    assert!(line.contains(r#""method":"GET""#) && line.contains(r#""status":400"#), "{line}");
    server.stop().await;
}

#[tokio::test]
#[ignore = "e2e/run: needs func, git and minutes to build"]
async fn what_is_no_event_is_refused() {
    let mut server = serve(&installed("cloudevents"), &[]);
    let func = Func::new();
    let function = func.create("cloudevents", "events");
    let target = format!("--target=http://{}", server.address().await);
    let said = func.run_in(&function, &["invoke", &target, "--format=http"]).failure();
    assert!(said.contains("(HTTP 400)"), "{said}");
    server.stop().await;
}
