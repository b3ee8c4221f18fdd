//! Which request a function is answering.

use std::time::Duration;

use http::Request as HttpRequest;
use kn_func_runtime::{Body, Config, Context, Event, FromRequest, Function, Request, TestClient};

#[tokio::test]
async fn a_streaming_request_can_be_read_in_another_task() {
    let function = Function::new(async |request: Request| {
        let reading = tokio::spawn(Context::from_request(request)).await;
        reading.is_ok_and(|context| context.is_ok_and(|context| context.deadline().is_some())).to_string()
    });
    let client = TestClient::with_config(function, Config::default().request_timeout(Duration::from_secs(60)));
    assert_eq!(client.get("/").send().await.text(), "true");
}

#[tokio::test]
async fn an_event_that_the_function_reads_from_a_request_of_its_own_is_not_what_it_answers() {
    let client = TestClient::new(Function::new(async |_: Context| {
        let headers = [("ce-specversion", "1.0"), ("ce-id", "1"), ("ce-source", "/shop"), ("ce-type", "order")];
        let request =
            headers.iter().fold(HttpRequest::builder(), |request, (name, value)| request.header(*name, *value));
        let request = request.body(Body::empty()).expect("the headers are valid");
        Event::from_request(request).await.map(|_| "plain")
    }));
    let reply = client.get("/").send().await;
    assert_eq!((reply.text(), reply.header("ce-id")), ("plain", ""));
}
