//! Answers that are streamed by `awslambda.streamifyResponse`.

use kn_func_e2e::Signal;

use crate::lambda::{Lambda, Language, Prompter};

#[tokio::test]
#[ignore = "e2e/run: needs AWS's runtime clients"]
async fn a_stream_arrives_piece_by_piece_and_outlives_sigterm() {
    let prompter = Prompter::new().await;
    let mut lambda = Lambda::start(Language::Node, "streamed", &[]).await;
    let mut answer = lambda.client.open(lambda.request(prompter.event())).await.expect("there is an answer");
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.headers()["content-type"], "text/plain");
    assert_eq!(answer.headers()["x-emoji"], "fire");
    let cookies: Vec<_> = answer.headers().get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1", "b=2"]);
    let asked = prompter.asked().await;
    let mut first = Vec::new();
    while first.len() < "first ".len() {
        first.extend(answer.chunk().await.expect("the stream goes on").expect("there is more"));
    }
    assert_eq!(first, b"first ");

    lambda.server.signal(Signal::SIGTERM);
    lambda.server.says(r#""draining""#).await;
    asked.say("second").await;
    assert_eq!(answer.rest().await.expect("the stream ends well").text(), "second");
    lambda.ended().await;
}
