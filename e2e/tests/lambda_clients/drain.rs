//! How many requests are at work at once, and how they end when the runner is stopped.

use std::collections::BTreeSet;

use kn_func_e2e::{Signal, until};
use serde_json::Value;

use crate::lambda::{LANGUAGES, Lambda, Prompter, SCRIPTS};

#[tokio::test]
#[ignore = "e2e/run: needs AWS's runtime clients"]
async fn each_process_has_one_request_at_a_time() {
    for language in SCRIPTS {
        let prompter = Prompter::new().await;
        let lambda = Lambda::start(language, "waiting", &[("KN_LAMBDA_PROCESSES", "2")]).await;
        let requests = async { tokio::join!(lambda.post(prompter.event()), lambda.post(prompter.event())) };
        let words = async {
            // Both wait before one gets its word.
            let (one, other) = (prompter.asked().await, prompter.asked().await);
            let processes = lambda.processes();
            one.say("one").await;
            other.say("other").await;
            processes
        };
        let ((first, second), processes) = tokio::join!(requests, words);
        let mut answers = [first.json(), second.json()];
        answers.sort_by_key(|answer| answer["word"].to_string());
        assert_eq!((&answers[0]["word"], &answers[1]["word"]), (&"one".into(), &"other".into()), "{language:?}");
        let id = |answer: &Value| answer["process"].as_u64().and_then(|id| u32::try_from(id).ok()).unwrap();
        assert_eq!(answers.iter().map(id).collect::<BTreeSet<_>>(), processes, "{language:?}");
        lambda.stop().await;
    }
}

#[tokio::test]
#[ignore = "e2e/run: needs AWS's runtime clients"]
async fn what_is_at_work_is_finished_before_the_processes_are_ended() {
    for language in SCRIPTS {
        let prompter = Prompter::new().await;
        let mut lambda = Lambda::start(language, "waiting", &[]).await;
        let client = lambda.client.clone();
        let request = tokio::spawn({
            let request = lambda.request(prompter.event());
            async move { client.send(request).await }
        });
        let asked = prompter.asked().await;
        lambda.server.signal(Signal::SIGTERM);
        lambda.server.says(r#""draining""#).await;
        asked.say("late").await;
        let answer = request.await.expect("there is an answer");
        assert_eq!((answer.status(), &answer.json()["word"]), (200, &"late".into()), "{language:?}");
        lambda.ended().await;
    }
}

#[tokio::test]
#[ignore = "e2e/run: needs AWS's runtime clients"]
async fn nothing_is_left_of_many_processes() {
    for language in LANGUAGES {
        let lambda = Lambda::start(language, "handler", &[("KN_LAMBDA_PROCESSES", "3")]).await;
        until("three processes", async || (lambda.processes().len() == 3).then_some(())).await;
        lambda.stop().await;
    }
}
