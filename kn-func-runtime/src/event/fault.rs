//! Why a message is no valid event.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use http::StatusCode;

use super::reason::Reason;
use crate::error::Error;

/// Why a message is refused as an event: a [`Reason`] for programs, and words for people.
///
/// The words name the header or the member, and never hold more than a short piece of what came.
///
/// ```
/// use bytes::Bytes;
/// use http::HeaderMap;
/// use kn_func_runtime::event::{Profile, Reason, decode};
///
/// let mut headers = HeaderMap::new();
/// headers.insert("ce-specversion", "1.0".parse()?);
///
/// let fault = decode(&headers, &Bytes::new(), Profile::Lenient).unwrap_err();
/// assert_eq!(fault.reason(), Reason::MissingAttribute);
/// assert_eq!(fault.attribute(), Some("id"));
/// assert_eq!(fault.status(), 400);
/// assert_eq!(fault.to_string(), "event has no ce-id");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    reason: Reason,
    attribute: Option<Cow<'static, str>>,
    words: Cow<'static, str>,
}

impl Fault {
    /// A fault with words of its own, for what is refused before an event is read.
    ///
    /// ```
    /// use kn_func_runtime::event::{Fault, Reason};
    ///
    /// let fault = Fault::new(Reason::BatchUnsupported, "function takes one event; came a batch");
    /// assert_eq!(fault.status(), 415);
    /// ```
    pub fn new(reason: Reason, words: impl Into<Cow<'static, str>>) -> Self {
        Self { reason, attribute: None, words: words.into() }
    }

    /// What kind of fault it is.
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// The attribute at fault, as events name it: `id`, not `ce-id`.
    pub fn attribute(&self) -> Option<&str> {
        self.attribute.as_deref()
    }

    /// The status to refuse a request with: 400, 413 or 415.
    pub fn status(&self) -> StatusCode {
        self.reason.status()
    }

    /// The answer to a sender whose event is at fault: the status and the words.
    ///
    /// ```
    /// use kn_func_runtime::event::{Fault, Reason};
    ///
    /// let error = Fault::new(Reason::TooLarge, "body is larger than 10 MiB").into_error();
    /// assert_eq!(error.status(), 413);
    /// assert_eq!(error.message(), "body is larger than 10 MiB");
    /// ```
    pub fn into_error(self) -> Error {
        Error::new(self.status(), self.words)
    }

    /// The answer when an event of our own is at fault: 500 `internal error`, with the fault as cause for the log.
    ///
    /// ```
    /// use kn_func_runtime::event::{Fault, Reason};
    ///
    /// let error = Fault::new(Reason::EmptyAttribute, "`id` is empty").into_internal();
    /// assert_eq!(error.status(), 500);
    /// assert_eq!(error.message(), "internal error");
    /// ```
    pub fn into_internal(self) -> Error {
        Error::internal(self)
    }

    pub(super) fn missing(place: Place, attribute: &'static str) -> Self {
        Self::about(Reason::MissingAttribute, attribute, format!("event has no {}", place.name(attribute)))
    }

    pub(super) fn empty(place: Place, attribute: &'static str) -> Self {
        Self::about(Reason::EmptyAttribute, attribute, format!("{} is empty", place.name(attribute)))
    }

    pub(super) fn repeated(place: Place, attribute: &str) -> Self {
        let words = format!("{} is given more than once", place.name(attribute));
        Self::about(Reason::DuplicateAttribute, excerpt(attribute.as_bytes()), words)
    }

    pub(super) fn no_name(place: Place, attribute: &str) -> Self {
        let words = format!("{} names no attribute; expected only a to z and 0 to 9", place.name(attribute));
        Self::about(Reason::InvalidAttributeName, excerpt(attribute.as_bytes()), words)
    }

    pub(super) fn reserved(place: Place, attribute: &str) -> Self {
        let words = format!("{} cannot be an extension; the name is reserved", place.name(attribute));
        Self::about(Reason::ReservedAttributeName, excerpt(attribute.as_bytes()), words)
    }

    /// The value of an attribute is not what was expected.
    pub(super) fn value(place: Place, attribute: &str, value: &[u8], unmet: Unmet) -> Self {
        let words = format!("{} is `{}`; expected {}", place.name(attribute), excerpt(value), unmet.expected);
        Self::about(unmet.reason, excerpt(attribute.as_bytes()), words)
    }

    /// A fault of one attribute, with words of its own.
    pub(super) fn about(
        reason: Reason,
        attribute: impl Into<Cow<'static, str>>,
        words: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { reason, attribute: Some(attribute.into()), words: words.into() }
    }

    /// The same fault, found in one event of a batch.
    pub(super) fn in_batch(self, index: usize) -> Self {
        Self { words: format!("batch index {index}: {}", self.words).into(), ..self }
    }
}

/// The words for people.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl StdError for Fault {}

/// What an attribute's value had to be and is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unmet {
    pub(super) reason: Reason,
    pub(super) expected: &'static str,
}

/// Where a message keeps its attributes, and so what their names look like to its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Headers,
    Members,
}

impl Place {
    fn name(self, attribute: &str) -> String {
        match self {
            Self::Headers if attribute == "datacontenttype" => "content-type".to_owned(),
            Self::Headers => format!("ce-{}", excerpt(attribute.as_bytes())),
            Self::Members => format!("`{}`", excerpt(attribute.as_bytes())),
        }
    }
}

/// The first bytes of foreign text, as printable ASCII.
fn excerpt(text: &[u8]) -> String {
    const LIMIT: usize = 40;
    let end = if text.len() > LIMIT { "..." } else { "" };
    let start = text.get(..LIMIT).unwrap_or(text);
    format!("{}{end}", start.escape_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: Unmet = Unmet { reason: Reason::InvalidTime, expected: "a time" };

    #[test]
    fn an_attribute_is_named_as_its_sender_wrote_it() {
        assert_eq!(Fault::missing(Place::Headers, "id").to_string(), "event has no ce-id");
        assert_eq!(Fault::missing(Place::Members, "id").to_string(), "event has no `id`");
        assert_eq!(Fault::empty(Place::Headers, "datacontenttype").to_string(), "content-type is empty");
    }

    #[test]
    fn foreign_text_is_shortened_and_made_printable() {
        let value = format!("a\r\nb\u{e9}`{}", "x".repeat(1000));
        let fault = Fault::value(Place::Headers, "time", value.as_bytes(), TIME);
        let words = fault.to_string();
        assert!(words.starts_with(r"ce-time is `a\r\nb\xc3\xa9`x"), "{words}");
        assert!(words.ends_with("xxx...`; expected a time"), "{words}");
        assert!(words.len() < 200, "{words}");
    }

    #[test]
    fn a_foreign_name_is_shortened_too() {
        let fault = Fault::no_name(Place::Members, &"\0".repeat(1000));
        assert!(fault.attribute().is_some_and(|name| name.len() < 200 && name.starts_with("\\x00")));
        assert!(fault.to_string().len() < 300);
    }

    #[test]
    fn a_fault_of_our_own_is_a_500_that_names_it_in_the_log_only() {
        let error = Fault::missing(Place::Members, "id").into_internal();
        assert_eq!((error.status(), error.message()), (StatusCode::INTERNAL_SERVER_ERROR, "internal error"));
        assert_eq!(error.cause().map(ToString::to_string).as_deref(), Some("event has no `id`"));
    }
}
