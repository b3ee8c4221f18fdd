//! Compares what the codec did with what a case expects. Every key of an expectation is compared; an unknown one is a failure.

use std::collections::BTreeSet;
use std::fmt;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::HeaderMap;
use kn_func_runtime::event::{AttributesReader, Data, Event, EventExt, ExtensionValue, Fault, Mode};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::case::{base64, repeated, text};

#[derive(Debug)]
pub(crate) enum Outcome {
    NotEvent,
    Event(Mode, Event),
    Batch(Vec<Event>),
    Reject(Fault),
    Message(HeaderMap, Bytes),
}

pub(crate) type Check = Result<(), String>;

pub(crate) fn outcome(expected: &Value, got: &Outcome) -> Check {
    one_of(expected, |expected| match (text(&expected["outcome"]), got) {
        ("no_crash", _) => keys(expected, &["outcome"]),
        ("not_event", Outcome::NotEvent) => keys(expected, &["outcome"]),
        ("event", Outcome::Event(mode, got)) => event(expected, *mode, got),
        ("batch", Outcome::Batch(got)) => batch(expected, got),
        ("reject", Outcome::Reject(fault)) => reject(expected, fault),
        ("message", Outcome::Message(headers, body)) => message(expected, headers, body),
        ("not_event" | "event" | "batch" | "reject" | "message", _) => differ(expected, format_args!("{got:?}")),
        (other, _) => Err(format!("unknown outcome `{other}`")),
    })
}

/// Runs a check on the expectation, or on its alternatives until one holds.
fn one_of(expected: &Value, check: impl Fn(&Value) -> Check) -> Check {
    let Some(alternatives) = expected.get("any_of") else { return check(expected) };
    keys(expected, &["any_of"])?;
    let mut failures = Vec::new();
    for alternative in alternatives.as_array().ok_or("any_of is no list")? {
        match check(alternative) {
            Ok(()) => return Ok(()),
            Err(failure) => failures.push(failure),
        }
    }
    Err(failures.join("; or "))
}

/// Holds if an expectation says nothing else than what is compared.
fn keys(expected: &Value, known: &[&str]) -> Check {
    let keys = expected.as_object().ok_or("an expectation is no object")?.keys();
    match keys.into_iter().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(format!("unknown `{key}` in an expectation")),
        None => Ok(()),
    }
}

fn differ(expected: impl fmt::Display, got: impl fmt::Display) -> Check {
    let shorten =
        |text: String| if text.len() > 500 { text.chars().take(500).chain("...".chars()).collect() } else { text };
    Err(format!("expected {}, got {}", shorten(expected.to_string()), shorten(got.to_string())))
}

fn event(expected: &Value, mode: Mode, got: &Event) -> Check {
    keys(expected, &["outcome", "mode", "attributes", "extensions", "data"])?;
    let mode = match mode {
        Mode::Binary => "binary",
        Mode::Structured => "structured",
        other => return Err(format!("an event in mode {other:?}")),
    };
    if expected["mode"] != mode {
        return differ(format_args!("mode {}", expected["mode"]), mode);
    }
    attributes(&expected["attributes"], got)?;
    extensions(&expected["extensions"], got)?;
    one_of(expected.get("data").ok_or("an event expectation has no data")?, |expected| data(expected, got))
}

fn batch(expected: &Value, got: &[Event]) -> Check {
    keys(expected, &["outcome", "events"])?;
    let expected = expected["events"].as_array().ok_or("a batch expectation has no events")?;
    if expected.len() != got.len() {
        return differ(format_args!("{} events", expected.len()), got.len());
    }
    let mut pairs = expected.iter().zip(got).enumerate();
    pairs.try_for_each(|(index, (expected, got))| {
        event(expected, Mode::Structured, got).map_err(|failure| format!("event {index}: {failure}"))
    })
}

fn reject(expected: &Value, fault: &Fault) -> Check {
    keys(expected, &["outcome", "reason", "attribute", "status"])?;
    if expected["reason"] == "batch_unsupported" {
        return Err("batches are taken, so none may be refused for being one".to_owned());
    }
    let attribute_holds = expected.get("attribute").is_none_or(|attribute| attribute.as_str() == fault.attribute());
    let status_holds = expected.get("status").is_none_or(|status| *status == fault.status().as_u16());
    if expected["reason"] == fault.reason().as_str() && attribute_holds && status_holds {
        return Ok(());
    }
    let got = format!("{} of {:?} with {}: {fault}", fault.reason().as_str(), fault.attribute(), fault.status());
    differ(expected, got)
}

fn attributes(expected: &Value, got: &Event) -> Check {
    let expected = expected.as_object().ok_or("an event expectation has no attributes")?;
    let pairs = [
        ("specversion", Some(got.specversion().as_str().to_owned())),
        ("id", Some(got.id().to_owned())),
        ("source", Some(got.source().to_owned())),
        ("type", Some(got.ty().to_owned())),
        ("datacontenttype", got.datacontenttype().map(str::to_owned)),
        ("dataschema", got.dataschema().map(ToString::to_string)),
        ("subject", got.subject().map(str::to_owned)),
    ];
    for name in expected.keys() {
        if name != "time" && !pairs.iter().any(|(known, _)| known == name) {
            return Err(format!("unknown attribute `{name}` in an expectation"));
        }
    }
    for (name, got) in pairs {
        one_of(expected.get(name).unwrap_or(&Value::Null), |expected| match (expected, got.as_deref()) {
            (Value::Null, None) => Ok(()),
            (Value::String(expected), Some(got)) if expected == got => Ok(()),
            (expected, got) => differ(format_args!("{name} {expected}"), format_args!("{got:?}")),
        })?;
    }
    one_of(expected.get("time").unwrap_or(&Value::Null), |expected| match (expected, got.time()) {
        (Value::Null, None) => Ok(()),
        (Value::String(expected), Some(got)) if instant(expected).as_ref() == Some(got) => Ok(()),
        (expected, got) => differ(format_args!("time {expected}"), format_args!("{got:?}")),
    })
}

fn extensions(expected: &Value, got: &Event) -> Check {
    let expected = expected.as_object().ok_or("an event expectation has no extensions")?;
    let names: BTreeSet<&str> = expected.keys().map(String::as_str).collect();
    let got_names: BTreeSet<&str> = got.iter_extensions().map(|(name, _)| name).collect();
    if names != got_names {
        return differ(format_args!("extensions {names:?}"), format_args!("{got_names:?}"));
    }
    for (name, got) in got.iter_extensions() {
        let holds = match (&expected[name], got) {
            (Value::String(expected), ExtensionValue::String(got)) => expected == got,
            (Value::Object(typed), ExtensionValue::Integer(got)) => {
                typed["type"] == "Integer" && typed["value"] == *got
            }
            (Value::Object(typed), ExtensionValue::Boolean(got)) => {
                typed["type"] == "Boolean" && typed["value"] == *got
            }
            (Value::Object(typed), ExtensionValue::String(got)) => *got == format!("{}", typed["value"]),
            _ => false,
        };
        if !holds {
            return differ(format_args!("extension {name} {}", expected[name]), format_args!("{got:?}"));
        }
    }
    Ok(())
}

fn data(expected: &Value, got: &Event) -> Check {
    let is_text = matches!(got.data(), Some(Data::String(_)));
    let is_json = matches!(got.data(), Some(Data::Json(_)));
    let octets = got.data_bytes();
    let holds = match (expected, octets.as_deref()) {
        (Value::Null, octets) => octets.is_none(),
        (_, None) => false,
        (expected, Some(octets)) => match only(expected)? {
            ("bytes_utf8", value) => text(value).as_bytes() == octets,
            ("bytes_base64", value) => base64(value) == octets,
            ("repeat", value) => repeated(value, "unit") == octets,
            ("json", value) => !is_text && is_the_json(value, octets),
            ("text", value) => !is_json && text(value).as_bytes() == octets,
            (other, _) => return Err(format!("unknown data matcher `{other}`")),
        },
    };
    if holds { Ok(()) } else { differ(format_args!("data {expected}"), format_args!("{:?}", got.data())) }
}

/// The only key of an object, and its value.
fn only(expected: &Value) -> Result<(&str, &Value), String> {
    match expected.as_object().map(|object| (object.len(), object.iter().next())) {
        Some((1, Some((key, value)))) => Ok((key, value)),
        _ => Err(format!("expected one matcher in the case; got {expected}")),
    }
}

fn is_the_json(expected: &Value, octets: &[u8]) -> bool {
    serde_json::from_slice::<Value>(octets).is_ok_and(|got| got == *expected)
}

fn message(expected: &Value, headers: &HeaderMap, body: &Bytes) -> Check {
    keys(expected, &["outcome", "headers", "absent_headers", "body"])?;
    let listed = expected["headers"].as_object().ok_or("a message expectation has no headers")?;
    for (name, expected) in listed {
        let values: Vec<_> = headers.get_all(name).iter().collect();
        let [value] = values[..] else { return differ(format_args!("{name} once"), format_args!("{values:?}")) };
        let value = std::str::from_utf8(value.as_bytes()).map_err(|_| format!("{name} is not UTF-8"))?;
        one_of(expected, |expected| header(expected, value)).map_err(|failure| format!("{name}: {failure}"))?;
    }
    let absent = expected["absent_headers"].as_array().ok_or("a message expectation has no absent_headers")?;
    for name in headers.keys().map(|name| name.as_str()) {
        let unlisted = name.starts_with("ce-") && !listed.contains_key(name);
        if unlisted || absent.iter().any(|absent| text(absent).eq_ignore_ascii_case(name)) {
            return differ(format_args!("no {name}"), format_args!("{:?}", headers.get(name)));
        }
    }
    message_body(expected.get("body").ok_or("a message expectation has no body")?, body)
}

fn header(expected: &Value, got: &str) -> Check {
    let holds = match expected {
        Value::String(exact) => exact == got,
        _ => match only(expected)? {
            ("media_type", value) => essence(got).eq_ignore_ascii_case(essence(text(value))),
            ("decodes_to", value) => decoded(got).as_deref() == Some(text(value)),
            ("instant", value) => decoded(got).is_some_and(|got| is_instant(text(value), &got)),
            (other, _) => return Err(format!("unknown header matcher `{other}`")),
        },
    };
    if holds { Ok(()) } else { differ(expected, got) }
}

fn message_body(expected: &Value, got: &[u8]) -> Check {
    let holds = match expected {
        Value::Null => got.is_empty(),
        _ => match only(expected)? {
            ("bytes_utf8", value) => text(value).as_bytes() == got,
            ("bytes_base64", value) => base64(value) == got,
            ("json", value) => {
                members_are_unique(got)?;
                serde_json::from_slice(got).is_ok_and(|got| is_like(value, &got))
            }
            (other, _) => return Err(format!("unknown body matcher `{other}`")),
        },
    };
    if holds { Ok(()) } else { differ(format_args!("body {expected}"), got.escape_ascii()) }
}

/// Whether two JSON values are equal, where the expected one may ask for an instant.
fn is_like(expected: &Value, got: &Value) -> bool {
    match (expected, got) {
        (Value::Object(expected), Value::String(got)) if expected.contains_key("$instant") => {
            is_instant(text(&expected["$instant"]), got)
        }
        (Value::Object(expected), Value::Object(got)) => {
            expected.len() == got.len()
                && expected.iter().all(|(key, expected)| got.get(key).is_some_and(|got| is_like(expected, got)))
        }
        (Value::Array(expected), Value::Array(got)) => {
            expected.len() == got.len() && expected.iter().zip(got).all(|(expected, got)| is_like(expected, got))
        }
        (expected, got) => expected == got,
    }
}

fn members_are_unique(body: &[u8]) -> Check {
    let names: Names = serde_json::from_slice(body).map_err(|error| format!("body is no JSON object: {error}"))?;
    let mut seen = BTreeSet::new();
    match names.0.iter().find(|name| !seen.insert(name.as_str())) {
        Some(name) => Err(format!("body has member {name} more than once")),
        None => Ok(()),
    }
}

/// The names of an object's members, repeated ones included.
struct Names(Vec<String>);

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Names;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Names, A::Error> {
                let mut names = Names(Vec::new());
                while let Some((name, _)) = map.next_entry::<String, Value>()? {
                    names.0.push(name);
                }
                Ok(names)
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

/// One round of unquoting and percent-decoding, written without a look at the codec.
fn decoded(header: &str) -> Option<String> {
    let mut unquoted = Vec::new();
    match header.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => {
            let mut bytes = inner.bytes();
            while let Some(byte) = bytes.next() {
                unquoted.push(if byte == b'\\' { bytes.next()? } else { byte });
            }
        }
        None => unquoted.extend(header.bytes()),
    }
    let mut octets = Vec::new();
    let mut rest = unquoted.as_slice();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first == b'%' {
            let (digits, after) = rest.split_at_checked(2)?;
            octets.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
            rest = after;
        } else {
            octets.push(*first);
        }
    }
    String::from_utf8(octets).ok()
}

fn is_instant(expected: &str, got: &str) -> bool {
    let year_has_four_digits = got.as_bytes().get(4) == Some(&b'-');
    year_has_four_digits && instant(got).is_some() && instant(got) == instant(expected)
}

fn instant(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
}
