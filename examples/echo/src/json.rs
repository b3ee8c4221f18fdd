//! JSON with the spaces that Python puts into it.

use std::collections::HashSet;
use std::fmt::Write;

use serde_json::Value;
use serde_json::value::RawValue;

/// Names and their first values as an object and a line break, or `{}`.
pub(crate) fn object(fields: &[(String, String)]) -> String {
    let mut names = HashSet::new();
    let first = fields.iter().filter(|(name, _)| names.insert(name));
    let members: Vec<_> = first.map(|(name, value)| format!("{}: {}", quoted(name), quoted(value))).collect();
    if members.is_empty() { "{}".into() } else { format!("{{{}}}\n", members.join(", ")) }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// The same JSON as `json.dumps` spaces it, in ASCII. Order, numbers and escapes stay those of the sender.
pub(crate) fn spaced(json: &RawValue) -> String {
    let mut spaced = String::with_capacity(json.get().len());
    let (mut in_string, mut escaped) = (false, false);
    for character in json.get().chars() {
        in_string ^= character == '"' && !escaped;
        escaped = character == '\\' && !escaped;
        match character {
            ' ' | '\t' | '\r' | '\n' if !in_string => {}
            ',' | ':' if !in_string => spaced.extend([character, ' ']),
            ' '..='~' => spaced.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    let _ = write!(spaced, "\\u{unit:04x}");
                }
            }
        }
    }
    spaced
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dumps(json: &str) -> String {
        spaced(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn only_what_is_outside_of_text_is_spaced() {
        assert_eq!(dumps("{ \"b\":1,\n\t\"a\":[1.50,{},null] }"), r#"{"b": 1, "a": [1.50, {}, null]}"#);
        assert_eq!(dumps(r#"["a:b,c \"d\\", "\\",1]"#), r#"["a:b,c \"d\\", "\\", 1]"#);
    }

    #[test]
    fn what_is_not_ascii_is_escaped() {
        assert_eq!(dumps("\"é🥶\u{7f}\""), r#""\u00e9\ud83e\udd76\u007f""#);
    }

    #[test]
    fn depth_costs_nothing() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert_eq!(dumps(&deep), deep);
    }
}
