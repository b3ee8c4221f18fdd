//! The answer: a JSON object from descriptions to emojis.

use std::collections::HashSet;

use crate::emoji::Emoji;

/// A JSON object in the making, byte for byte as the guide's Python writes it.
///
/// The keys are the descriptions, each where it first occurs.
///
/// ```
/// use get_emojis::{Emojis, names::Names};
///
/// let names = Names::new();
/// let mut emojis = Emojis::new();
/// for description in ["fire", "fire"] {
///     if emojis.lack(description) {
///         emojis.push(description, names.named(description).unwrap());
///     }
/// }
/// assert_eq!(emojis.into_json(), r#"{"fire": "('fire', '🔥')"}"#);
/// ```
#[derive(Debug)]
pub struct Emojis<'a> {
    json: String,
    seen: Seen<'a>,
}

impl<'a> Emojis<'a> {
    /// No emojis yet.
    pub fn new() -> Self {
        let mut json = String::with_capacity(256);
        json.push('{');
        Self { json, seen: Seen::default() }
    }

    /// Whether the description is asked for the first time, so that an emoji has to follow.
    pub fn lack(&mut self, description: &'a str) -> bool {
        self.seen.insert(description)
    }

    /// Writes `"description": "('name', 'emoji')"` as `json.dumps(…, ensure_ascii=False)` does.
    pub fn push(&mut self, description: &str, emoji: Emoji) {
        let json = &mut self.json;
        if json.len() > 1 {
            json.push_str(", ");
        }
        if description.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
            json.push_str(&serde_json::Value::from(description).to_string());
        } else {
            json.push('"');
            json.push_str(description);
            json.push('"');
        }
        json.push_str(": \"");
        emoji.write(json, r"\\").expect("a string takes all that is written to it");
        json.push('"');
    }

    /// The whole object.
    pub fn into_json(mut self) -> String {
        self.json.push('}');
        self.json
    }
}

impl Default for Emojis<'_> {
    fn default() -> Self {
        Self::new()
    }
}

/// The descriptions that have their answer: few are compared, many are hashed, so that no list takes quadratic time.
#[derive(Debug, Default)]
struct Seen<'a> {
    few: [&'a str; 8],
    count: usize,
    many: HashSet<&'a str>,
}

impl<'a> Seen<'a> {
    /// Whether the description is new.
    fn insert(&mut self, description: &'a str) -> bool {
        if self.few[..self.count].contains(&description) {
            return false;
        }
        match self.few.get_mut(self.count) {
            Some(place) => {
                *place = description;
                self.count += 1;
                true
            }
            None => self.many.insert(description),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::Names;

    fn json<'a>(descriptions: impl IntoIterator<Item = &'a str>) -> String {
        let names = Names::new();
        let mut emojis = Emojis::new();
        for description in descriptions {
            if emojis.lack(description) {
                emojis.push(description, names.search(description).unwrap_or(Emoji::NONE));
            }
        }
        emojis.into_json()
    }

    #[test]
    fn keys_are_the_descriptions_as_they_came() {
        let emojis = r#"{"fire": "('fire', '🔥')", "dog": "('dog', '🐕')"}"#;
        assert_eq!(json(["fire", "dog", "fire"]), emojis);
        assert_eq!(json([""]), r#"{"": "('1st_place_medal', '🥇')"}"#);
        assert_eq!(json([]), "{}");
    }

    #[test]
    fn keys_escape_what_python_escapes_and_nothing_else() {
        let keys = "\"\\/\u{8}\u{c}\n\r\t\u{0}\u{1f}\u{7f}\u{85}\u{2028}\u{2029}\u{fffe}é🥶";
        let expected = "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\u{7f}\u{85}\u{2028}\u{2029}\u{fffe}é🥶\"";
        assert_eq!(json([keys]), format!("{{{expected}: \"('', '')\"}}"));
    }

    #[test]
    fn escapes_of_emojis_are_escaped_again() {
        assert_eq!(json(["artist"]), r#"{"artist": "('artist', '🧑\\u200d🎨')"}"#);
    }

    #[test]
    fn many_descriptions_collapse_like_few() {
        let numbers: Vec<_> = (0..100_000).map(|number| (number % 50_000).to_string()).collect();
        let json = json(numbers.iter().map(String::as_str));
        let keys: serde_json::Map<_, _> = serde_json::from_str(&json).unwrap();
        assert_eq!(keys.len(), 50_000);
        assert_eq!(json.matches("\": \"").count(), 50_000);
    }
}
