//! The settings as what serde reads a struct from.

use ::config::{ConfigError, Map, Value};
use serde::de::{Deserializer, Error as _, Visitor};
use serde::forward_to_deserialize_any;

use super::fault::{SettingsError, expectation};
use super::folder::{Unreadable, Version};
use super::{Place, Settings};

/// Settings at one state of their folders. Texts become numbers and the like by the crate `config`.
pub(super) struct Reader<'a> {
    pub(super) settings: &'a Settings,
    pub(super) versions: &'a [Version],
}

/// A setting that is there.
struct Found {
    key: &'static str,
    text: String,
    place: Place,
}

impl Reader<'_> {
    /// The text of a setting and where it is, at the first place that has it.
    fn find(&self, key: &'static str) -> Result<Option<Found>, SettingsError> {
        let places = || self.settings.places(key);
        let variable = self.settings.variable(key);
        match self.settings.value_of(&variable) {
            Ok(Some(text)) => return Ok(Some(Found { key, text, place: Place::Variable(variable) })),
            Ok(None) => {}
            Err(_) => return Err(SettingsError::no_text(key, &Place::Variable(variable), &places())),
        }
        for (folder, version) in self.settings.folders.iter().zip(self.versions) {
            let place = Place::file(folder, key);
            match version.text(folder, key) {
                Ok(Some(text)) => return Ok(Some(Found { key, text, place })),
                Ok(None) => {}
                Err(Unreadable::NotText) => return Err(SettingsError::no_text(key, &place, &places())),
                Err(Unreadable::Io(error)) => return Err(SettingsError::unreadable(key, &place, &error, &places())),
            }
        }
        Ok(None)
    }

    /// What `config` complains of, without the value that its words may quote.
    fn fault(&self, error: ConfigError, found: &[Found]) -> SettingsError {
        let wrong = |key: Option<String>, expected: &dyn Fn(&Found) -> Option<String>| {
            let Some(found) = found.iter().find(|found| Some(found.key) == key.as_deref()) else {
                return SettingsError::custom("settings are not as expected");
            };
            SettingsError::wrong(found.key, &found.place, expected(found), &self.settings.places(found.key))
        };
        match error {
            ConfigError::NotFound(key) => SettingsError::missing(&key, &self.settings.places(&key)),
            ConfigError::Type { expected, key, .. } => wrong(key, &|_| Some(expected.into())),
            ConfigError::At { error, key, .. } => match *error {
                ConfigError::Type { expected, .. } => wrong(key, &|_| Some(expected.into())),
                ConfigError::Message(words) => wrong(key, &|found| expectation(&words, &found.text)),
                _ => wrong(key, &|_| None),
            },
            // Two names of one field.
            ConfigError::Message(words) if words.starts_with("duplicate field ") => SettingsError::custom(words),
            _ => wrong(None, &|_| None),
        }
    }
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = SettingsError;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, SettingsError> {
        let mut all = Vec::new();
        for key in fields {
            all.extend(self.find(key)?);
        }
        let values: Map<_, _> =
            all.iter().map(|found| (found.key.to_owned(), Value::new(None, found.text.as_str()))).collect();
        let read = Value::new(None, values).deserialize_struct(name, fields, visitor);
        read.map_err(|error| self.fault(error, &all))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, SettingsError> {
        Err(SettingsError::custom("settings are the fields of a struct, without `flatten`"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
