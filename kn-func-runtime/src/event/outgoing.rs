//! The attributes of an event that is about to be sent, checked by the strict rules.
//!
//! The setters of an event check nothing, so this does. Two rules are left out, the form of `source` and the grammar of
//! `datacontenttype`: an event that the lenient profile took must be able to go on its way.

use std::borrow::Cow;

use cloudevents::event::{ExtensionValue, SpecVersion};
use cloudevents::{AttributesReader, Data, Event};
use serde::Serialize;

use super::attribute::{check_integer, check_text, is_name, is_reserved};
use super::fault::{Fault, Place, Unmet};
use super::reason::Reason;
use super::{Profile, media_type, time};

/// The value of an attribute, as JSON has it.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Value<'a> {
    Text(Cow<'a, str>),
    Boolean(bool),
    Integer(i64),
}

impl<'a> Value<'a> {
    /// The value as a header has it, before percent-encoding.
    pub(super) fn as_text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Boolean(true) => Cow::Borrowed("true"),
            Self::Boolean(false) => Cow::Borrowed("false"),
            Self::Integer(integer) => Cow::Owned(integer.to_string()),
        }
    }

    fn checked_text(name: &str, text: &'a str) -> Result<Self, Fault> {
        check_text(text, Profile::Strict).map_err(|unmet| unfit(name, text, unmet))?;
        Ok(Self::Text(Cow::Borrowed(text)))
    }
}

/// Every attribute of an event, extensions last, if all of them may be sent.
pub(super) fn attributes(event: &Event) -> Result<Vec<(&str, Value<'_>)>, Fault> {
    if event.specversion() != SpecVersion::V10 {
        let unmet = Unmet { reason: Reason::UnsupportedSpecversion, expected: "`1.0`" };
        return Err(unfit("specversion", event.specversion().as_str(), unmet));
    }
    let mut attributes = Vec::with_capacity(12);
    attributes.push(("specversion", Value::Text(Cow::Borrowed("1.0"))));

    let texts = [
        ("id", Some(event.id())),
        ("source", Some(event.source().as_str())),
        ("type", Some(event.ty())),
        ("subject", event.subject()),
        ("datacontenttype", content_type(event)),
        ("dataschema", event.dataschema().map(AsRef::as_ref)),
    ];
    for (name, text) in texts {
        match text {
            Some("") => return Err(Fault::empty(Place::Members, name)),
            Some(text) => attributes.push((name, Value::checked_text(name, text)?)),
            None => {}
        }
    }
    if let Some(instant) = event.time() {
        let text = time::format(instant).map_err(|unmet| unfit("time", &instant.to_rfc3339(), unmet))?;
        attributes.push(("time", Value::Text(Cow::Owned(text))));
    }
    for (name, value) in event.iter_extensions() {
        attributes.push((name, extension(name, value)?));
    }
    Ok(attributes)
}

/// The type of the data: a JSON value has one even if the event does not say it.
pub(super) fn content_type(event: &Event) -> Option<&str> {
    match (event.datacontenttype(), event.data()) {
        (None, Some(Data::Json(_))) => Some(media_type::JSON_TYPE),
        (said, _) => said,
    }
}

fn extension<'a>(name: &str, value: &'a ExtensionValue) -> Result<Value<'a>, Fault> {
    if is_reserved(name) {
        return Err(Fault::reserved(Place::Members, name));
    }
    if !is_name(name) {
        return Err(Fault::no_name(Place::Members, name));
    }
    match value {
        ExtensionValue::String(text) => Value::checked_text(name, text),
        ExtensionValue::Boolean(boolean) => Ok(Value::Boolean(*boolean)),
        ExtensionValue::Integer(integer) => match check_integer(*integer) {
            Ok(integer) => Ok(Value::Integer(integer)),
            Err(unmet) => Err(unfit(name, &integer.to_string(), unmet)),
        },
    }
}

fn unfit(name: &str, text: &str, unmet: Unmet) -> Fault {
    Fault::value(Place::Members, name, text.as_bytes(), unmet)
}

#[cfg(test)]
mod tests {
    use cloudevents::event::EventBuilderV03;
    use cloudevents::{AttributesWriter, EventBuilder, EventBuilderV10};

    use super::*;

    fn order() -> Event {
        EventBuilderV10::new().id("1").source("/shop").ty("order.placed").build().unwrap()
    }

    fn reason(event: &Event) -> Option<Reason> {
        attributes(event).err().map(|fault| fault.reason())
    }

    #[test]
    fn a_json_value_is_sent_as_json_without_being_told() {
        let mut event = order();
        event.set_data_unchecked(serde_json::json!([1]));
        assert_eq!(content_type(&event), Some("application/json"));
        event.set_datacontenttype(Some("text/plain"));
        assert_eq!(content_type(&event), Some("text/plain"));
    }

    #[test]
    fn an_attribute_that_is_set_and_empty_is_not_sent() {
        let mut event = order();
        event.set_id("");
        assert_eq!(reason(&event), Some(Reason::EmptyAttribute));
        let mut event = order();
        event.set_subject(Some(""));
        assert_eq!(reason(&event), Some(Reason::EmptyAttribute));
    }

    #[test]
    fn an_extension_cannot_pass_for_an_attribute_or_for_data() {
        let mut event = order();
        event.set_extension("data", "evil");
        assert_eq!(reason(&event), Some(Reason::ReservedAttributeName));
        let mut event = order();
        event.set_extension("data_base64", "evil");
        assert_eq!(reason(&event), Some(Reason::InvalidAttributeName));
    }

    #[test]
    fn an_event_of_version_0_3_is_not_sent() {
        let event = EventBuilderV03::new().id("1").source("/shop").ty("order.placed").build().unwrap();
        assert_eq!(reason(&event), Some(Reason::UnsupportedSpecversion));
    }

    #[test]
    fn a_source_that_only_the_lenient_profile_takes_is_sent_on() {
        let mut event = order();
        event.set_source("/a b");
        event.set_datacontenttype(Some("xyz"));
        assert_eq!(reason(&event), None);
    }
}
