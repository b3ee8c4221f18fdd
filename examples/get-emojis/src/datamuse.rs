//! Synonyms of a service like Datamuse: `GET {url}?rel_syn={word}` gives `[{"word": ...}, ...]`.

use std::error::Error;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{StatusCode, Uri};
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use lru::LruCache;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use tokio::time::timeout;

use crate::synonyms::{Synonyms, Unavailable, Words};

/// How many answers are kept.
const CACHE_SIZE: NonZeroUsize = NonZeroUsize::new(1024).expect("1024 is not 0");

/// Datamuse's longest list has a thousand words, by default it sends a hundred.
const ANSWER_LIMIT: usize = 64 * 1024;

/// No dictionary has longer words, so nobody is asked for them.
const WORD_LIMIT: usize = 128;

const TIMEOUT: Duration = Duration::from_secs(3);

#[cfg(not(feature = "https"))]
type Connector = hyper_util::client::legacy::connect::HttpConnector;
#[cfg(feature = "https")]
type Connector = hyper_rustls::HttpsConnector<hyper_util::client::legacy::connect::HttpConnector>;

/// A service that knows synonyms, and the answers that it gave last.
#[derive(Debug)]
pub struct Datamuse {
    question: String,
    timeout: Duration,
    client: Client<Connector, Empty<Bytes>>,
    cache: Mutex<LruCache<String, Arc<[String]>>>,
}

impl Datamuse {
    /// The service at this URL, which has three seconds for each word.
    ///
    /// # Errors
    ///
    /// If it is no URL that begins with `http://`, or with `https://` if the feature `https` is on.
    pub fn new(url: &str) -> Result<Self, InvalidUrl> {
        let uri = service(url)?;
        let separator = if uri.query().is_some() { '&' } else { '?' };
        Ok(Self {
            question: format!("{uri}{separator}rel_syn="),
            timeout: TIMEOUT,
            client: Client::builder(TokioExecutor::new()).build(connector()),
            cache: Mutex::new(LruCache::new(CACHE_SIZE)),
        })
    }

    /// Gives the service another time for each word.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    async fn synonyms(&self, word: &str) -> Result<Arc<[String]>, Unavailable> {
        if word.len() > WORD_LIMIT {
            return Ok(Arc::default());
        }
        if let Some(known) = self.cache.lock().unwrap_or_else(PoisonError::into_inner).get(word) {
            return Ok(known.clone());
        }
        let synonyms = timeout(self.timeout, self.ask(word)).await.unwrap_or(Err(Unavailable::Late))?;
        self.cache.lock().unwrap_or_else(PoisonError::into_inner).put(word.to_owned(), synonyms.clone());
        Ok(synonyms)
    }

    async fn ask(&self, word: &str) -> Result<Arc<[String]>, Unavailable> {
        let uri = format!("{}{}", self.question, utf8_percent_encode(word, NON_ALPHANUMERIC));
        let uri = Uri::try_from(uri).map_err(unreachable)?;
        let response = self.client.get(uri).await.map_err(unreachable)?;
        if response.status() != StatusCode::OK {
            return Err(Unavailable::Status(response.status()));
        }
        let body = Limited::new(response.into_body(), ANSWER_LIMIT).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() { Unavailable::TooLarge } else { Unavailable::Unreachable(error) }
        })?;
        let answer: Vec<Synonym> = serde_json::from_slice(&body.to_bytes()).map_err(Unavailable::Nonsense)?;
        Ok(answer.into_iter().map(|synonym| synonym.word).collect())
    }
}

impl Synonyms for Datamuse {
    fn of<'a>(&'a self, word: &'a str) -> Words<'a> {
        Words::Asked(Box::pin(self.synonyms(word)))
    }
}

#[derive(Deserialize)]
struct Synonym {
    word: String,
}

fn unreachable(error: impl Error + Send + Sync + 'static) -> Unavailable {
    Unavailable::Unreachable(Box::new(error))
}

#[cfg(not(feature = "https"))]
fn connector() -> Connector {
    Connector::new()
}

/// The roots are Mozilla's, embedded: an image from scratch has none.
#[cfg(feature = "https")]
fn connector() -> Connector {
    hyper_rustls::HttpsConnectorBuilder::new()
        .with_provider_and_webpki_roots(rustls::crypto::ring::default_provider())
        .expect("the provider has the protocol versions that it is compiled with")
        .https_or_http()
        .enable_http1()
        .build()
}

fn service(url: &str) -> Result<Uri, InvalidUrl> {
    let invalid = |expected| InvalidUrl { url: url.to_owned(), expected };
    let uri: Uri = url.parse().map_err(|_| invalid(EXPECTED))?;
    match uri.scheme_str() {
        Some("http") => {}
        Some("https") if cfg!(feature = "https") => {}
        Some("https") => return Err(invalid("an http URL, for https build with `--features https`")),
        _ => return Err(invalid(EXPECTED)),
    }
    // What stands beside host and port is a password or a port that is no number.
    let host = uri.host().unwrap_or_default();
    let authority = uri.port_u16().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    if host.is_empty() || uri.authority().is_none_or(|given| given.as_str() != authority) {
        return Err(invalid(EXPECTED));
    }
    Ok(uri)
}

const EXPECTED: &str = "the URL of a synonym service, like http://localhost:8000/words";

/// `SYNONYMS_URL` holds something else than the URL of a service.
#[derive(Debug)]
pub struct InvalidUrl {
    url: String,
    expected: &'static str,
}

impl fmt::Display for InvalidUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SYNONYMS_URL is `{}`; expected {}", self.url, self.expected)
    }
}

impl Error for InvalidUrl {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_is_none_is_an_error_that_says_what_would_be_right() {
        for url in [
            "",
            "words",
            "/words",
            "ftp://localhost/words",
            "http://",
            "http://:80",
            "http://h:x",
            "http://u:p@h",
            "http://h h",
        ] {
            let error = Datamuse::new(url).unwrap_err().to_string();
            assert_eq!(
                error,
                format!(
                    "SYNONYMS_URL is `{url}`; expected the URL of a synonym service, like http://localhost:8000/words"
                )
            );
        }
    }

    #[test]
    fn https_needs_its_feature() {
        let service = Datamuse::new("https://localhost/words");
        if cfg!(feature = "https") {
            service.unwrap();
        } else {
            assert_eq!(
                service.unwrap_err().to_string(),
                "SYNONYMS_URL is `https://localhost/words`; expected an http URL, for https build with `--features https`"
            );
        }
    }

    #[test]
    fn the_word_is_added_to_a_query_that_the_url_has() {
        let question = |url| Datamuse::new(url).unwrap().question;
        assert_eq!(question("http://localhost:8000/words"), "http://localhost:8000/words?rel_syn=");
        assert_eq!(question("http://[::1]/words?max=3"), "http://[::1]/words?max=3&rel_syn=");
        assert_eq!(question("HTTP://localhost"), "http://localhost/?rel_syn=");
    }
}
