//! Why a request got no answer that can be used.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use http::StatusCode;
use hyper_util::client::legacy;

use crate::error::BoxError;

/// Why there is no answer. All but an answer that is too large may go better the next time.
#[derive(Debug)]
pub(crate) enum Failure {
    /// No connection: no such name, nobody listens, a certificate that is not trusted.
    Unreachable(BoxError),
    /// The connection broke off before the end of the answer.
    Broken(BoxError),
    /// There was no whole answer within the time.
    TimedOut(Duration),
    /// There is an answer with this status, but its body is longer than [`ANSWER_LIMIT`](super::ANSWER_LIMIT).
    TooLarge(StatusCode),
}

impl Failure {
    pub(super) fn of(error: legacy::Error) -> Self {
        if error.is_connect() { Self::Unreachable(Box::new(error)) } else { Self::Broken(Box::new(error)) }
    }
}

/// What happened, with all its causes, in one line.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(error) => write!(f, "no connection: {}", causes(error.as_ref())),
            Self::Broken(error) => write!(f, "no whole answer: {}", causes(error.as_ref())),
            Self::TimedOut(time) => write!(f, "no answer within {time:?}"),
            Self::TooLarge(status) => write!(f, "{} with a body that is too large", status.as_u16()),
        }
    }
}

impl StdError for Failure {}

/// What is underneath says more than that the client failed. A layer that repeats the next one is left out.
fn causes(error: &(dyn StdError + 'static)) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut cause = Some(error);
    while let Some(error) = cause {
        cause = error.source();
        let text = error.to_string();
        let says_more = cause.is_none_or(|cause| !text.contains(&cause.to_string()));
        if !error.is::<legacy::Error>() && says_more && !words.contains(&text) {
            words.push(text);
        }
    }
    words.join(": ")
}
