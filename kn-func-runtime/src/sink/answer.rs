//! What a sink says to an event that has arrived.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};

use crate::event::{self, Decoded, Event, Fault, Profile, Reason};

/// What a sink answers to an event that it has taken.
#[derive(Clone)]
pub struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Option<Bytes>,
    tries: u32,
}

impl Answer {
    /// A body that was too large to keep is none.
    pub(super) fn new(response: Response<Option<Bytes>>) -> Self {
        let (head, body) = response.into_parts();
        Self { status: head.status, headers: head.headers, body, tries: 1 }
    }

    pub(super) fn without_body(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), body: None, tries: 1 }
    }

    pub(super) fn after(self, tries: u32) -> Self {
        Self { tries, ..self }
    }

    /// The status, one of 2xx.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// How many tries it took.
    pub fn tries(&self) -> u32 {
        self.tries
    }

    /// The event that the sink replied with, if it did. A broker replies with none; a function may.
    ///
    /// A 202 has no reply, and what is no event is none.
    ///
    /// # Errors
    ///
    /// What [`Fault`] says if the reply is a malformed event, a batch, or larger than 10 MiB. The event that was sent has arrived none the less.
    ///
    /// ```
    /// use kn_func_runtime::sink::Sink;
    /// use kn_func_runtime::{Event, Result};
    ///
    /// async fn ask(sink: &Sink, question: Event) -> Result<Option<Event>> {
    ///     Ok(sink.send(question).await?.into_reply()?)
    /// }
    /// ```
    pub fn into_reply(self) -> Result<Option<Event>, Fault> {
        if matches!(self.status, StatusCode::ACCEPTED | StatusCode::NO_CONTENT) {
            return Ok(None);
        }
        let Some(body) = self.body else {
            return Err(Fault::new(Reason::TooLarge, "the reply of the sink is too large"));
        };
        match event::decode(&self.headers, &body, Profile::Lenient)? {
            Decoded::Event(event) => Ok(Some(event)),
            Decoded::NotEvent => Ok(None),
            Decoded::Batch(_) => Err(Fault::new(Reason::BatchUnsupported, "the reply of the sink is a batch")),
        }
    }
}

/// Without what is in it.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).field("tries", &self.tries).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, content_type: &str, body: &'static str) -> Answer {
        let response = Response::builder().status(status).header("content-type", content_type);
        Answer::new(response.body(Some(Bytes::from_static(body.as_bytes()))).unwrap())
    }

    const EVENT: &str = r#"{"specversion":"1.0","id":"1","source":"/s","type":"t"}"#;

    #[test]
    fn a_reply_is_read_from_a_200_only_where_it_is_an_event() {
        let structured = "application/cloudevents+json";
        assert!(answer(200, structured, EVENT).into_reply().unwrap().is_some());
        assert_eq!(answer(202, structured, EVENT).into_reply(), Ok(None));
        assert_eq!(answer(200, "text/plain", "OK").into_reply(), Ok(None));
        assert_eq!(answer(204, structured, "").into_reply(), Ok(None));
    }

    #[test]
    fn a_reply_that_cannot_be_read_is_not_taken_for_none() {
        let fault = |answer: Answer| answer.into_reply().unwrap_err().reason();
        assert_eq!(fault(answer(200, "application/cloudevents+json", "{}")), Reason::MissingAttribute);
        assert_eq!(fault(answer(200, "application/cloudevents-batch+json", "[]")), Reason::BatchUnsupported);
        assert_eq!(fault(Answer::without_body(StatusCode::OK)), Reason::TooLarge);
    }
}
