//! Structured mode: the whole event is one JSON object.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use cloudevents::event::ExtensionValue;
use cloudevents::{AttributesReader, AttributesWriter, Event};

use super::draft::{Draft, check_version};
use super::envelope::{Envelope, to_json};
use super::fault::{Fault, Place};
use super::members::{Member, Members, json_text};
use super::reason::Reason;
use super::{Profile, attribute, media_type};

pub(super) fn decode(body: &[u8], profile: Profile) -> Result<Event, Fault> {
    decode_text(json_text(body)?, profile)
}

pub(super) fn decode_text(json: &str, profile: Profile) -> Result<Event, Fault> {
    let members = Members::read(json)?;
    if profile == Profile::Strict {
        members.check_unique()?;
    }
    let version = members.last_given("specversion").map(|member| member.string("specversion")).transpose()?;
    check_version(version.as_deref(), Place::Members)?;

    let mut draft = Draft::default();
    for (name, member) in members.given() {
        if matches!(name.as_ref(), "specversion" | "data" | "data_base64") {
            continue;
        }
        match draft.slot(name) {
            Some(slot) => *slot = Some(member.string(name)?),
            None => draft.extension(name.clone(), extension(name, member)?),
        }
    }
    let mut event = draft.build(Place::Members, profile)?;

    match (members.last("data"), members.last_given("data_base64")) {
        (Some(data), Some(_)) if profile == Profile::Strict || !data.is_null() => {
            let words = "event has both `data` and `data_base64`; expected one of them";
            return Err(Fault::new(Reason::DataAndDataBase64, words));
        }
        (_, Some(base64)) => _ = event.set_data_unchecked(octets(base64)?),
        (Some(data), None) => set_data(&mut event, data)?,
        (None, None) => {}
    }
    Ok(event)
}

fn extension(name: &str, member: Member<'_>) -> Result<ExtensionValue, Fault> {
    if !attribute::is_name(name) {
        return Err(Fault::no_name(Place::Members, name));
    }
    if let Some(text) = member.text() {
        return Ok(ExtensionValue::String(text?.into_owned()));
    }
    match member.json() {
        "true" => Ok(ExtensionValue::Boolean(true)),
        "false" => Ok(ExtensionValue::Boolean(false)),
        digits if digits.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit()) => {
            let integer = digits.parse().map_err(|_| attribute::OUT_OF_RANGE).and_then(attribute::check_integer);
            integer
                .map(ExtensionValue::Integer)
                .map_err(|unmet| Fault::value(Place::Members, name, digits.as_bytes(), unmet))
        }
        _ => Err(member.wrong_type(name, "a string, a boolean or an integer")),
    }
}

/// Keeps JSON as the octets it came as, and any other data as text.
fn set_data(event: &mut Event, data: Member<'_>) -> Result<(), Fault> {
    if event.datacontenttype().is_none() {
        event.set_datacontenttype(Some(media_type::JSON_TYPE));
    }
    if event.datacontenttype().is_some_and(media_type::is_json) {
        event.set_data_unchecked(data.json().as_bytes().to_vec());
    } else if let Some(text) = data.text() {
        event.set_data_unchecked(text?.into_owned());
    } else if !data.is_null() {
        let words = "`data` is not a string; expected one, for its media type is not JSON";
        return Err(Fault::about(Reason::DataNotString, "data", words));
    }
    Ok(())
}

fn octets(base64: Member<'_>) -> Result<Vec<u8>, Fault> {
    let text = base64.string("data_base64")?;
    BASE64_STANDARD.decode(text.as_bytes()).map_err(|_| {
        let words = "`data_base64` is not base64; expected RFC 4648 section 4, with padding";
        Fault::about(Reason::InvalidBase64, "data_base64", words)
    })
}

/// Writes an event as one JSON object, for a body of the type [`STRUCTURED_TYPE`](super::STRUCTURED_TYPE).
///
/// # Errors
///
/// What [`Fault`] says if the event breaks a rule.
///
/// ```
/// use kn_func_runtime::event::{EventBuilder, EventBuilderV10, encode_structured};
///
/// let event = EventBuilderV10::new().id("1").source("/shop").ty("order.placed").build()?;
/// let body = encode_structured(event)?;
/// assert_eq!(body, r#"{"specversion":"1.0","id":"1","source":"/shop","type":"order.placed"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn encode_structured(event: Event) -> Result<Bytes, Fault> {
    to_json(&Envelope::of(&event)?)
}

#[cfg(test)]
mod tests {
    use cloudevents::{Data, EventBuilder, EventBuilderV10};

    use super::*;

    fn with(members: &str) -> String {
        format!(r#"{{"specversion":"1.0","id":"1","source":"/s","type":"t"{members}}}"#)
    }

    fn lenient(members: &str) -> Result<Event, Fault> {
        decode(with(members).as_bytes(), Profile::Lenient)
    }

    fn fault(members: &str) -> String {
        lenient(members).unwrap_err().to_string()
    }

    fn written(content_type: Option<&str>, data: impl Into<Data>) -> String {
        let mut event = EventBuilderV10::new().id("1").source("/s").ty("t").build().unwrap();
        event.set_datacontenttype(content_type);
        event.set_data_unchecked(data);
        String::from_utf8(encode_structured(event).unwrap().to_vec()).unwrap()
    }

    #[test]
    fn a_missing_attribute_is_named_as_a_member() {
        let fault = decode(br#"{"specversion":"1.0","source":"/s","type":"t"}"#, Profile::Lenient).unwrap_err();
        assert_eq!(fault.to_string(), "event has no `id`");
        let fault = decode(b"{}", Profile::Lenient).unwrap_err();
        assert_eq!(fault.to_string(), "event has no `specversion`");
    }

    #[test]
    fn an_unknown_version_is_named_before_any_other_fault() {
        let fault = decode(br#"{"id":5,"x":1.5,"specversion":"9.9"}"#, Profile::Lenient).unwrap_err();
        assert_eq!(fault.to_string(), "`specversion` is `9.9`; expected `1.0`");
    }

    #[test]
    fn the_last_of_repeated_members_counts_in_the_lenient_profile() {
        let event = lenient(r#","id":"2","a":1,"a":true,"data":1,"data":2"#).unwrap();
        assert_eq!(event.id(), "2");
        assert_eq!(event.extension("a"), Some(&ExtensionValue::Boolean(true)));
        assert_eq!(event.data(), Some(&Data::Binary(b"2".to_vec())));
        let strict = decode(with(r#","a":1,"a":1"#).as_bytes(), Profile::Strict);
        assert_eq!(strict.map_err(|fault| fault.to_string()), Err("`a` is given more than once".to_owned()));
    }

    #[test]
    fn a_member_of_the_wrong_type_is_shown() {
        assert_eq!(fault(r#","time":1"#), "`time` is `1`; expected a string");
        assert_eq!(fault(r#","a":1.5"#), "`a` is `1.5`; expected a string, a boolean or an integer");
        let range = "expected an integer from -2147483648 to 2147483647";
        assert_eq!(fault(r#","a":2147483648"#), format!("`a` is `2147483648`; {range}"));
        let digits = "9".repeat(1000);
        assert_eq!(fault(&format!(r#","a":{digits}"#)), format!("`a` is `{}...`; {range}", "9".repeat(40)));
    }

    #[test]
    fn json_data_is_kept_to_the_byte() {
        let json = r#"{ "b":1.0, "a" : 12345678901234567890123, "c":1e400 }"#;
        let event = lenient(&format!(r#","data":{json}"#)).unwrap();
        assert_eq!(event.data(), Some(&Data::Binary(json.as_bytes().to_vec())));
        assert_eq!(event.datacontenttype(), Some("application/json"));
    }

    #[test]
    fn hostile_text_is_a_fault() {
        for members in [
            r#","subject":"\ud800""#,
            r#","a":"\udc00\ud800""#,
            r#","subject":"a\u0000b""#,
            r#","a":"\u0085""#,
            r#","\u0000":1"#,
            r#","datacontenttype":"text/plain","data":"\ud800""#,
            r#","datacontenttype":"text/plain","data":[]"#,
            r#","data":{]"#,
        ] {
            assert!(lenient(members).is_err(), "{members}");
        }
        assert!(decode(b"{\"specversion\":\"1.0\",\"id\":\"\xff\"}", Profile::Lenient).is_err());
    }

    #[test]
    fn deep_nesting_is_data_like_any_other_and_no_extension() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        let event = lenient(&format!(r#","data":{deep}"#)).unwrap();
        assert!(encode_structured(event).is_ok());
        assert!(fault(&format!(r#","a":{deep}"#)).starts_with("`a` is `[[[["));
    }

    #[test]
    fn data_is_embedded_only_where_it_is_what_its_type_says() {
        let json = Some("application/json");
        assert_eq!(written(json, "[1, 2]"), with(r#","datacontenttype":"application/json","data":[1, 2]"#));
        assert_eq!(written(json, b" 1 ".to_vec()), with(r#","datacontenttype":"application/json","data":1"#));
        assert_eq!(written(json, "{"), with(r#","datacontenttype":"application/json","data_base64":"ew==""#));
        assert_eq!(written(None, "1"), with(r#","data_base64":"MQ==""#));
        let text = Some("text/plain");
        assert_eq!(written(text, "1"), with(r#","datacontenttype":"text/plain","data":"1""#));
        assert_eq!(written(text, b"1".to_vec()), with(r#","datacontenttype":"text/plain","data_base64":"MQ==""#));
    }
}
