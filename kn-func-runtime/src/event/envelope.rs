//! An event as JSON shows it.

use std::borrow::Cow;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use cloudevents::{Data, Event};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

use super::fault::Fault;
use super::media_type;
use super::outgoing::{self, Value};
use super::reason::Reason;

pub(super) fn to_json(value: &impl Serialize) -> Result<Bytes, Fault> {
    match serde_json::to_vec(value) {
        Ok(json) => Ok(json.into()),
        Err(error) => Err(Fault::new(Reason::InvalidJson, format!("event cannot be written as JSON: {error}"))),
    }
}

/// An event that may be sent, as JSON shows it.
#[derive(Debug)]
pub(super) struct Envelope<'a> {
    attributes: Vec<(&'a str, Value<'a>)>,
    payload: Payload<'a>,
}

#[derive(Debug)]
enum Payload<'a> {
    None,
    Json(&'a serde_json::Value),
    JsonText(&'a RawValue),
    Text(Cow<'a, str>),
    Base64(&'a [u8]),
}

impl<'a> Envelope<'a> {
    pub(super) fn of(event: &'a Event) -> Result<Self, Fault> {
        Ok(Self { attributes: outgoing::attributes(event)?, payload: Payload::of(event) })
    }
}

impl<'a> Payload<'a> {
    fn of(event: &'a Event) -> Self {
        let content_type = outgoing::content_type(event);
        let is_json = content_type.is_some_and(media_type::is_json);
        match event.data() {
            None => Self::None,
            Some(Data::Json(value)) if is_json => Self::Json(value),
            Some(Data::Json(value)) => Self::Text(value.to_string().into()),
            Some(Data::String(text)) if !is_json && content_type.is_some() => Self::Text(text.into()),
            Some(Data::String(text)) => Self::of_octets(text.as_bytes(), is_json),
            Some(Data::Binary(octets)) => Self::of_octets(octets, is_json),
        }
    }

    /// Octets are embedded if they are the JSON that their type says; else they must not be mistaken for it.
    fn of_octets(octets: &'a [u8], is_json: bool) -> Self {
        match is_json.then(|| serde_json::from_slice(octets)) {
            Some(Ok(json)) => Self::JsonText(json),
            _ => Self::Base64(octets),
        }
    }
}

impl Serialize for Envelope<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in &self.attributes {
            map.serialize_entry(name, value)?;
        }
        match &self.payload {
            Payload::None => {}
            Payload::Json(value) => map.serialize_entry("data", value)?,
            Payload::JsonText(json) => map.serialize_entry("data", json)?,
            Payload::Text(text) => map.serialize_entry("data", text)?,
            Payload::Base64(octets) => map.serialize_entry("data_base64", &BASE64_STANDARD.encode(octets))?,
        }
        map.end()
    }
}
