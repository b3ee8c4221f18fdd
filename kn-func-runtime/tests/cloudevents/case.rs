//! The case file, and the requests and events that its cases describe. Whatever is odd in the file panics with its words.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

/// All cases: those of this repository, or of the file that `KN_CE_CASES` names.
pub(crate) fn all() -> Vec<Value> {
    let text = match std::env::var_os("KN_CE_CASES") {
        Some(path) => std::fs::read_to_string(path).expect("KN_CE_CASES names a file that can be read"),
        None => include_str!("../cases/cloudevents-http.json").to_owned(),
    };
    let mut file: Value = serde_json::from_str(&text).expect("the case file is JSON");
    assert_eq!(
        (&file["format"], &file["format_version"]),
        (&"ce-http-cases".into(), &1.into()),
        "another format of cases"
    );
    match file["cases"].take() {
        Value::Array(cases) if !cases.is_empty() => cases,
        _ => panic!("the case file has no cases"),
    }
}

pub(crate) fn headers(request: &Value) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for pair in request["headers"].as_array().expect("a request has headers") {
        let name = HeaderName::from_bytes(text(&pair[0]).as_bytes()).expect("a header has a name");
        let value = match pair[1].get("base64") {
            Some(octets) => base64(octets),
            None => text(&pair[1]).as_bytes().to_vec(),
        };
        headers.append(name, HeaderValue::from_bytes(&value).expect("a header has a value that HTTP can carry"));
    }
    headers
}

pub(crate) fn body(request: &Value) -> Bytes {
    let mut bodies = Vec::new();
    for (key, value) in request.as_object().expect("a request is an object") {
        match key.as_str() {
            "method" | "headers" => {}
            "body" => bodies.push(text(value).as_bytes().to_vec()),
            "body_base64" => bodies.push(base64(value)),
            "body_repeat" => bodies.push(repeated(value, "unit")),
            "body_parts" => {
                bodies.push(value.as_array().expect("body_parts is a list").iter().flat_map(part).collect())
            }
            other => panic!("unknown `{other}` in a request"),
        }
    }
    assert!(bodies.len() <= 1, "a request has one body at most");
    bodies.pop().unwrap_or_default().into()
}

fn part(part: &Value) -> Vec<u8> {
    match part.get("text") {
        Some(value) => text(value).as_bytes().to_vec(),
        None => repeated(part, "repeat"),
    }
}

pub(crate) fn repeated(value: &Value, unit: &str) -> Vec<u8> {
    let count =
        value["count"].as_u64().and_then(|count| usize::try_from(count).ok()).expect("a repetition has a count");
    text(&value[unit]).repeat(count).into_bytes()
}

pub(crate) fn base64(value: &Value) -> Vec<u8> {
    BASE64_STANDARD.decode(text(value)).expect("base64 in the case file")
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("expected a string in the case file; got {value}"))
}
