//! Binary mode: attributes are headers, data is the body.

use std::borrow::Cow;

use bytes::Bytes;
use cloudevents::event::ExtensionValue;
use cloudevents::{AttributesReader, Data, Event};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::draft::{Draft, check_version};
use super::fault::{Fault, Place, Unmet};
use super::reason::Reason;
use super::{Profile, attribute, media_type, outgoing, percent, uri};

pub(super) static SPECVERSION: HeaderName = HeaderName::from_static("ce-specversion");
static ID: HeaderName = HeaderName::from_static("ce-id");
static SOURCE: HeaderName = HeaderName::from_static("ce-source");
static TYPE: HeaderName = HeaderName::from_static("ce-type");
static DATASCHEMA: HeaderName = HeaderName::from_static("ce-dataschema");
static SUBJECT: HeaderName = HeaderName::from_static("ce-subject");
static TIME: HeaderName = HeaderName::from_static("ce-time");

pub(super) fn decode(headers: &HeaderMap, body: &Bytes, profile: Profile) -> Result<Event, Fault> {
    let version = match headers.get(&SPECVERSION) {
        Some(value) => Some(decode_value("specversion", value, profile)?),
        None => None,
    };
    check_version(version.as_deref(), Place::Headers)?;

    let mut draft = Draft::default();
    let mut previous = None;
    for (header, value) in headers {
        // A map yields the values of one name in a row.
        let repeated = previous.replace(header) == Some(header);
        let Some(name) = attribute_of(header, profile)? else { continue };
        if repeated && profile == Profile::Strict {
            return Err(Fault::repeated(Place::Headers, name));
        }
        if repeated || name == "specversion" {
            continue;
        }
        let text = decode_value(name, value, profile)?;
        match draft.slot(name) {
            Some(slot) => *slot = Some(text),
            None => draft.extension(Cow::Borrowed(name), ExtensionValue::String(text.into_owned())),
        }
    }

    let mut event = draft.build(Place::Headers, profile)?;
    if !body.is_empty() {
        event.set_data_unchecked(body.to_vec());
    }
    Ok(event)
}

/// The attribute that a header carries, if it is one that the profile lets pass.
fn attribute_of(header: &HeaderName, profile: Profile) -> Result<Option<&str>, Fault> {
    if header == header::CONTENT_TYPE {
        return Ok(Some("datacontenttype"));
    }
    let Some(name) = header.as_str().strip_prefix("ce-") else { return Ok(None) };
    let fault = match name {
        "datacontenttype" => {
            let words = "ce-datacontenttype is given; expected content-type to say it";
            Fault::about(Reason::ForbiddenHeader, name.to_owned(), words)
        }
        "data" => Fault::reserved(Place::Headers, name),
        _ if attribute::is_name(name) => return Ok(Some(name)),
        _ => Fault::no_name(Place::Headers, name),
    };
    match profile {
        Profile::Lenient => Ok(None),
        Profile::Strict => Err(fault),
    }
}

fn decode_value<'a>(name: &str, value: &'a HeaderValue, profile: Profile) -> Result<Cow<'a, str>, Fault> {
    let value = value.as_bytes();
    let text = match name {
        "datacontenttype" => percent::as_text(value, profile).map(Cow::Borrowed),
        "source" | "dataschema" => percent::decode(value, profile).map(|uri| most_like_a_uri(uri, value, profile)),
        _ => percent::decode(value, profile),
    };
    text.map_err(|unmet| Fault::value(Place::Headers, name, value, unmet))
}

/// The header as it came if that is a URI and the decoded one is none: sdk-go sends `/a%20b` without encoding it again.
fn most_like_a_uri<'a>(decoded: Cow<'a, str>, value: &'a [u8], profile: Profile) -> Cow<'a, str> {
    if profile == Profile::Strict || uri::is_reference(&decoded) {
        return decoded;
    }
    match std::str::from_utf8(value) {
        Ok(text) if uri::is_reference(text) => Cow::Borrowed(text),
        _ => decoded,
    }
}

/// Writes an event into the headers of a message and gives back its body.
///
/// Headers of another event are removed first, `content-type` too.
///
/// # Errors
///
/// What [`Fault`] says if the event breaks a rule, or if its data is an event again, which only structured mode can carry.
/// A message with these headers must not be sent then.
///
/// ```
/// use http::HeaderMap;
/// use kn_func_runtime::event::{EventBuilder, EventBuilderV10, encode_binary};
///
/// let event = EventBuilderV10::new().id("1").source("/shop").ty("order.placed").subject("50 %").data("text/plain", "tea");
/// let mut headers = HeaderMap::new();
/// let body = encode_binary(event.build()?, &mut headers)?;
/// assert_eq!(headers["ce-subject"], "50%20%25");
/// assert_eq!(headers["content-type"], "text/plain");
/// assert_eq!(body, "tea");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn encode_binary(mut event: Event, headers: &mut HeaderMap) -> Result<Bytes, Fault> {
    let attributes = outgoing::attributes(&event)?;
    check_content_type(&event)?;
    remove_event(headers);
    for (name, value) in attributes {
        let text = value.as_text();
        // Content-Type is HTTP's own header, so it is not percent-encoded.
        let text = if name == "datacontenttype" { text } else { percent::encode(&text) };
        put(headers, name, &text).ok_or_else(|| Fault::value(Place::Members, name, text.as_bytes(), NO_HEADER))?;
    }
    Ok(match event.take_data() {
        (_, _, Some(Data::Binary(octets))) => octets.into(),
        (_, _, Some(Data::String(text))) => text.into(),
        (_, _, Some(Data::Json(value))) => value.to_string().into(),
        (_, _, None) => Bytes::new(),
    })
}

/// Checks that a receiver cannot take the data for the event itself: an event media type announces structured mode.
fn check_content_type(event: &Event) -> Result<(), Fault> {
    match event.datacontenttype() {
        Some(text) if media_type::is_event(text.as_bytes()) => {
            let expected = "a type that is no event format, or structured mode";
            let unmet = Unmet { reason: Reason::InvalidDatacontenttype, expected };
            Err(Fault::value(Place::Members, "datacontenttype", text.as_bytes(), unmet))
        }
        _ => Ok(()),
    }
}

const NO_HEADER: Unmet = Unmet { reason: Reason::InvalidAttributeValue, expected: "what fits into a header" };

fn put(headers: &mut HeaderMap, attribute: &str, text: &str) -> Option<()> {
    let name = match attribute {
        "specversion" => SPECVERSION.clone(),
        "id" => ID.clone(),
        "source" => SOURCE.clone(),
        "type" => TYPE.clone(),
        "datacontenttype" => header::CONTENT_TYPE,
        "dataschema" => DATASCHEMA.clone(),
        "subject" => SUBJECT.clone(),
        "time" => TIME.clone(),
        extension => HeaderName::try_from(format!("ce-{extension}")).ok()?,
    };
    let value = HeaderValue::from_bytes(text.as_bytes()).ok()?;
    headers.try_insert(name, value).ok().map(drop)
}

fn remove_event(headers: &mut HeaderMap) {
    headers.remove(header::CONTENT_TYPE);
    let names: Vec<_> = headers.keys().filter(|name| name.as_str().starts_with("ce-")).cloned().collect();
    for name in names {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUIRED: [(&str, &str); 4] =
        [("ce-specversion", "1.0"), ("ce-id", "1"), ("ce-source", "/s"), ("ce-type", "t")];

    fn headers(more: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in REQUIRED.iter().chain(more) {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    fn lenient(more: &[(&'static str, &'static str)]) -> Result<Event, Fault> {
        decode(&headers(more), &Bytes::new(), Profile::Lenient)
    }

    fn strict_reason(more: &[(&'static str, &'static str)]) -> Option<Reason> {
        decode(&headers(more), &Bytes::new(), Profile::Strict).err().map(|fault| fault.reason())
    }

    #[test]
    fn the_first_of_repeated_headers_counts() {
        let event =
            lenient(&[("ce-id", "2"), ("ce-a", "1"), ("content-type", "a/b"), ("ce-a", "2"), ("content-type", "c/d")]);
        let event = event.unwrap();
        assert_eq!(event.id(), "1");
        assert_eq!(event.datacontenttype(), Some("a/b"));
        assert_eq!(event.extension("a"), Some(&ExtensionValue::from("1")));
    }

    #[test]
    fn the_strict_profile_takes_no_header_twice() {
        let repeated = Some(Reason::DuplicateAttribute);
        assert_eq!(strict_reason(&[("ce-id", "1")]), repeated);
        assert_eq!(strict_reason(&[("ce-specversion", "1.0")]), repeated);
        assert_eq!(strict_reason(&[("ce-a", "1"), ("x-b", "1"), ("ce-a", "1")]), repeated);
        assert_eq!(strict_reason(&[("content-type", "a/b"), ("content-type", "a/b")]), repeated);
        assert_eq!(strict_reason(&[("x-a", "1"), ("x-a", "1")]), None);
    }

    #[test]
    fn an_unknown_version_is_named_before_any_other_fault() {
        let mut headers = headers(&[("ce-time", "lunchtime")]);
        headers.insert(&SPECVERSION, HeaderValue::from_static("9.9"));
        let fault = decode(&headers, &Bytes::new(), Profile::Lenient).unwrap_err();
        assert_eq!(fault.to_string(), "ce-specversion is `9.9`; expected `1.0`");
    }

    #[test]
    fn a_missing_attribute_is_named_by_its_header() {
        let mut headers = headers(&[]);
        headers.remove(&ID);
        let fault = decode(&headers, &Bytes::new(), Profile::Lenient).unwrap_err();
        assert_eq!(fault.to_string(), "event has no ce-id");
    }

    #[test]
    fn an_odd_header_never_becomes_an_extension() {
        let event = lenient(&[("ce-data", "x"), ("ce-data_base64", "eA=="), ("ce-my-ext", "x"), ("ce-", "x")]).unwrap();
        assert_eq!(event.iter_extensions().count(), 0);
    }

    #[test]
    fn a_source_that_its_sender_did_not_encode_stays_a_uri() {
        let mut headers = headers(&[("ce-dataschema", "https://example.com/a%20b")]);
        headers.insert(&SOURCE, HeaderValue::from_static("/a%20b"));
        let event = decode(&headers, &Bytes::new(), Profile::Lenient).unwrap();
        assert_eq!(event.source(), "/a%20b");
        assert_eq!(event.dataschema().map(AsRef::as_ref), Some("https://example.com/a%20b"));
    }

    #[test]
    fn hostile_header_values_are_faults_or_text() {
        for value in [&b"\""[..], b"\"\"", b"\"\\\"", b"%", b"%%%", b"\xff", b"%00", b"\t", b"\"%\""] {
            let mut headers = headers(&[]);
            headers.insert("ce-subject", HeaderValue::from_bytes(value).unwrap());
            for profile in [Profile::Lenient, Profile::Strict] {
                if let Ok(event) = decode(&headers, &Bytes::new(), profile) {
                    assert!(!event.subject().unwrap_or_default().contains(char::is_control));
                }
            }
        }
    }

    #[test]
    fn headers_of_another_event_do_not_leak_into_the_message() {
        let mut headers = headers(&[("ce-other", "x"), ("content-type", "text/plain"), ("x-kept", "y")]);
        let event = lenient(&[]).unwrap();
        let body = encode_binary(event, &mut headers).unwrap();
        assert!(body.is_empty());
        assert_eq!(headers.len(), 5);
        assert_eq!(headers.get("x-kept").map(HeaderValue::as_bytes), Some(&b"y"[..]));
    }

    #[test]
    fn data_that_is_an_event_itself_cannot_pass_for_the_event() {
        let mut event = lenient(&[]).unwrap();
        event.set_data(" Application/CloudEvents+JSON; charset=utf-8", "{}");
        let fault = encode_binary(event, &mut HeaderMap::new()).unwrap_err();
        assert_eq!((fault.reason(), fault.attribute()), (Reason::InvalidDatacontenttype, Some("datacontenttype")));
    }

    #[test]
    fn data_leaves_without_being_copied() {
        let mut event = lenient(&[]).unwrap();
        let octets = vec![7; 1000];
        let address = octets.as_ptr();
        event.set_data_unchecked(octets);
        let body = encode_binary(event, &mut HeaderMap::new()).unwrap();
        assert_eq!(body.as_ptr(), address);
    }

    #[test]
    fn a_name_that_is_too_long_for_a_header_is_a_fault() {
        let mut event = lenient(&[]).unwrap();
        event.set_extension(&"a".repeat(100_000), true);
        assert!(encode_binary(event, &mut HeaderMap::new()).is_err());
    }
}
