//! The members of a JSON object, still the text they came as.
//!
//! Nothing is parsed into a tree: that would take many times the memory of the body, and change its numbers.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::fault::{Fault, Place, Unmet};
use super::reason::Reason;

/// How many members an event in structured mode may have, `data` and the attributes of the specification included.
///
/// A larger one is refused with 413, so that a body of nothing but extensions does not become many times its size.
pub const MEMBER_LIMIT: usize = 256;

/// The members of a JSON object, in the order of the text.
#[derive(Debug)]
pub(super) struct Members<'a> {
    members: Vec<(Cow<'a, str>, Member<'a>)>,
    too_many: bool,
}

/// The value of a member.
#[derive(Debug, Clone, Copy, serde::Deserialize)]
#[serde(transparent)]
pub(super) struct Member<'a>(#[serde(borrow)] &'a RawValue);

impl<'a> Members<'a> {
    pub(super) fn read(json: &'a str) -> Result<Self, Fault> {
        let members: Self = serde_json::from_str(json).map_err(|error| unread(&error, "event is not a JSON object"))?;
        if members.too_many {
            return Err(Fault::new(Reason::TooLarge, format!("event has more than {MEMBER_LIMIT} members")));
        }
        Ok(members)
    }

    /// The last member of a name.
    pub(super) fn last(&self, name: &str) -> Option<Member<'a>> {
        self.members.iter().rev().find(|(other, _)| other == name).map(|(_, member)| *member)
    }

    /// All members but those that are null: null says that there is none.
    pub(super) fn given(&self) -> impl DoubleEndedIterator<Item = (&Cow<'a, str>, Member<'a>)> {
        self.members.iter().map(|(name, member)| (name, *member)).filter(|(_, member)| !member.is_null())
    }

    /// The last member of a name that is not null.
    pub(super) fn last_given(&self, name: &str) -> Option<Member<'a>> {
        self.given().rev().find(|(other, _)| *other == name).map(|(_, member)| member)
    }

    /// Checks that no two members have the same name.
    pub(super) fn check_unique(&self) -> Result<(), Fault> {
        let mut names: Vec<&str> = self.members.iter().map(|(name, _)| name.as_ref()).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair.first() == pair.last()).and_then(<[_]>::first) {
            Some(name) => Err(Fault::repeated(Place::Members, name)),
            None => Ok(()),
        }
    }
}

impl<'a> Member<'a> {
    /// The member as JSON.
    pub(super) fn json(self) -> &'a str {
        self.0.get()
    }

    pub(super) fn is_null(self) -> bool {
        self.json() == "null"
    }

    /// The text of a string; nothing if the member is none.
    pub(super) fn text(self) -> Option<Result<Cow<'a, str>, Fault>> {
        let inner = self.json().strip_prefix('"')?.strip_suffix('"')?;
        if !inner.contains('\\') {
            return Some(Ok(Cow::Borrowed(inner)));
        }
        let text = serde_json::from_str(self.json()).map(Cow::Owned);
        Some(text.map_err(|_| Fault::new(Reason::InvalidJson, "body has an escape that stands for no character")))
    }

    /// The text of what must be a string.
    pub(super) fn string(self, name: &str) -> Result<Cow<'a, str>, Fault> {
        self.text().unwrap_or_else(|| Err(self.wrong_type(name, "a string")))
    }

    pub(super) fn wrong_type(self, name: &str, expected: &'static str) -> Fault {
        let unmet = Unmet { reason: Reason::InvalidAttributeType, expected };
        Fault::value(Place::Members, name, self.json().as_bytes(), unmet)
    }
}

/// The text of a JSON body. A byte order mark is ignored, as RFC 8259 allows.
pub(super) fn json_text(body: &[u8]) -> Result<&str, Fault> {
    match std::str::from_utf8(body) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(_) => Err(Fault::new(Reason::InvalidJson, "body is not UTF-8")),
    }
}

/// The fault of text that is not JSON, or is JSON of another shape.
pub(super) fn unread(error: &serde_json::Error, shape: &'static str) -> Fault {
    match error.classify() {
        Category::Data => Fault::new(Reason::InvalidEnvelope, shape),
        _ => Fault::new(Reason::InvalidJson, format!("body is not JSON: {error}")),
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::with_capacity(16);
        let mut too_many = false;
        while let Some((Name(name), member)) = map.next_entry()? {
            if members.len() < MEMBER_LIMIT {
                members.push((name, member));
            } else {
                too_many = true;
            }
        }
        Ok(Members { members, too_many })
    }
}

#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(json: &str) -> String {
        Members::read(json).unwrap_err().to_string()
    }

    #[test]
    fn an_escaped_name_is_the_name() {
        let members = Members::read(r#"{"\u0069d": 1}"#).unwrap();
        assert_eq!(members.last("id").map(Member::json), Some("1"));
    }

    #[test]
    fn null_is_a_member_and_gives_nothing() {
        let members = Members::read(r#"{"a": 1, "a": null}"#).unwrap();
        assert_eq!(members.last("a").map(Member::json), Some("null"));
        assert_eq!(members.last_given("a").map(Member::json), Some("1"));
    }

    #[test]
    fn names_are_compared_without_their_escapes() {
        assert!(Members::read(r#"{"a": 1, "b": 2}"#).unwrap().check_unique().is_ok());
        let fault = Members::read(r#"{"a": 1, "b": 2, "\u0061": 3}"#).unwrap().check_unique().unwrap_err();
        assert_eq!((fault.reason(), fault.attribute()), (Reason::DuplicateAttribute, Some("a")));
    }

    #[test]
    fn a_string_is_unescaped_or_refused() {
        let members = Members::read(r#"{"a": "\ud83d\ude00", "b": "\ud83d", "c": "\u0000", "d": 1}"#).unwrap();
        let text = |name| members.last(name).and_then(Member::text);
        assert_eq!(text("a"), Some(Ok("\u{1f600}".into())));
        assert_eq!(text("b").map(|text| text.map_err(|fault| fault.reason())), Some(Err(Reason::InvalidJson)));
        assert_eq!(text("c"), Some(Ok("\0".into())));
        assert_eq!(text("d"), None);
    }

    #[test]
    fn what_is_no_object_is_told_from_what_is_no_json() {
        for json in ["[]", "1", "\"a\"", "null", "[1,", "true"] {
            assert_eq!(fault(json), "event is not a JSON object", "{json}");
        }
        for json in ["", "{", "{}x", "{'a':1}", "{\"a\":01}", "{\"a\":\"\n\"}", "{\"a\":1,}", "nul"] {
            assert!(fault(json).starts_with("body is not JSON: "), "{json}");
        }
    }

    #[test]
    fn an_event_has_a_limit_of_members() {
        let object = |count: usize| format!("{{{}}}", vec![r#""a":1"#; count].join(","));
        assert!(Members::read(&object(MEMBER_LIMIT)).is_ok());
        assert_eq!(fault(&object(MEMBER_LIMIT + 1)), "event has more than 256 members");
    }
}
