//! An event that could not be delivered, and why.

use std::fmt;

use http::StatusCode;

use super::refusal::{Reason, Refusal};
use crate::error::Error;
use crate::event::{Event, Fault};

/// An event (or a batch) that could not be delivered, and why: nothing is lost.
///
/// The event is the one that was given to the sink, without what `K_CE_OVERRIDES` sets.
///
/// `?` makes it the [`Error`] that says whether it helps to send the cause again: 503, with the `Retry-After` of the sink, if it may, 422 if it
/// will not, and 500 if the event itself breaks the specification. Like `Error` it does not implement [`std::error::Error`].
pub struct Undelivered<E = Event> {
    inner: Box<Inner<E>>,
}

struct Inner<E> {
    event: E,
    to: String,
    refusal: Refusal,
    tries: u32,
}

impl<E> Undelivered<E> {
    pub(super) fn new(event: E, to: String, refusal: Refusal, tries: u32) -> Self {
        Self { inner: Box::new(Inner { event, to, refusal, tries }) }
    }

    /// The status of the last answer, if there was one.
    pub fn status(&self) -> Option<StatusCode> {
        match &self.inner.refusal.reason {
            Reason::Status(status, _) => Some(*status),
            _ => None,
        }
    }

    /// The rule that the event breaks, if that is why it was not sent.
    pub fn fault(&self) -> Option<&Fault> {
        match &self.inner.refusal.reason {
            Reason::Unfit(fault) => Some(fault),
            _ => None,
        }
    }

    /// How often it was tried: not at all if the event breaks a rule.
    pub fn tries(&self) -> u32 {
        self.inner.tries
    }

    /// Whether it may work later. What was refused for good, or breaks a rule, will not.
    pub fn is_passing(&self) -> bool {
        self.inner.refusal.is_passing()
    }
}

impl Undelivered {
    /// The event that was not delivered.
    pub fn event(&self) -> &Event {
        &self.inner.event
    }

    /// The event that was not delivered.
    pub fn into_event(self) -> Event {
        self.inner.event
    }
}

impl Undelivered<Vec<Event>> {
    /// The events that were not delivered.
    pub fn events(&self) -> &[Event] {
        &self.inner.event
    }

    /// The events that were not delivered.
    pub fn into_events(self) -> Vec<Event> {
        self.inner.event
    }
}

impl<E> From<Undelivered<E>> for Error {
    fn from(undelivered: Undelivered<E>) -> Self {
        let cause = undelivered.to_string();
        let is_passing = undelivered.is_passing();
        let Refusal { reason, retry_after } = undelivered.inner.refusal;
        match (reason, retry_after) {
            (Reason::Unfit(fault), _) => fault.into_internal(),
            (_, Some(wait)) if is_passing => unavailable().with_cause(cause).retry_after(wait),
            _ if is_passing => unavailable().with_cause(cause),
            _ => Error::unprocessable("an event was refused by its receiver").with_cause(cause),
        }
    }
}

fn unavailable() -> Error {
    Error::unavailable("an event could not be delivered yet")
}

/// Where it was to go, how often it was tried, and what happened last, in one line.
impl<E> fmt::Display for Undelivered<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { to, refusal, tries, .. } = &*self.inner;
        match tries {
            0 => write!(f, "event was not sent to {to}: {refusal}"),
            1 => write!(f, "event was not delivered to {to} by 1 try: {refusal}"),
            _ => write!(f, "event was not delivered to {to} by {tries} tries: {refusal}"),
        }
    }
}

/// Without the event, which may be large and nobody else's business.
impl<E> fmt::Debug for Undelivered<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Undelivered({self})")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::event::Reason as Rule;

    fn error(reason: Reason, retry_after: Option<Duration>) -> Error {
        Undelivered::new((), "http://broker/".into(), Refusal { reason, retry_after }, 6).into()
    }

    fn status(status: StatusCode) -> Reason {
        Reason::Status(status, "busy".into())
    }

    #[test]
    fn what_may_work_later_is_a_503_that_the_broker_sends_again() {
        let error = error(status(StatusCode::NOT_FOUND), None);
        assert_eq!((error.status().as_u16(), error.retry_after_seconds()), (503, None));
        let cause = "event was not delivered to http://broker/ by 6 tries: answer 404: busy";
        assert_eq!(error.cause_chain().as_deref(), Some(cause));
        assert_eq!(error.message(), "an event could not be delivered yet");
    }

    #[test]
    fn what_the_sink_asks_for_is_passed_on() {
        let error = error(status(StatusCode::TOO_MANY_REQUESTS), Some(Duration::from_secs(90)));
        assert_eq!((error.status().as_u16(), error.retry_after_seconds()), (503, Some(90)));
    }

    #[test]
    fn what_will_never_work_is_a_422_that_the_broker_gives_up() {
        assert_eq!(error(status(StatusCode::FORBIDDEN), None).status(), 422);
        assert_eq!(error(status(StatusCode::FOUND), None).status(), 422);
    }

    #[test]
    fn an_unfit_event_is_a_fault_of_our_own() {
        let error = error(Reason::Unfit(Fault::new(Rule::EmptyAttribute, "`id` is empty")), None);
        assert_eq!((error.status().as_u16(), error.message()), (500, "internal error"));
    }
}
