//! How a header carries the text of an attribute: quoted, percent-encoded, or as it is.

use std::borrow::Cow;

use super::Profile;
use super::fault::Unmet;
use super::reason::Reason;

const NOT_ASCII: Unmet = Unmet { reason: Reason::NonAsciiHeader, expected: "percent-encoded UTF-8" };
const NOT_UTF8: Unmet = Unmet { reason: Reason::InvalidPercentEncoding, expected: "percent-encoded UTF-8" };
const NO_ESCAPE: Unmet = Unmet { reason: Reason::InvalidPercentEncoding, expected: "two hex digits after each %" };
const NOT_QUOTED: Unmet = Unmet { reason: Reason::InvalidQuotedString, expected: "one quoted string" };

/// The text that a header says: unquoted first, then percent-decoded, once.
pub(super) fn decode(value: &[u8], profile: Profile) -> Result<Cow<'_, str>, Unmet> {
    match unquote(as_text(value, profile)?, profile)? {
        Cow::Borrowed(text) => unescape_octets(text, profile),
        Cow::Owned(text) => Ok(Cow::Owned(unescape_octets(&text, profile)?.into_owned())),
    }
}

/// The characters of a header, still encoded.
pub(super) fn as_text(value: &[u8], profile: Profile) -> Result<&str, Unmet> {
    match std::str::from_utf8(value) {
        Ok(text) if profile == Profile::Lenient || text.is_ascii() => Ok(text),
        _ => Err(NOT_ASCII),
    }
}

/// What stands between the quotes, if text begins with one; else the text.
fn unquote(text: &str, profile: Profile) -> Result<Cow<'_, str>, Unmet> {
    if !text.starts_with('"') {
        return Ok(Cow::Borrowed(text));
    }
    match (unescape_quoted(text), profile) {
        (Some(inner), _) => Ok(inner),
        (None, Profile::Lenient) => Ok(Cow::Borrowed(text)),
        (None, Profile::Strict) => Err(NOT_QUOTED),
    }
}

/// The content of a quoted string, unless the first quote that is not escaped is not the end.
fn unescape_quoted(quoted: &str) -> Option<Cow<'_, str>> {
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    if !inner.contains(['"', '\\']) {
        return Some(Cow::Borrowed(inner));
    }
    let mut content = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => return None,
            '\\' => content.push(characters.next()?),
            _ => content.push(character),
        }
    }
    Some(Cow::Owned(content))
}

/// Undoes one round of percent-encoding.
///
/// The lenient profile takes a `%` without two hex digits for itself. Octets that are not UTF-8 are refused by both.
fn unescape_octets(text: &str, profile: Profile) -> Result<Cow<'_, str>, Unmet> {
    let Some((start, mut rest)) = text.split_once('%') else { return Ok(Cow::Borrowed(text)) };
    let mut octets = Vec::with_capacity(text.len());
    octets.extend_from_slice(start.as_bytes());
    loop {
        match octet(rest) {
            Some((octet, after)) => {
                octets.push(octet);
                rest = after;
            }
            None if profile == Profile::Strict => return Err(NO_ESCAPE),
            None => octets.push(b'%'),
        }
        match rest.split_once('%') {
            Some((literal, after)) => {
                octets.extend_from_slice(literal.as_bytes());
                rest = after;
            }
            None => {
                octets.extend_from_slice(rest.as_bytes());
                return String::from_utf8(octets).map(Cow::Owned).map_err(|_| NOT_UTF8);
            }
        }
    }
}

/// The octet that two hex digits say, and what follows them.
fn octet(text: &str) -> Option<(u8, &str)> {
    let (digits, rest) = text.split_at_checked(2)?;
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    u8::from_str_radix(digits, 16).ok().map(|octet| (octet, rest))
}

/// Encodes what a header must not carry as it is: space, `"`, `%` and all but printable ASCII.
pub(super) fn encode(text: &str) -> Cow<'_, str> {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    if text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut encoded = String::with_capacity(text.len() + 32);
    for byte in text.bytes() {
        if is_plain(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(char::from(DIGITS[usize::from(byte >> 4)]));
            encoded.push(char::from(DIGITS[usize::from(byte & 0xf)]));
        }
    }
    Cow::Owned(encoded)
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'"' && byte != b'%'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded_again() {
        let texts = [
            "",
            "plain",
            "Euro \u{20ac} \u{1f600}",
            "100%",
            "%41",
            "%",
            "\"quoted\"",
            "a\\b",
            " ",
            "\u{7f}\u{80}",
            "!#$&'()*+,-./:;<=>?@[\\]^_`{|}~",
        ];
        for text in texts {
            let encoded = encode(text);
            assert!(encoded.bytes().all(|byte| byte.is_ascii_graphic()), "{encoded}");
            assert_eq!(decode(encoded.as_bytes(), Profile::Strict).as_deref(), Ok(text));
        }
    }

    #[test]
    fn the_example_of_the_specification_is_encoded_as_it_says() {
        assert_eq!(encode("Euro \u{20ac} \u{1f600}"), "Euro%20%E2%82%AC%20%F0%9F%98%80");
    }

    #[test]
    fn only_the_lenient_profile_takes_a_lone_percent_sign_for_itself() {
        for (text, expected) in [("100%", "100%"), ("50%zz%20off", "50%zz off"), ("%%41%4", "%A%4"), ("%+1", "%+1")] {
            assert_eq!(decode(text.as_bytes(), Profile::Lenient).as_deref(), Ok(expected));
            assert_eq!(decode(text.as_bytes(), Profile::Strict), Err(NO_ESCAPE));
        }
        assert_eq!(decode("%\u{e9}".as_bytes(), Profile::Lenient).as_deref(), Ok("%\u{e9}"));
    }

    #[test]
    fn octets_that_are_not_utf_8_are_refused_by_both() {
        for text in ["%FF", "%C0%A0", "%ED%A0%80", "%E2%82", "%82", "%ED%A0%BD%ED%B8%80"] {
            assert_eq!(decode(text.as_bytes(), Profile::Lenient), Err(NOT_UTF8), "{text}");
            assert_eq!(decode(text.as_bytes(), Profile::Strict), Err(NOT_UTF8), "{text}");
        }
    }

    #[test]
    fn a_quoted_string_is_unquoted_and_unescaped() {
        let texts = [
            (r#""a b""#, "a b"),
            (r#""say \"hi\" \\ there""#, r#"say "hi" \ there"#),
            (r#""""#, ""),
            (r#""\%41""#, "%41"),
        ];
        for (text, expected) in texts {
            assert_eq!(unquote(text, Profile::Strict).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn what_only_looks_quoted_is_refused_or_literal() {
        for text in ["\"", "\"abc", "\"abc\\\"", "\"a\" or \"b\"", "\"\"\""] {
            assert_eq!(unquote(text, Profile::Strict), Err(NOT_QUOTED), "{text}");
            assert_eq!(unquote(text, Profile::Lenient).as_deref(), Ok(text));
        }
        assert_eq!(unquote("a\"b\"", Profile::Strict).as_deref(), Ok("a\"b\""));
    }
}
