//! The template `lambda`.

use ::http::Method;
use kn_func_e2e::{Client, Func, installed};
use serde_json::json;

use crate::serve;

#[tokio::test]
#[ignore = "e2e/run: needs func, git and minutes to build"]
async fn a_message_is_sent_and_comes_back() {
    let mut server = serve(&installed("lambda"), &[]);
    let target = format!("--target=http://{}", server.address().await);
    let func = Func::new();
    let function = func.create("lambda", "moved");
    for more in [&[][..], &["--request-type=GET"]] {
        let arguments = [&["invoke", &target], more].concat();
        assert_eq!(func.run_in(&function, &arguments).stdout(), r#"{"message":"Hello World"}"#, "{more:?}");
    }
    server.stop().await;
}

/// The answer is AWS's error in JSON, of which `func` shows the status.
#[tokio::test]
#[ignore = "e2e/run: needs func, git and minutes to build"]
async fn a_failure_is_told_as_on_lambda() {
    let mut server = serve(&installed("lambda"), &[]);
    let address = server.address().await;
    let func = Func::new();
    let function = func.create("lambda", "moved");
    let target = format!("--target=http://{address}");
    let said = func.run_in(&function, &["invoke", &target, "--data={}"]).failure();
    assert!(said.contains("(HTTP 500)"), "{said}");
    let line = server.says("request failed").await;
    assert!(line.contains("missing field `message`"), "{line}");

    let client = Client::new(address);
    let request = client.request(Method::POST, "/").header("content-type", "application/json");
    let answer = client.send(request.body("{}".into()).unwrap()).await;
    assert_eq!(answer.status(), 500);
    let message = answer.json()["errorMessage"].as_str().unwrap().to_owned();
    assert!(message.contains("missing field `message`"), "{message}");
    server.stop().await;
}

/// A handler of HTTP reads the data of an event as the body.
#[tokio::test]
#[ignore = "e2e/run: needs func, git and minutes to build"]
async fn the_data_of_an_event_is_its_body() {
    let mut server = serve(&installed("lambda"), &[]);
    let client = Client::new(server.address().await);
    let event = client
        .request(Method::POST, "/")
        .header("content-type", "application/json")
        .header("ce-id", "1")
        .header("ce-type", "note")
        .header("ce-source", "/e2e")
        .header("ce-specversion", "1.0");
    let answer = client.send(event.body(r#"{"message": "hello"}"#.into()).unwrap()).await;
    assert_eq!((answer.status(), answer.json()), (200, json!({ "message": "hello" })));
    server.stop().await;
}
