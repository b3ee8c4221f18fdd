//! The template `get-emojis` answers as `examples/get-emojis` does with its embedded tables, byte for byte.

use std::fs;

use kn_func_e2e::{Answer, Client, Func, built, installed, repository};
use serde_json::Value;

use crate::serve;

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// What an answer is, but for the moment of it.
fn whole(answer: &Answer) -> (u16, &str, &str) {
    (answer.status(), answer.header("content-type"), answer.text())
}

#[tokio::test]
#[ignore = "e2e/run: needs func, git and minutes to build"]
async fn whole_responses_are_the_guides() {
    let mut server = serve(&installed("get-emojis"), &[]);
    let client = Client::new(server.address().await);
    let cases = fs::read_to_string(repository().join("examples/get-emojis/tests/cases/responses.json")).unwrap();
    let cases: Value = serde_json::from_str(&cases).unwrap();
    let cases = cases["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let descriptions = case["descriptions"].as_str().unwrap();
        let answer = client.get(&format!("/?descriptions={}", escaped(descriptions))).await;
        assert_eq!(whole(&answer), (200, "application/json", case["json"].as_str().unwrap()), "{descriptions:?}");
    }
    server.stop().await;
}

#[tokio::test]
#[ignore = "e2e/run: needs func, git and minutes to build"]
async fn single_descriptions_and_faults_are_answered_as_the_example_answers_them() {
    let mut template = serve(&installed("get-emojis"), &[]);
    let mut example = serve(&built("get-emojis"), &[]);
    let (ours, theirs) = (Client::new(template.address().await), Client::new(example.address().await));
    for file in ["search.json", "synonyms.json"] {
        let cases = fs::read_to_string(repository().join("examples/get-emojis/tests/cases").join(file)).unwrap();
        let cases: Value = serde_json::from_str(&cases).unwrap();
        for case in cases["cases"].as_array().unwrap() {
            let path = format!("/?descriptions={}", escaped(case["description"].as_str().unwrap()));
            assert_eq!(whole(&ours.get(&path).await), whole(&theirs.get(&path).await), "{case}");
        }
    }
    for path in ["/", "/?yeah=it-works!", "/anywhere"] {
        assert_eq!(whole(&ours.get(path).await), whole(&theirs.get(path).await), "{path}");
    }
    for body in ["{}", "null", "{", r#"{"descriptions": ["flame", "confused"]}"#, r#"{"descriptions": [1]}"#] {
        assert_eq!(whole(&ours.post("/", body).await), whole(&theirs.post("/", body).await), "{body}");
    }
    template.stop().await;
    example.stop().await;
}

#[tokio::test]
#[ignore = "e2e/run: needs func, git and minutes to build"]
async fn it_is_invoked_with_json_and_with_events() {
    let mut server = serve(&installed("get-emojis"), &[]);
    let func = Func::new();
    let function = func.create("get-emojis", "emojis");
    let target = format!("--target=http://{}", server.address().await);
    let data = r#"--data={"descriptions": ["flame", "confused"]}"#;
    let said = func.run_in(&function, &["invoke", &target, data]).stdout();
    assert_eq!(said, r#"{"flame": "('fire', '🔥')", "confused": "('confused_face', '😕')"}"#);
    let said = func.run_in(&function, &["invoke", &target, data, "--format=cloudevent"]).stdout();
    assert!(said.contains("  type: function.response\n") && said.contains(r#""flame": "('fire', '🔥')""#), "{said}");
    server.stop().await;
}
