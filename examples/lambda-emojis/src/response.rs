//! What a Lambda function gives to a gateway, with a body of the bytes that Python's `json.dumps` writes.

use std::fmt::{Display, Write as _};

use serde_json::{Value, json};

/// The answer, which is JSON already.
pub(crate) fn ok(body: &str) -> Value {
    json!({ "statusCode": 200, "body": ascii(body) })
}

/// What went wrong.
pub(crate) fn failed(error: impl Display) -> Value {
    let error = Value::from(error.to_string());
    json!({ "statusCode": 500, "body": ascii(&format!(r#"{{"error": {error}}}"#)) })
}

/// JSON as Python writes it: what is beyond ASCII is escaped, in two halves beyond U+FFFF.
fn ascii(json: &str) -> String {
    let mut ascii = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '\0'..='~' => ascii.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(ascii, "\\u{unit:04x}").expect("a string takes all that is written to it");
                }
            }
        }
    }
    ascii
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_ascii_is_escaped_as_python_does() {
        assert_eq!(ascii("{\"é\": \"🔥\\n\u{7f}~ \"}"), r#"{"\u00e9": "\ud83d\udd25\n\u007f~ "}"#);
    }

    #[test]
    fn an_error_is_in_the_body() {
        let response = failed("no \"emojis\" ✈");
        assert_eq!(response, json!({ "statusCode": 500, "body": r#"{"error": "no \"emojis\" \u2708"}"# }));
    }
}
