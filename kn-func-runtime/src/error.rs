//! What a function gives back when it cannot answer.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use http::StatusCode;
use serde_json::Value;

/// What a function returns: a value, or an [`Error`] that becomes the answer.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Any error that can travel between tasks.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// A failed request: a status, words for the caller, and a cause for the log.
///
/// `?` turns any [`std::error::Error`] into a 500 whose words are `internal error`; the cause is logged and never sent, unless
/// `FUNC_EXPOSE_ERRORS=true`. Whatever is the caller's fault is said with one of the constructors.
///
/// The status tells a Knative broker whether to try again: it delivers an event again after 404, 408, 409, 429 and 5xx, and gives
/// it to the dead-letter sink after any other 4xx. So use [`Error::unprocessable`] for what will never work and
/// [`Error::unavailable`] for what may work later.
///
/// Like `anyhow::Error` it does not implement [`std::error::Error`]; only that makes `?` possible. What implements it neither, such as
/// a boxed error or `anyhow::Error`, is made one by `.map_err(Error::internal)`.
///
/// ```
/// use kn_func_runtime::{Context, Error, Result};
///
/// fn quantity(ctx: &Context) -> Result<u32> {
///     let text = ctx.query_param("quantity").ok_or_else(|| Error::bad_request("query has no `quantity`"))?;
///     Ok(text.parse()?) // a 500: say it with `map_err` when the caller should know
/// }
///
/// let error = quantity(&Context::get("/")).unwrap_err();
/// assert_eq!(error.status(), 400);
/// assert_eq!(error.message(), "query has no `quantity`");
/// ```
pub struct Error {
    inner: Box<Inner>,
}

struct Inner {
    status: StatusCode,
    message: Cow<'static, str>,
    retry_after: Option<Duration>,
    cause: Option<BoxError>,
    json: Option<Value>,
}

impl Error {
    /// An error with the status and the words that the caller gets.
    ///
    /// The words are sent as one line of `text/plain`, so give the reason first and no secret.
    pub fn new(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        let message = message.into();
        Self { inner: Box::new(Inner { status, message, retry_after: None, cause: None, json: None }) }
    }

    /// 400: the request cannot be understood. A broker does not send it again.
    pub fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// 404: there is no such thing. A broker *does* send an event again after it; use [`Error::unprocessable`] there.
    pub fn not_found(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    /// 422: the request is understood and will never work. A broker does not send it again.
    pub fn unprocessable(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, message)
    }

    /// 409: it is at odds with what is there, for example with the same event that is still at work. A broker sends it again.
    pub fn conflict(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::CONFLICT, message)
    }

    /// 429: this caller asks too often. A broker sends it again, see [`Error::retry_after`].
    pub fn too_many_requests(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, message)
    }

    /// 503: it may work later. A broker sends it again, see [`Error::retry_after`].
    pub fn unavailable(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, message)
    }

    /// 500 `internal error`; the cause goes to the log.
    pub fn internal(cause: impl Into<BoxError>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error").with_cause(cause)
    }

    /// Adds what the log should say about why. The caller never sees it, unless `FUNC_EXPOSE_ERRORS=true`.
    pub fn with_cause(mut self, cause: impl Into<BoxError>) -> Self {
        self.inner.cause = Some(cause.into());
        self
    }

    /// Answers with this JSON instead of the words, which are then for the log only.
    ///
    /// ```
    /// use kn_func_runtime::{Error, IntoResponse};
    /// use serde_json::json;
    ///
    /// let error = Error::not_found("no order 7").with_json(json!({ "code": "no_order", "order": 7 }));
    /// assert_eq!(error.into_response().headers()["content-type"], "application/json");
    /// ```
    pub fn with_json(mut self, json: impl Into<Value>) -> Self {
        self.inner.json = Some(json.into());
        self
    }

    /// Asks the caller to wait so long, in whole seconds rounded up, before trying again.
    ///
    /// Only 429 and 503 may ask that; any other status becomes 503.
    ///
    /// ```
    /// # use kn_func_runtime::Error;
    /// # use std::time::Duration;
    /// let busy = Error::unavailable("the database is starting").retry_after(Duration::from_secs(5));
    /// assert_eq!(busy.status(), 503);
    /// ```
    pub fn retry_after(mut self, wait: Duration) -> Self {
        if self.inner.status != StatusCode::TOO_MANY_REQUESTS {
            self.inner.status = StatusCode::SERVICE_UNAVAILABLE;
        }
        self.inner.retry_after = Some(wait);
        self
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.inner.status
    }

    /// The words of the answer.
    pub fn message(&self) -> &str {
        &self.inner.message
    }

    /// What went wrong underneath, for the log.
    pub fn cause(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        self.inner.cause.as_deref()
    }

    /// What the caller gets instead of the words.
    pub(crate) fn json(&self) -> Option<&Value> {
        self.inner.json.as_ref()
    }

    /// The seconds of the `Retry-After` header, if there should be one.
    pub(crate) fn retry_after_seconds(&self) -> Option<u64> {
        self.inner.retry_after.map(|wait| wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0)))
    }

    /// The cause and the causes below it, as one line.
    pub(crate) fn cause_chain(&self) -> Option<String> {
        let mut cause: &dyn StdError = self.cause()?;
        let mut line = cause.to_string();
        while let Some(source) = cause.source() {
            line.push_str(": ");
            line.push_str(&source.to_string());
            cause = source;
        }
        Some(line)
    }
}

impl<E: StdError + Send + Sync + 'static> From<E> for Error {
    fn from(cause: E) -> Self {
        Self::internal(cause)
    }
}

/// The status, the words and the causes, in one line.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.inner.status.as_u16(), self.inner.message)?;
        match self.cause_chain() {
            Some(cause) => write!(f, ": {cause}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("status", &self.inner.status)
            .field("message", &self.inner.message)
            .field("retry_after", &self.inner.retry_after)
            .field("cause", &self.inner.cause)
            .field("json", &self.inner.json)
            .finish()
    }
}

/// 400 for what is not the expected JSON, with what is wrong and where.
pub(crate) fn bad_json(what: &str, error: &serde_json::Error) -> Error {
    let words = shorten(error);
    // A long fault has lost its place, which serde writes at the end.
    let place = match error.line() {
        line if line > 0 && words.ends_with("...") => format!(" at line {line} column {}", error.column()),
        _ => String::new(),
    };
    Error::bad_request(format!("{what} is not the expected JSON: {words}{place}"))
}

/// What is wrong, in a short piece of printable ASCII: the words of a parser may quote what came, of any length.
pub(crate) fn shorten(error: &impl fmt::Display) -> String {
    const LIMIT: usize = 160;
    let words = error.to_string();
    if words.len() <= LIMIT && words.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return words;
    }
    let start: String = words.chars().take(LIMIT).flat_map(char::escape_default).take(LIMIT).collect();
    format!("{start}...")
}

/// The start of a text from outside, for a line of the log.
pub(crate) fn excerpt(text: &str) -> &str {
    const LIMIT: usize = 256;
    let end = (0..=LIMIT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    if text.len() <= LIMIT { text } else { text.get(..end).unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_standard_error_is_a_500_that_keeps_its_cause() {
        let error = Error::from("x".parse::<u32>().unwrap_err());
        assert_eq!(error.status(), 500);
        assert_eq!(error.message(), "internal error");
        assert_eq!(error.cause_chain().as_deref(), Some("invalid digit found in string"));
    }

    #[test]
    fn a_wait_for_ever_is_no_overflow() {
        assert_eq!(Error::unavailable("never").retry_after(Duration::MAX).retry_after_seconds(), Some(u64::MAX));
    }

    #[test]
    fn what_a_parser_quotes_is_neither_long_nor_raw() {
        let words = shorten(&"unknown field `\n\u{e9}".repeat(1000));
        assert!(words.is_ascii() && words.len() < 200 && !words.contains('\n'), "{words}");
        assert_eq!(shorten(&"missing field `item`"), "missing field `item`");
    }

    #[test]
    fn an_excerpt_ends_between_characters() {
        assert_eq!(excerpt("short"), "short");
        assert_eq!(excerpt(&"\u{20ac}".repeat(1000)).len(), 255);
    }

    #[test]
    fn retry_after_makes_a_passing_fault_of_any_status() {
        let wait = Duration::from_millis(1200);
        assert_eq!(Error::internal("busy").retry_after(wait).status(), 503);
        assert_eq!(Error::new(StatusCode::TOO_MANY_REQUESTS, "slow down").retry_after(wait).status(), 429);
        assert_eq!(Error::unavailable("busy").retry_after(wait).retry_after_seconds(), Some(2));
    }
}
