//! An event as it goes out: the same headers and body for each try.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::overrides::Overrides;
use super::refusal::Refusal;
use crate::event::{BATCH_TYPE, Event, STRUCTURED_TYPE, encode_batch, encode_binary, encode_structured};

static PREFER: HeaderName = HeaderName::from_static("prefer");

pub(super) struct Message {
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Message {
    pub(super) fn of(event: &Event, overrides: &Overrides, is_structured: bool) -> Result<Self, Refusal> {
        let event = overrides.applied_to(event);
        if is_structured {
            return Ok(Self::document(STRUCTURED_TYPE, encode_structured(event)?));
        }
        let mut headers = HeaderMap::new();
        let body = encode_binary(event, &mut headers)?;
        Ok(Self::asking_for_a_reply(headers, body))
    }

    pub(super) fn of_batch(events: &[Event], overrides: &Overrides) -> Result<Self, Refusal> {
        let events = events.iter().map(|event| overrides.applied_to(event)).collect();
        Ok(Self::document(BATCH_TYPE, encode_batch(events)?))
    }

    fn document(media_type: &'static str, body: Bytes) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        Self::asking_for_a_reply(headers, body)
    }

    /// Without it a receiver's reply would be for nobody (Knative data plane, "Event reply contract").
    fn asking_for_a_reply(mut headers: HeaderMap, body: Bytes) -> Self {
        headers.insert(&PREFER, HeaderValue::from_static("reply"));
        Self { headers, body }
    }
}
