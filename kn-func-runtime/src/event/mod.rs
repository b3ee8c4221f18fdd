//! CloudEvents over HTTP: which messages are events, and how they are read and written.
//!
//! [`decode`] reads what a sender gave, in binary, structured or batch mode; [`encode_binary`], [`encode_structured`] and
//! [`encode_batch`] write. [`Event`] and its builder are those of the `cloudevents-sdk` crate; [`EventExt`] reads an
//! event's data.
//!
//! Events are read by one of two profiles. Knative's own components, and all that is built with sdk-go, send header text
//! as it is: raw UTF-8, a `%` that encodes nothing, a `source` that is no URI. The lenient [`Profile`] takes such events, and this
//! crate follows it whole. It still refuses whatever could pass for something else: control characters, broken UTF-8, odd
//! names, a required attribute that is missing or empty. The strict one refuses whatever the specification does not allow.
//! It protects you when all your senders are your own and should not drift from the specification, or when a system behind you
//! falls over what is lenient here, such as a header that is given twice. What is written always follows the strict rules,
//! but for the form of `source` and of `datacontenttype`, so that an event that was taken can be sent on.
//!
//! Only version 1.0 is spoken; an event of another version is refused by both profiles.
//!
//! Do not call `Event::default()` or `EventBuilderV10::default()`: they take the source from the name of the host, and panic
//! on some names. `EventBuilderV10::new()` is what you want.

mod attribute;
mod batch;
mod binary;
mod data;
mod draft;
mod envelope;
mod fault;
mod media_type;
mod members;
mod outgoing;
mod percent;
mod reason;
mod reply;
mod retry;
mod structured;
mod time;
mod uri;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap};

pub use batch::{BATCH_LIMIT, encode_batch};
pub use binary::encode_binary;
pub use cloudevents::event::ExtensionValue;
pub use cloudevents::{AttributesReader, AttributesWriter, Data, Event, EventBuilder, EventBuilderV10};
pub use data::EventExt;
pub use fault::Fault;
pub use media_type::{BATCH_TYPE, STRUCTURED_TYPE};
pub use members::MEMBER_LIMIT;
pub use reason::Reason;
pub use reply::Reply;
pub(crate) use reply::{answer_event, webhook_permission};
pub(crate) use retry::may_pass;
pub use structured::encode_structured;

/// How closely a message has to follow the specification; the [module](self) says which to choose.
///
/// ```
/// use bytes::Bytes;
/// use http::HeaderMap;
/// use kn_func_runtime::event::{Profile, decode};
///
/// let mut headers = HeaderMap::new();
/// let sent = [("ce-specversion", "1.0"), ("ce-id", "1"), ("ce-source", "/shop"), ("ce-type", "t"), ("ce-subject", "100%")];
/// for (name, value) in sent {
///     headers.insert(name, value.parse()?);
/// }
/// assert!(decode(&headers, &Bytes::new(), Profile::Lenient).is_ok());
///
/// let fault = decode(&headers, &Bytes::new(), Profile::Strict).unwrap_err();
/// assert_eq!(fault.to_string(), "ce-subject is `100%`; expected two hex digits after each %");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Profile {
    /// Takes what Knative and sdk-go really send.
    #[default]
    Lenient,
    /// Refuses whatever the specification does not allow.
    Strict,
}

/// How a message carries events.
///
/// ```
/// use http::HeaderMap;
/// use kn_func_runtime::event::Mode;
///
/// let mut headers = HeaderMap::new();
/// assert_eq!(Mode::of(&headers), None);
/// headers.insert("ce-specversion", "1.0".parse()?);
/// assert_eq!(Mode::of(&headers), Some(Mode::Binary));
/// headers.insert("content-type", "application/cloudevents+json".parse()?);
/// assert_eq!(Mode::of(&headers), Some(Mode::Structured));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mode {
    /// One event: its attributes are headers, its data is the body.
    Binary,
    /// One event: the body is a JSON object.
    Structured,
    /// Any number of events: the body is a JSON array.
    Batch,
    /// Events in a format other than JSON, which [`decode`] refuses with 415.
    Unknown,
}

impl Mode {
    /// The mode that headers announce; none if the message is no event. Looks at two headers only.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let content_type = headers.get(CONTENT_TYPE).map_or(&[][..], |value| value.as_bytes());
        if media_type::is_event(content_type) {
            return Some(match media_type::essence(content_type) {
                essence if essence.eq_ignore_ascii_case(STRUCTURED_TYPE.as_bytes()) => Self::Structured,
                essence if essence.eq_ignore_ascii_case(BATCH_TYPE.as_bytes()) => Self::Batch,
                _ => Self::Unknown,
            });
        }
        headers.contains_key(&binary::SPECVERSION).then_some(Self::Binary)
    }
}

/// What a message turned out to be.
///
/// ```
/// use kn_func_runtime::event::{Decoded, Event};
///
/// fn events(decoded: Decoded) -> Vec<Event> {
///     match decoded {
///         Decoded::Event(event) => vec![event],
///         Decoded::Batch(events) => events,
///         _ => Vec::new(),
///     }
/// }
/// # assert!(events(Decoded::NotEvent).is_empty());
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[expect(clippy::large_enum_variant, reason = "it is taken apart where it is made")]
pub enum Decoded {
    /// Plain HTTP.
    NotEvent,
    /// One event, in binary or structured mode.
    Event(Event),
    /// The events of a batch, in order.
    Batch(Vec<Event>),
}

/// Reads a message as an event or a batch of them, if it is one.
///
/// The body has to be complete, so limit its size before. That of a binary event is copied, because an event owns its data.
///
/// # Errors
///
/// What [`Fault`] says if the message announces an event and is no valid one.
///
/// ```
/// use bytes::Bytes;
/// use http::HeaderMap;
/// use kn_func_runtime::event::{AttributesReader, Decoded, Profile, decode};
///
/// let mut headers = HeaderMap::new();
/// headers.insert("ce-specversion", "1.0".parse()?);
/// headers.insert("ce-id", "1".parse()?);
/// headers.insert("ce-source", "/shop".parse()?);
/// headers.insert("ce-type", "order.placed".parse()?);
/// headers.insert("ce-subject", "caf%C3%A9".parse()?);
///
/// let decoded = decode(&headers, &Bytes::new(), Profile::default())?;
/// assert!(matches!(decoded, Decoded::Event(event) if event.subject() == Some("caf\u{e9}")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn decode(headers: &HeaderMap, body: &Bytes, profile: Profile) -> Result<Decoded, Fault> {
    match Mode::of(headers) {
        None => Ok(Decoded::NotEvent),
        Some(Mode::Binary) => binary::decode(headers, body, profile).map(Decoded::Event),
        Some(Mode::Structured) => structured::decode(body, profile).map(Decoded::Event),
        Some(Mode::Batch) => batch::decode(body, profile).map(Decoded::Batch),
        Some(Mode::Unknown) => {
            let words = format!("content-type is an unknown event format; expected {STRUCTURED_TYPE} or {BATCH_TYPE}");
            Err(Fault::new(Reason::UnsupportedFormat, words))
        }
    }
}

#[cfg(test)]
mod tests {
    use http::header::HeaderValue;

    use super::*;

    fn mode(content_type: &'static [u8]) -> Option<Mode> {
        let mut headers = HeaderMap::new();
        headers.insert(&binary::SPECVERSION, HeaderValue::from_static("1.0"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_bytes(content_type).unwrap());
        Mode::of(&headers)
    }

    #[test]
    fn an_event_media_type_wins_over_headers() {
        assert_eq!(mode(b"Application/CloudEvents+JSON ; charset=\xe9"), Some(Mode::Structured));
        assert_eq!(mode(b"application/cloudevents-batch+json"), Some(Mode::Batch));
        for other in
            [&b"application/cloudevents"[..], b"application/cloudevents+avro", b"application/cloudevents+jsonx"]
        {
            assert_eq!(mode(other), Some(Mode::Unknown));
        }
        for other in [&b""[..], b"application/json", b"application/cloudevent", b"x application/cloudevents+json"] {
            assert_eq!(mode(other), Some(Mode::Binary));
        }
    }

    #[test]
    fn an_unknown_format_is_a_415_that_says_which_are_known() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/cloudevents+avro"));
        let error = decode(&headers, &Bytes::new(), Profile::Lenient).unwrap_err().into_error();
        assert_eq!(error.status(), 415);
        assert!(error.message().starts_with("content-type is an unknown event format; expected "));
    }
}
