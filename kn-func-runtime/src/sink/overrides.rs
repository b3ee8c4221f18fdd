//! Extensions that are set on every event that is sent: `K_CE_OVERRIDES`.

use std::collections::BTreeMap;

use http::HeaderMap;
use serde::Deserialize;

use crate::event::{Event, EventBuilder, EventBuilderV10, encode_binary};

/// Extensions that win over those of an event.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Overrides {
    #[serde(default)]
    extensions: Option<BTreeMap<String, String>>,
}

impl Overrides {
    /// The value of the variable, which may be empty; none if it is not understood.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.trim().is_empty() {
            return Some(Self::default());
        }
        // A derived reader would take an array for an object.
        let overrides: Self = text.trim_start().starts_with('{').then(|| serde_json::from_str(text).ok())??;
        overrides.can_be_sent().then_some(overrides)
    }

    /// Whether the extension can be one; if not, it is not set.
    pub(super) fn set(&mut self, name: &str, value: &str) -> bool {
        let one = Self { extensions: Some(BTreeMap::from([(name.to_owned(), value.to_owned())])) };
        let can_be_sent = one.can_be_sent();
        if can_be_sent {
            self.extensions.get_or_insert_default().insert(name.to_owned(), value.to_owned());
        }
        can_be_sent
    }

    pub(super) fn applied_to(&self, event: &Event) -> Event {
        let mut event = event.clone();
        for (name, value) in self.extensions.iter().flatten() {
            event.set_extension(name, value.as_str());
        }
        event
    }

    fn can_be_sent(&self) -> bool {
        let event = EventBuilderV10::new().id("1").source("/").ty("t").build();
        event.is_ok_and(|event| encode_binary(self.applied_to(&event), &mut HeaderMap::new()).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::AttributesReader;

    fn event() -> Event {
        EventBuilderV10::new().id("1").source("/s").ty("t").extension("shop", "own").build().unwrap()
    }

    #[test]
    fn what_is_set_wins_and_the_rest_stays() {
        let overrides = Overrides::parse(r#"{"extensions":{"shop":"corner","till":"7"}}"#).unwrap();
        let event = overrides.applied_to(&event());
        let text = |name| event.extension(name).map(ToString::to_string);
        assert_eq!((text("shop").as_deref(), text("till").as_deref()), (Some("corner"), Some("7")));
        assert_eq!(event.id(), "1");
    }

    #[test]
    fn nothing_may_be_said_in_several_ways() {
        for text in ["", " ", "{}", r#"{"extensions":null}"#, r#"{"extensions":{}}"#] {
            assert_eq!(Overrides::parse(text).unwrap().applied_to(&event()), event(), "{text}");
        }
    }

    #[test]
    fn what_no_event_can_carry_is_refused() {
        for text in [
            "{",
            "[]",
            r#"{"extensions":{"a":1}}"#,
            r#"{"extensions":{"my-shop":"a"}}"#,
            r#"{"extensions":{"id":"7"}}"#,
        ] {
            assert!(Overrides::parse(text).is_none(), "{text}");
        }
        assert!(!Overrides::default().set("shop", "\u{0}"));
    }
}
