//! What is written is read again, in each mode, by the strict rules.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use cloudevents::event::TryIntoUrl;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use kn_func_runtime::event::{
    AttributesWriter, Decoded, Event, EventBuilder, EventBuilderV10, ExtensionValue, Profile, STRUCTURED_TYPE, decode,
    encode_binary, encode_structured,
};
use serde_json::json;

fn through_binary(event: Event) -> Event {
    let mut headers = HeaderMap::new();
    let body = encode_binary(event, &mut headers).unwrap();
    read(&headers, &body)
}

fn through_structured(event: Event) -> Event {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(STRUCTURED_TYPE));
    read(&headers, &encode_structured(event).unwrap())
}

fn read(headers: &HeaderMap, body: &Bytes) -> Event {
    match decode(headers, body, Profile::Strict) {
        Ok(Decoded::Event(event)) => event,
        other => panic!("expected an event, got {other:?}"),
    }
}

fn plain() -> EventBuilderV10 {
    EventBuilderV10::new().id("1").source("/s").ty("t")
}

/// An event that sets all there is, with the characters that are easily lost.
fn full() -> EventBuilderV10 {
    let time: DateTime<Utc> = "2018-04-05T17:31:00.123456789Z".parse().unwrap();
    let odd = "Euro \u{20ac} \u{1f600} 100% %41 \"quoted\" a\\b \u{a0}";
    plain().id(odd).ty(odd).source("/a%20b?c#d").subject(odd).time(time).extension("odd", odd).extension("empty", "")
}

#[test]
fn an_event_is_the_same_after_each_mode() {
    let octets: Vec<u8> = (0..=255).collect();
    let json = r#"{"b":1.0, "a":12345678901234567890123}"#;
    let schema = "https://example.com/schema?version=1";
    let table = [
        ("no data", plain()),
        ("all attributes", full()),
        ("octets", full().data("application/octet-stream", octets.clone())),
        ("octets that are no JSON", plain().data("application/json", octets)),
        ("JSON", full().data("application/vnd.order+json; charset=utf-8", json.as_bytes().to_vec())),
        ("JSON null", plain().data("application/json", b"null".to_vec())),
        ("a JSON string", plain().data("text/json", b"\"\\u20ac\"".to_vec())),
        ("a schema", plain().data_with_schema("text/csv", schema, b"a;b\r\n".to_vec())),
    ];
    for (name, event) in table {
        let event = event.build().unwrap();
        assert_eq!(through_binary(event.clone()), event, "{name}, binary");
        assert_eq!(through_structured(event.clone()), event, "{name}, structured");
    }
}

#[test]
fn a_schema_without_data_is_kept() {
    let mut event = plain().build().unwrap();
    event.set_dataschema(Some("urn:example:schema".into_url().unwrap()));
    assert_eq!(through_binary(event.clone()), event);
    assert_eq!(through_structured(event.clone()), event);
}

#[test]
fn octets_without_a_type_get_none() {
    let mut event = plain().build().unwrap();
    event.set_data_unchecked(b"{}".to_vec());
    assert_eq!(through_binary(event.clone()), event);
    assert_eq!(through_structured(event.clone()), event);
}

#[test]
fn text_is_text_in_structured_mode_and_octets_in_binary() {
    let event = plain().data("text/plain", "tea \u{1f375}\n").build().unwrap();
    assert_eq!(through_structured(event.clone()), event);
    let octets = plain().data("text/plain", "tea \u{1f375}\n".as_bytes().to_vec()).build().unwrap();
    assert_eq!(through_binary(event), octets);
}

#[test]
fn a_json_value_comes_back_as_the_octets_of_its_json() {
    let octets = plain().data("application/json", b"[1,null]".to_vec()).build().unwrap();
    let mut value = plain().build().unwrap();
    value.set_data_unchecked(json!([1, null]));
    assert_eq!(through_binary(value.clone()), octets);
    assert_eq!(through_structured(value), octets);
}

#[test]
fn an_extension_keeps_its_type_in_structured_mode_only() {
    let event = plain().extension("flag", true).extension("count", -5).build().unwrap();
    assert_eq!(through_structured(event.clone()), event);
    let read = through_binary(event);
    assert_eq!(read.extension("flag"), Some(&ExtensionValue::from("true")));
    assert_eq!(read.extension("count"), Some(&ExtensionValue::from("-5")));
}
