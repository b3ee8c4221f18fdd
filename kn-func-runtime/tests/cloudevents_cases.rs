//! Runs the language-neutral CloudEvents cases through the codec, once per profile.
//!
//! `KN_CE_CASES=/path/to/cases.json cargo test --test cloudevents_cases` runs other cases of the same format.

#[path = "cloudevents/case.rs"]
mod case;
#[path = "cloudevents/expect.rs"]
mod expect;

use std::panic::{AssertUnwindSafe, catch_unwind};

use cloudevents::event::TryIntoUrl;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use kn_func_runtime::event::{
    AttributesWriter, Data, Decoded, Event, EventBuilder, EventBuilderV10, ExtensionValue, Fault, Mode, Profile,
    Reason, STRUCTURED_TYPE, decode, encode_binary, encode_structured,
};
use serde_json::Value;

use case::text;
use expect::{Check, Outcome};

/// How many cases this repository has.
const COUNT: usize = 235;

/// Cases that cannot hold in the strict profile, each with what its failure says.
///
/// The SDK keeps `dataschema` as a `url::Url`, which writes `https://EXAMPLE.com` as `https://example.com/`.
const STRICT_EXCEPTIONS: [(&str, &str); 1] = [("uri-dataschema-not-normalised", "got Some(\"https://example.com/\")")];

#[test]
fn every_case_holds_in_the_lenient_profile() {
    run(Profile::Lenient, "expect_lenient", &[]);
}

#[test]
fn every_case_holds_in_the_strict_profile_but_for_one() {
    run(Profile::Strict, "expect_strict", &STRICT_EXCEPTIONS);
}

/// Compares every case, then reports all failures together.
fn run(profile: Profile, expectation: &str, exceptions: &[(&str, &str)]) {
    let cases = case::all();
    let mut compared = 0;
    let mut failures = Vec::new();
    for case in &cases {
        let id = text(&case["id"]);
        let check = catch_unwind(AssertUnwindSafe(|| compare(case, profile, expectation)));
        let check = check.unwrap_or_else(|_| Err("panicked".to_owned()));
        let exception = exceptions.iter().find(|(other, _)| *other == id).map(|(_, failure)| failure);
        match (check, exception) {
            (Ok(()), None) => {}
            (Ok(()), Some(_)) => failures.push(format!("{id}: holds now, so it is no exception any more")),
            (Err(failure), Some(known)) if failure.contains(known) => {}
            (Err(failure), _) => failures.push(format!("{id}: {failure}")),
        }
        compared += 1;
    }
    assert!(failures.is_empty(), "{} of {compared} cases failed:\n{}", failures.len(), failures.join("\n"));
    if std::env::var_os("KN_CE_CASES").is_none() {
        assert_eq!(compared, COUNT, "the number of cases");
    }
}

fn compare(case: &Value, profile: Profile, expectation: &str) -> Check {
    let expected = case.get("expect").or_else(|| case.get(expectation)).ok_or("the case expects nothing")?;
    let got = match text(&case["kind"]) {
        "decode" => decoded(case, profile),
        "encode" => encoded(event(&case["event"]), text(&case["mode"])),
        "transcode" => match decoded(case, profile) {
            Outcome::Event(_, event) => encoded(event, text(&case["to"])),
            other => other,
        },
        other => return Err(format!("unknown kind `{other}`")),
    };
    expect::outcome(expected, &got)
}

fn decoded(case: &Value, profile: Profile) -> Outcome {
    let headers = case::headers(&case["request"]);
    let body = case::body(&case["request"]);
    // Collecting the body is the server's part, and so is its limit.
    let limit = case["limits"]["max_body"].as_u64().and_then(|limit| usize::try_from(limit).ok());
    if limit.is_some_and(|limit| body.len() > limit) {
        return Outcome::Reject(Fault::new(Reason::TooLarge, "body is too large"));
    }
    match decode(&headers, &body, profile) {
        Ok(Decoded::NotEvent) => Outcome::NotEvent,
        Ok(Decoded::Event(event)) => Outcome::Event(Mode::of(&headers).expect("an event has a mode"), event),
        Ok(Decoded::Batch(events)) => Outcome::Batch(events),
        Ok(other) => panic!("unknown {other:?}"),
        Err(fault) => Outcome::Reject(fault),
    }
}

fn encoded(event: Event, mode: &str) -> Outcome {
    let mut headers = HeaderMap::new();
    let body = match mode {
        "binary" => encode_binary(event, &mut headers),
        "structured" => {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(STRUCTURED_TYPE));
            encode_structured(event)
        }
        other => panic!("unknown mode `{other}`"),
    };
    match body {
        Ok(body) => Outcome::Message(headers, body),
        Err(fault) => Outcome::Reject(fault),
    }
}

/// The event of an encode case.
fn event(description: &Value) -> Event {
    let attributes = description["attributes"].as_object().expect("an event has attributes");
    let required = |name| text(&attributes[name]);
    let event = EventBuilderV10::new().id(required("id")).source(required("source")).ty(required("type")).build();
    let mut event = event.expect("the builder takes every event of the cases");
    for (name, value) in attributes {
        let value = text(value);
        match name.as_str() {
            "id" | "source" | "type" => {}
            "specversion" => assert_eq!(value, "1.0", "the builder knows one version"),
            "subject" => _ = event.set_subject(Some(value)),
            "datacontenttype" => _ = event.set_datacontenttype(Some(value)),
            "dataschema" => _ = event.set_dataschema(Some(value.into_url().expect("a dataschema is a URL"))),
            "time" => {
                let time = chrono::DateTime::parse_from_rfc3339(value).expect("a time is RFC 3339");
                event.set_time(Some(time));
            }
            other => panic!("unknown attribute `{other}`"),
        }
    }
    for (name, value) in description["extensions"].as_object().expect("an event has extensions") {
        event.set_extension(name, extension(value));
    }
    if let Some(data) = data(&description["data"]) {
        event.set_data_unchecked(data);
    }
    event
}

fn extension(value: &Value) -> ExtensionValue {
    match (value.as_str(), value["type"].as_str()) {
        (Some(text), _) => text.into(),
        (_, Some("Integer")) => value["value"].as_i64().expect("an Integer is one").into(),
        (_, Some("Boolean")) => value["value"].as_bool().expect("a Boolean is one").into(),
        _ => panic!("unknown extension {value}"),
    }
}

fn data(description: &Value) -> Option<Data> {
    let (kind, value) = description.as_object()?.iter().next().expect("data is described");
    Some(match kind.as_str() {
        "json" => Data::Json(value.clone()),
        "text" => Data::String(text(value).to_owned()),
        "bytes_base64" => Data::Binary(case::base64(value)),
        "bytes_utf8" => Data::Binary(text(value).as_bytes().to_vec()),
        other => panic!("unknown data `{other}`"),
    })
}
