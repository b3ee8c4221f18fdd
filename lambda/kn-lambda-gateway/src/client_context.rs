//! The attributes of an event, where a Lambda function finds what its caller added.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use kn_func_runtime::{Event, Result};
use serde::Serialize;

use crate::failure::Failure;

#[derive(Serialize)]
struct ClientContext<'a> {
    custom: BTreeMap<&'a str, String>,
}

/// Clients of the Runtime API read headers of a few hundred kilobytes, or of one.
const LIMIT: usize = 32 * 1024;

/// `{"custom": {"id": ..., "type": ...}}` in ASCII, as it travels in a header.
///
/// # Errors
///
/// 400 if it is too long for one.
pub(crate) fn of(event: &Event) -> Result<String> {
    let custom = event.iter().map(|(name, value)| (name, value.to_string())).collect();
    let context = ascii(&serde_json::to_string(&ClientContext { custom })?);
    if context.len() > LIMIT {
        let length = context.len();
        return Err(Failure::bad_request(format!(
            "attributes of the event take {length} bytes; expected at most {LIMIT}"
        )));
    }
    Ok(context)
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

    #[test]
    fn attributes_that_fit_into_no_header_are_a_400() {
        let event = EventBuilderV10::new().id("1").source("/shop").ty("order.placed").subject("a".repeat(LIMIT));
        assert_eq!(of(&event.build().unwrap()).unwrap_err().status(), 400);
    }
}
