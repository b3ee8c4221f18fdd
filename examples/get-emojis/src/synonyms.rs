//! Who knows synonyms: the embedded WordNet, or anybody else who can be asked.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use http::StatusCode;

use crate::wordnet::Wordnet;

/// Somebody who knows synonyms.
pub trait Synonyms: fmt::Debug + Send + Sync {
    /// The words that mean the same as this one.
    fn of<'a>(&'a self, word: &'a str) -> Words<'a>;
}

/// Synonyms that are at hand, or that take a while.
pub enum Words<'a> {
    /// At hand: the best synonym, if there is any.
    Known(Option<&'a str>),
    /// Asked for: all synonyms, the best first.
    Asked(Answer<'a>),
}

/// Synonyms that somebody is being asked for.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<Arc<[String]>, Unavailable>> + Send + 'a>>;

impl fmt::Debug for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(word) => f.debug_tuple("Known").field(word).finish(),
            Self::Asked(_) => f.write_str("Asked"),
        }
    }
}

impl Synonyms for Wordnet {
    fn of<'a>(&'a self, word: &'a str) -> Words<'a> {
        Words::Known(self.synonym(word))
    }
}

/// Why there are no synonyms. It speaks to the caller of the function; what lies beneath is for the log.
#[derive(Debug)]
#[non_exhaustive]
pub enum Unavailable {
    /// No connection, or one that broke.
    Unreachable(Box<dyn Error + Send + Sync>),
    /// The time is up.
    Late,
    /// Another status than 200.
    Status(StatusCode),
    /// More bytes than synonyms take.
    TooLarge,
    /// No JSON list of words.
    Nonsense(serde_json::Error),
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the synonym service ")?;
        match self {
            Self::Unreachable(_) => f.write_str("cannot be reached"),
            Self::Late => f.write_str("did not answer in time"),
            Self::Status(status) => write!(f, "answered {}, expected 200", status.as_u16()),
            Self::TooLarge => f.write_str("answered with more than a list of words"),
            Self::Nonsense(_) => f.write_str("answered with something else than a JSON list of words"),
        }
    }
}

impl Error for Unavailable {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unreachable(cause) => Some(cause.as_ref()),
            Self::Nonsense(cause) => Some(cause),
            _ => None,
        }
    }
}
