//! How a stream says at its end that it failed: in trailers, or, as AWS's Rust runtime does, in a last piece that looks like them.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::TRAILER;

const TYPE: &str = "lambda-runtime-function-error-type";
const BODY: &str = "lambda-runtime-function-error-body";

/// More than this is no trailer.
const LONGEST: usize = 64 * 1024;

/// Why a stream failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failure {
    kind: String,
    words: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.words)
    }
}

impl Failure {
    fn new(kind: &str, body: &str) -> Self {
        let decoded = STANDARD.decode(body.trim()).ok().and_then(|words| String::from_utf8(words).ok());
        Self { kind: kind.trim().to_owned(), words: decoded.unwrap_or_else(|| body.trim().to_owned()) }
    }

    /// What the trailers say.
    pub(super) fn of(trailers: &HeaderMap) -> Option<Self> {
        let text = |name| trailers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let (kind, body) = (text(TYPE), text(BODY));
        if kind.is_none() && body.is_none() {
            return None;
        }
        Some(Self::new(&kind.unwrap_or_default(), &body.unwrap_or_default()))
    }

    /// What the last bytes of a stream say, if they are lines like the two trailers.
    fn read(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?.strip_suffix("\r\n")?;
        let (first, second) = text.split_once("\r\n")?;
        let (kind, body) = (first.split_once(':')?, second.split_once(':')?);
        let is_it = kind.0.eq_ignore_ascii_case(TYPE) && body.0.eq_ignore_ascii_case(BODY) && !body.1.contains('\n');
        is_it.then(|| Self::new(kind.1, body.1))
    }
}

/// Holds back what may be a failure at the end of a stream, where the headers announce one.
#[derive(Debug)]
pub(super) struct Tail {
    is_announced: bool,
    held: BytesMut,
}

impl Tail {
    pub(super) fn announced_by(headers: &HeaderMap) -> Self {
        let names = headers.get_all(TRAILER).into_iter().filter_map(|value| value.to_str().ok());
        let is_announced = names.flat_map(|names| names.split(',')).any(|name| name.trim().eq_ignore_ascii_case(TYPE));
        Self { is_announced, held: BytesMut::new() }
    }

    /// What of the stream can be passed on, now that this piece is there.
    pub(super) fn push(&mut self, piece: Bytes) -> Bytes {
        if !self.is_announced || (self.held.is_empty() && !may_begin_with_it(&piece)) {
            return piece;
        }
        self.held.extend_from_slice(&piece);
        if self.held.len() <= LONGEST && may_begin_with_it(&self.held) { Bytes::new() } else { self.release() }
    }

    /// What was held back at the end of the stream: a failure, or bytes.
    pub(super) fn end(mut self) -> Result<Bytes, Failure> {
        match Failure::read(&self.held) {
            Some(failure) => Err(failure),
            None => Ok(self.release()),
        }
    }

    fn release(&mut self) -> Bytes {
        self.held.split().freeze()
    }
}

/// Only the beginning of a piece is looked at: what ends with the letter that the name begins with must not wait.
fn may_begin_with_it(piece: &[u8]) -> bool {
    let length = piece.len().min(TYPE.len());
    let (Some(start), Some(name)) = (piece.get(..length), TYPE.as_bytes().get(..length)) else { return false };
    length > 0 && start.eq_ignore_ascii_case(name)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const RUST: &str = "Lambda-Runtime-Function-Error-Type: Runtime.StreamError\r\nLambda-Runtime-Function-Error-Body: b3V0IG9mIGx1Y2s=\r\n";

    fn tail() -> Tail {
        let mut headers = HeaderMap::new();
        headers.append(TRAILER, HeaderValue::from_static("Lambda-Runtime-Function-Error-Type"));
        headers.append(TRAILER, HeaderValue::from_static("Lambda-Runtime-Function-Error-Body"));
        Tail::announced_by(&headers)
    }

    fn luck() -> Failure {
        Failure { kind: "Runtime.StreamError".into(), words: "out of luck".into() }
    }

    #[test]
    fn the_last_piece_of_the_rust_runtime_is_a_failure_however_it_is_cut() {
        for at in 1..RUST.len() {
            let mut tail = tail();
            assert_eq!(tail.push("data".into()), "data");
            assert_eq!(tail.push(RUST[..at].into()), "");
            assert_eq!(tail.push(RUST[at..].into()), "");
            assert_eq!(tail.end(), Err(luck()), "{at}");
        }
    }

    #[test]
    fn what_only_looks_like_it_is_data() {
        let mut tail = tail();
        assert_eq!(tail.push("L".into()), "");
        assert_eq!(tail.push("ambda calculus".into()), "Lambda calculus");
        assert_eq!(tail.push("lambda-runtime-function-error-type is a header".into()), "");
        assert_eq!(tail.end(), Ok("lambda-runtime-function-error-type is a header".into()));
    }

    #[test]
    fn a_stream_that_announces_nothing_waits_for_nothing() {
        let mut tail = Tail::announced_by(&HeaderMap::new());
        assert_eq!(tail.push(RUST.into()), RUST);
        assert_eq!(tail.end(), Ok(Bytes::new()));
    }

    #[test]
    fn trailers_say_why() {
        let mut trailers = HeaderMap::new();
        assert_eq!(Failure::of(&trailers), None);
        trailers.insert(TYPE, HeaderValue::from_static("Runtime.StreamError"));
        trailers.insert(BODY, HeaderValue::from_static("b3V0IG9mIGx1Y2s="));
        assert_eq!(Failure::of(&trailers), Some(luck()));
    }
}
