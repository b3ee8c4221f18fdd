//! Why a try has failed, and whether another one may help: the table of Knative Eventing.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{Response, StatusCode};

use super::patience::retry_after;
use super::token::Token;
use crate::client::Failure;
use crate::error::shorten;
use crate::event::{Fault, may_pass};

/// A try that has failed.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) reason: Reason,
    /// What the sink asked for.
    pub(super) retry_after: Option<Duration>,
}

#[derive(Debug)]
pub(super) enum Reason {
    /// The event breaks a rule.
    Unfit(Fault),
    /// The token cannot be read.
    NoToken(String),
    /// There is no answer.
    NoAnswer(Failure),
    /// There is one, with the start of what it says.
    Status(StatusCode, String),
}

impl Refusal {
    pub(super) fn of(response: &Response<Bytes>, token: Option<&Token>) -> Self {
        let status = response.status();
        let may_ask = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
        let asked = response.headers().get(RETRY_AFTER).filter(|_| may_ask);
        let words = words(response.body(), token);
        Self { reason: Reason::Status(status, words), retry_after: asked.and_then(retry_after) }
    }

    /// Whether another try may help.
    pub(super) fn is_passing(&self) -> bool {
        match &self.reason {
            Reason::Unfit(_) => false,
            Reason::NoToken(_) | Reason::NoAnswer(_) => true,
            Reason::Status(status, _) => may_pass(*status),
        }
    }

    pub(super) fn is_unreachable(&self) -> bool {
        matches!(self.reason, Reason::NoAnswer(Failure::Unreachable(_)))
    }
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self { reason, retry_after: None }
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Reason::Unfit(fault).into()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Reason::Unfit(fault) => fault.fmt(f),
            Reason::NoToken(words) => f.write_str(words),
            Reason::NoAnswer(failure) => failure.fmt(f),
            Reason::Status(status, words) if words.is_empty() => write!(f, "answer {}", status.as_u16()),
            Reason::Status(status, words) => write!(f, "answer {}: {words}", status.as_u16()),
        }
    }
}

/// The first line of what the sink says; the token is not in it even if the sink repeats it.
fn words(body: &Bytes, token: Option<&Token>) -> String {
    const LONGEST: usize = 4096;
    let start = String::from_utf8_lossy(body.get(..LONGEST).unwrap_or(body));
    let start = token.map_or_else(|| start.clone().into_owned(), |token| token.hidden_in(&start));
    shorten(&start.trim().lines().next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16) -> Refusal {
        Reason::Status(StatusCode::from_u16(status).unwrap(), String::new()).into()
    }

    #[test]
    fn what_knative_tries_again_is_passing() {
        for status in [404, 408, 409, 429, 500, 501, 502, 503, 504, 507, 599] {
            assert!(refusal(status).is_passing(), "{status}");
        }
        for status in [300, 301, 304, 307, 400, 401, 402, 403, 405, 406, 410, 413, 415, 422, 425, 451] {
            assert!(!refusal(status).is_passing(), "{status}");
        }
    }

    #[test]
    fn only_429_and_503_can_ask_for_time() {
        let asked = |status: u16| {
            let response = Response::builder().status(status).header("retry-after", "7").body(Bytes::new()).unwrap();
            Refusal::of(&response, None).retry_after
        };
        assert_eq!((asked(429), asked(503)), (Some(Duration::from_secs(7)), Some(Duration::from_secs(7))));
        assert_eq!((asked(500), asked(404)), (None, None));
    }

    #[test]
    fn what_a_sink_says_is_one_short_line() {
        let response = Response::builder().status(400).body(Bytes::from("no ce-id\nand more")).unwrap();
        assert_eq!(Refusal::of(&response, None).to_string(), "answer 400: no ce-id");
        let response = Response::builder().status(500).body(Bytes::from(vec![0xff; 100_000])).unwrap();
        assert!(Refusal::of(&response, None).to_string().len() < 200);
    }
}
