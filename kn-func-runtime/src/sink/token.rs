//! The OIDC token that says who sends: a file that is renewed while the function runs.

use std::fs;
use std::path::PathBuf;

use http::HeaderValue;

const HIDDEN: &str = "[token]";

pub(super) struct TokenFile(PathBuf);

/// A token, which nobody may read.
pub(super) struct Token {
    text: String,
    header: HeaderValue,
}

impl TokenFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// The token as it is now, or words that say why there is none.
    pub(super) fn read(&self) -> Result<Token, String> {
        let path = self.0.display();
        let text = fs::read_to_string(&self.0).map_err(|error| format!("no token in {path}: {error}"))?;
        Token::parse(text.trim()).ok_or_else(|| format!("no token in {path}: expected one line of ASCII"))
    }
}

impl Token {
    fn parse(text: &str) -> Option<Self> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        let mut header = HeaderValue::try_from(format!("Bearer {text}")).ok()?;
        header.set_sensitive(true);
        Some(Self { text: text.to_owned(), header })
    }

    pub(super) fn as_header(&self) -> HeaderValue {
        self.header.clone()
    }

    /// A text in which the token cannot be read, even where it was cut off at the end.
    pub(super) fn hidden_in(&self, text: &str) -> String {
        let mut text = text.replace(&self.text, HIDDEN);
        let starts = (1..self.text.len()).rev().filter_map(|end| self.text.get(..end));
        if let Some(start) = starts.filter(|start| start.len() >= 8).find(|start| text.ends_with(start)) {
            text.truncate(text.len() - start.len());
            text.push_str(HIDDEN);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_one_line_without_its_end() {
        let token = Token::parse("abc.def").unwrap();
        assert_eq!(token.as_header(), "Bearer abc.def");
        assert_eq!(format!("{:?}", token.as_header()), "Sensitive");
        for text in ["", "two words", "two\nlines", "h\u{e9}"] {
            assert!(Token::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_token_is_hidden_where_it_is_repeated() {
        let token = Token::parse("header.payload.signature").unwrap();
        assert_eq!(token.hidden_in("bad header.payload.signature!"), "bad [token]!");
        assert_eq!(token.hidden_in("bad header.payload.sig"), "bad [token]");
        assert_eq!(token.hidden_in("header is bad"), "header is bad");
    }

    #[test]
    fn a_missing_file_is_named() {
        let words = TokenFile::new("/nowhere/token".into()).read().err().unwrap();
        assert!(words.starts_with("no token in /nowhere/token: "), "{words}");
    }
}
