//! The data of an event as octets, as text, or as a value of a type.

use std::borrow::Cow;

use cloudevents::{Data, Event};
use serde::de::DeserializeOwned;

use crate::error::{Error, Result, bad_json};

/// Reads the data of an [`Event`], whatever way it came.
///
/// JSON that was received is kept as the octets it came as, so numbers and spacing are those of the sender.
///
/// ```
/// use kn_func_runtime::Result;
/// use kn_func_runtime::event::{Event, EventExt};
///
/// #[derive(serde::Deserialize)]
/// struct Order {
///     item: String,
/// }
///
/// fn item(event: &Event) -> Result<String> {
///     let order: Order = event.data_json()?;
///     Ok(order.item)
/// }
/// # use kn_func_runtime::event::{EventBuilder, EventBuilderV10};
/// # let event = EventBuilderV10::new().id("1").source("/shop").ty("order.placed");
/// # let event = event.data("application/json", r#"{"item":"tea"}"#).build()?;
/// # assert_eq!(item(&event).unwrap(), "tea");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait EventExt {
    /// The octets of the data, if there is any.
    fn data_bytes(&self) -> Option<Cow<'_, [u8]>>;

    /// The data as text, if there is any.
    ///
    /// # Errors
    ///
    /// 400 if the data is not UTF-8.
    fn data_text(&self) -> Result<Option<Cow<'_, str>>>;

    /// The data as a value that is read from JSON, whatever its media type says.
    ///
    /// # Errors
    ///
    /// 400 with the place of the fault if the data is not the expected JSON, or if there is none.
    fn data_json<T: DeserializeOwned>(&self) -> Result<T>;
}

impl EventExt for Event {
    fn data_bytes(&self) -> Option<Cow<'_, [u8]>> {
        self.data().map(|data| match data {
            Data::Binary(octets) => Cow::Borrowed(octets.as_slice()),
            Data::String(text) => Cow::Borrowed(text.as_bytes()),
            Data::Json(value) => Cow::Owned(value.to_string().into_bytes()),
        })
    }

    fn data_text(&self) -> Result<Option<Cow<'_, str>>> {
        Ok(match self.data() {
            Some(Data::Binary(octets)) => match std::str::from_utf8(octets) {
                Ok(text) => Some(Cow::Borrowed(text)),
                Err(_) => return Err(Error::bad_request("event data is not UTF-8 text")),
            },
            Some(Data::String(text)) => Some(Cow::Borrowed(text.as_str())),
            Some(Data::Json(value)) => Some(Cow::Owned(value.to_string())),
            None => None,
        })
    }

    fn data_json<T: DeserializeOwned>(&self) -> Result<T> {
        let read = match self.data() {
            Some(Data::Binary(octets)) => serde_json::from_slice(octets),
            Some(Data::String(text)) => serde_json::from_str(text),
            Some(Data::Json(value)) => T::deserialize(value),
            None => return Err(Error::bad_request("event has no data")),
        };
        read.map_err(|error| bad_json("event data", &error))
    }
}

#[cfg(test)]
mod tests {
    use cloudevents::{EventBuilder, EventBuilderV10};
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Order {
        item: String,
    }

    fn event(data: impl Into<Data>) -> Event {
        EventBuilderV10::new().id("1").source("/s").ty("t").data("application/json", data).build().unwrap()
    }

    fn message(data: impl Into<Data>) -> String {
        event(data).data_json::<Order>().unwrap_err().message().to_owned()
    }

    #[test]
    fn the_same_data_is_read_from_every_variant() {
        let json = r#"{"item":"tea"}"#;
        let value: serde_json::Value = serde_json::from_str(json).unwrap();
        for event in [event(json), event(json.as_bytes().to_vec()), event(value)] {
            assert_eq!(event.data_json::<Order>().unwrap(), Order { item: "tea".to_owned() });
            assert_eq!(event.data_text().unwrap().as_deref(), Some(json));
            assert_eq!(event.data_bytes().as_deref(), Some(json.as_bytes()));
        }
    }

    #[test]
    fn what_is_missing_is_said_with_its_place() {
        let place = "event data is not the expected JSON: missing field `item` at line 1 column 2";
        assert_eq!(message("{}"), place);
        assert_eq!(message(json!({})), "event data is not the expected JSON: missing field `item`");
    }

    #[test]
    fn foreign_text_is_neither_long_nor_raw() {
        let words = message(format!("\"{}\"", "\u{e9}".repeat(10_000)));
        assert!(words.is_ascii() && words.len() < 300, "{words}");
        assert!(words.ends_with("... at line 1 column 20002"), "{words}");
    }

    #[test]
    fn no_data_is_a_400_for_who_wants_some() {
        let event = EventBuilderV10::new().id("1").source("/s").ty("t").build().unwrap();
        let error = event.data_json::<Order>().unwrap_err();
        assert_eq!((error.status().as_u16(), error.message()), (400, "event has no data"));
        assert_eq!(event.data_text().unwrap(), None);
        assert_eq!(event.data_bytes(), None);
    }

    #[test]
    fn octets_that_are_no_text_are_a_400() {
        assert_eq!(event(vec![0xff]).data_text().unwrap_err().message(), "event data is not UTF-8 text");
    }

    #[test]
    fn deep_nesting_is_an_error_and_no_overflow() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert!(event(deep).data_json::<serde_json::Value>().is_err());
    }
}
