//! Functions that fail.

use std::collections::BTreeSet;

use kn_func_e2e::{program, until};
use serde_json::json;

use crate::lambda::{Lambda, Language, SCRIPTS};

const REQUEST: &str = r#"{"descriptions": ["fire"]}"#;

#[tokio::test]
#[ignore = "e2e/run: needs AWS's runtime clients"]
async fn an_exception_is_a_500_with_its_type_and_its_words() {
    for language in SCRIPTS {
        let mut lambda = Lambda::start(language, "broken", &[]).await;
        let mut processes = BTreeSet::new();
        let kind = if language == Language::Python { "ValueError" } else { "TypeError" };
        for _ in 0..2 {
            let answer = lambda.post("{}").await;
            let expected = json!({ "errorType": kind, "errorMessage": "no emojis today" });
            assert_eq!((answer.status(), answer.json()), (500, expected), "{language:?}");
            assert_eq!(answer.header("content-type"), "application/json", "{language:?}");
            lambda.server.says("no emojis today").await;
            processes.append(&mut lambda.processes());
        }
        assert_eq!(processes.len(), 1, "{language:?}: it is not started again");
        lambda.stop().await;
    }
}

#[tokio::test]
#[ignore = "e2e/run: needs AWS's runtime clients"]
async fn a_process_that_is_killed_is_started_again() {
    for language in SCRIPTS {
        let lambda = Lambda::start(language, "handler", &[]).await;
        assert_eq!(lambda.post(REQUEST).await.status(), 200, "{language:?}");
        let old = lambda.processes();
        assert_eq!(old.len(), 1, "{language:?}");
        old.iter().copied().for_each(kill);
        until("a process that answers", async || {
            let answer = lambda.client.try_send(lambda.request(REQUEST)).await.ok()?;
            // The one that was killed may have had the request.
            assert!([200, 502, 503].contains(&answer.status()), "{language:?}: {} {}", answer.status(), answer.text());
            (answer.status() == 200).then_some(())
        })
        .await;
        assert!(lambda.processes().is_disjoint(&old), "{language:?}");
        lambda.stop().await;
    }
}

#[tokio::test]
#[ignore = "e2e/run: needs AWS's runtime clients"]
async fn a_handler_that_is_not_there_ends_the_start() {
    for language in SCRIPTS {
        let ended = Lambda::failure(language, "nothing").await;
        assert_eq!(ended.code, Some(2), "{language:?}: {:#?}", ended.log);
        // All else is the log.
        let mut words = ended.log.iter().filter(|line| !line.starts_with('{'));
        let line = words.next().unwrap_or_else(|| panic!("{language:?}: {:#?}", ended.log));
        assert!(line.contains("Runtime.HandlerNotFound") && line.contains("nothing"), "{language:?}: {:#?}", ended.log);
        assert_eq!(words.next(), None, "{language:?}: {:#?}", ended.log);
    }
}

fn kill(process: u32) {
    let kill = program("kill").args(["-KILL", &process.to_string()]).status();
    assert!(kill.is_ok_and(|status| status.success()), "process {process} runs");
}
