//! The language-neutral cases, from `tests/cases` or from the folder that `KN_EMOJI_CASES` names.

use std::env;
use std::fs;
use std::path::PathBuf;

use get_emojis::FuzzEmoji;
use serde::Deserialize;
use serde::de::DeserializeOwned;

#[derive(Deserialize)]
struct Cases<T> {
    cases: Vec<T>,
}

#[derive(Deserialize)]
struct Single {
    description: String,
    value: String,
}

#[derive(Deserialize)]
struct Response {
    descriptions: String,
    json: String,
}

fn cases<T: DeserializeOwned>(file: &str) -> Vec<T> {
    let folder = env::var_os("KN_EMOJI_CASES")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases")), PathBuf::from);
    let path = folder.join(file);
    let text = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let cases: Cases<T> = serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(!cases.cases.is_empty(), "{} has no cases", path.display());
    cases.cases
}

fn report(file: &str, failures: &[String]) {
    assert!(failures.is_empty(), "{} cases of {file} failed:\n{}", failures.len(), failures.join("\n"));
}

async fn every_description_has_its_value(file: &str) {
    let fuzz_emoji = FuzzEmoji::new();
    let mut failures = Vec::new();
    for Single { description, value } in cases(file) {
        let got = fuzz_emoji.get_emoji(&description).await.unwrap().to_string();
        if got != value {
            failures.push(format!("{description:?}: expected {value}, got {got}"));
        }
    }
    report(file, &failures);
}

#[tokio::test]
async fn search() {
    every_description_has_its_value("search.json").await;
}

#[tokio::test]
async fn synonyms() {
    every_description_has_its_value("synonyms.json").await;
}

#[tokio::test]
async fn responses() {
    let fuzz_emoji = FuzzEmoji::new();
    let mut failures = Vec::new();
    for Response { descriptions, json } in cases("responses.json") {
        let got = fuzz_emoji.get_emojis(descriptions.split(',')).await.unwrap();
        if got != json {
            failures.push(format!("{descriptions:?}:\n  expected {json}\n  got      {got}"));
        }
    }
    report("responses.json", &failures);
}
