//! An event as it goes out: the same headers and body for each try.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::overrides::Overrides;
use super::refusal::Refusal;
use crate::error::excerpt;
use crate::event::{
    AttributesReader, BATCH_TYPE, Event, STRUCTURED_TYPE, encode_batch, encode_binary, encode_structured,
};

static PREFER: HeaderName = HeaderName::from_static("prefer");

pub(super) struct Message {
    /// That of the event, or of the first one of a batch, for the log.
    pub(super) id: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Message {
    pub(super) fn of(event: &Event, overrides: &Overrides, is_structured: bool) -> Result<Self, Refusal> {
        let sent = overrides.applied_to(event);
        if is_structured {
            return Ok(Self::document(STRUCTURED_TYPE, encode_structured(sent)?, event.id()));
        }
        let mut headers = HeaderMap::new();
        let body = encode_binary(sent, &mut headers)?;
        Ok(Self::new(headers, body, event.id()))
    }

    pub(super) fn of_batch(events: &[Event], overrides: &Overrides) -> Result<Self, Refusal> {
        let sent = events.iter().map(|event| overrides.applied_to(event)).collect();
        let id = events.first().map_or("", |event| event.id());
        Ok(Self::document(BATCH_TYPE, encode_batch(sent)?, id))
    }

    fn document(media_type: &'static str, body: Bytes, id: &str) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        Self::new(headers, body, id)
    }

    fn new(mut headers: HeaderMap, body: Bytes, id: &str) -> Self {
        // Without it a receiver's reply would be for nobody (Knative data plane, "Event reply contract").
        headers.insert(&PREFER, HeaderValue::from_static("reply"));
        Self { id: excerpt(id).to_owned(), headers, body }
    }
}
