//! Batch mode: several events in one JSON array.

use std::fmt;

use bytes::Bytes;
use cloudevents::Event;
use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::Profile;
use super::envelope::{Envelope, to_json};
use super::fault::Fault;
use super::members::{json_text, unread};
use super::reason::Reason;
use super::structured::decode_text;

/// How many events a batch may have; a larger one is refused with 413.
pub const BATCH_LIMIT: usize = 1000;

/// Reads all events of a batch; one that is at fault makes the batch so.
pub(super) fn decode(body: &[u8], profile: Profile) -> Result<Vec<Event>, Fault> {
    let elements: Elements<'_> =
        serde_json::from_str(json_text(body)?).map_err(|error| unread(&error, "batch is not a JSON array"))?;
    if elements.too_many {
        return Err(Fault::new(Reason::TooLarge, format!("batch has more than {BATCH_LIMIT} events")));
    }
    let events = elements.elements.into_iter().enumerate();
    events.map(|(index, raw)| decode_text(raw.get(), profile).map_err(|fault| fault.in_batch(index))).collect()
}

/// The elements of a JSON array, each still the text it came as.
#[derive(Debug)]
struct Elements<'a> {
    elements: Vec<&'a RawValue>,
    too_many: bool,
}

impl<'de> Deserialize<'de> for Elements<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ElementsVisitor)
    }
}

struct ElementsVisitor;

impl<'de> Visitor<'de> for ElementsVisitor {
    type Value = Elements<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        let mut too_many = false;
        while let Some(raw) = array.next_element()? {
            if elements.len() < BATCH_LIMIT {
                elements.push(raw);
            } else {
                too_many = true;
            }
        }
        Ok(Elements { elements, too_many })
    }
}

/// Writes events as one JSON array, for a body of the type [`BATCH_TYPE`](super::BATCH_TYPE).
///
/// A Knative broker takes no batch as a reply.
///
/// # Errors
///
/// What [`Fault`] says if one of the events breaks a rule.
///
/// ```
/// use kn_func_runtime::event::{EventBuilder, EventBuilderV10, encode_batch};
///
/// let event = EventBuilderV10::new().id("1").source("/shop").ty("order.placed").build()?;
/// let body = encode_batch(vec![event])?;
/// assert_eq!(body, r#"[{"specversion":"1.0","id":"1","source":"/shop","type":"order.placed"}]"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn encode_batch(events: Vec<Event>) -> Result<Bytes, Fault> {
    let envelope = |(index, event)| Envelope::of(event).map_err(|fault| fault.in_batch(index));
    let envelopes: Vec<_> = events.iter().enumerate().map(envelope).collect::<Result<_, _>>()?;
    to_json(&envelopes)
}

#[cfg(test)]
mod tests {
    use cloudevents::{EventBuilder, EventBuilderV10};

    use super::*;

    const ONE: &str = r#"{"specversion":"1.0","id":"1","source":"/s","type":"t"}"#;

    fn fault(body: &str) -> String {
        decode(body.as_bytes(), Profile::Lenient).unwrap_err().to_string()
    }

    #[test]
    fn a_fault_names_the_index_of_its_event() {
        let other = r#"{"specversion":"1.0","source":"/s","type":"t"}"#;
        assert_eq!(fault(&format!("[{ONE},{other}]")), "batch index 1: event has no `id`");
        assert_eq!(fault(&format!("[{ONE}, 5]")), "batch index 1: event is not a JSON object");
    }

    #[test]
    fn what_is_no_array_is_no_batch() {
        assert_eq!(fault(ONE), "batch is not a JSON array");
        assert_eq!(fault("["), "body is not JSON: EOF while parsing a list at line 1 column 1");
    }

    #[test]
    fn a_batch_has_a_limit() {
        let batch = |count| format!("[{}]", vec![ONE; count].join(","));
        assert_eq!(decode(batch(BATCH_LIMIT).as_bytes(), Profile::Lenient).map(|events| events.len()), Ok(BATCH_LIMIT));
        assert_eq!(fault(&batch(BATCH_LIMIT + 1)), "batch has more than 1000 events");
    }

    #[test]
    fn what_is_written_is_read_again() {
        let event = |id| EventBuilderV10::new().id(id).source("/s").ty("t").data("text/plain", "x").build().unwrap();
        let events = vec![event("1"), event("2")];
        let body = encode_batch(events.clone()).unwrap();
        assert_eq!(decode(&body, Profile::Strict), Ok(events));
    }

    #[test]
    fn one_unfit_event_keeps_the_batch_from_being_sent() {
        let event = |id| EventBuilderV10::new().id(id).source("/s").ty("t").build().unwrap();
        let fault = encode_batch(vec![event("1"), event("")]).unwrap_err();
        assert_eq!(fault.to_string(), "batch index 1: `id` is empty");
    }
}
