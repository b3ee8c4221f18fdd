//! The attributes of an event, where a Lambda function finds what its caller added.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use kn_func_runtime::Event;
use serde::Serialize;

#[derive(Serialize)]
struct ClientContext<'a> {
    custom: BTreeMap<&'a str, String>,
}

/// `{"custom": {"id": ..., "type": ...}}` in ASCII, as it travels in a header.
pub(crate) fn of(event: &Event) -> Option<String> {
    let custom = event.iter().map(|(name, value)| (name, value.to_string())).collect();
    serde_json::to_string(&ClientContext { custom }).ok().map(|json| ascii(&json))
}

/// JSON may say any character as an escape (RFC 8259, section 7).
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() {
            text.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use kn_func_runtime::{EventBuilder, EventBuilderV10};
    use serde_json::Value;

    use super::*;

    #[test]
    fn all_attributes_are_there_in_ascii() {
        let event = EventBuilderV10::new().id("1").source("/shop").ty("order.placed").subject("Ł🥶");
        let context = of(&event.extension("shopid", 7).build().unwrap()).unwrap();
        assert!(context.is_ascii(), "{context}");
        let context: Value = serde_json::from_str(&context).unwrap();
        let expected = serde_json::json!({
            "id": "1", "source": "/shop", "type": "order.placed", "specversion": "1.0", "subject": "Ł🥶", "shopid": "7",
        });
        assert_eq!(context["custom"], expected);
    }
}
