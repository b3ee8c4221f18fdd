//! What is wrong with settings, without what they hold.

use std::path::PathBuf;
use std::{fmt, io};

use super::Place;

/// A setting that is missing or wrong: its name, what would be right, and everywhere that it is looked for. Never its value.
///
/// ```
/// use kn_func_runtime::Settings;
/// use serde::Deserialize;
///
/// #[derive(Debug, Deserialize)]
/// struct Greeting {
///     words: String,
/// }
///
/// let error = Settings::new().vars([]).folder("/etc/greeting").read::<Greeting>().unwrap_err();
/// assert_eq!(error.key(), Some("words"));
/// assert_eq!(error.to_string(), "setting `words` is missing; looked for in variable WORDS and file /etc/greeting/words");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsError {
    key: Option<String>,
    words: String,
}

impl SettingsError {
    /// The setting at fault, if it is a single one.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    pub(super) fn missing(key: &str, places: &[Place]) -> Self {
        Self::at(key, "is missing", places)
    }

    pub(super) fn wrong(key: &str, place: &Place, expected: Option<String>, places: &[Place]) -> Self {
        match expected {
            Some(expected) => Self::at(key, &format!("from {place} is wrong; expected {expected}"), places),
            None => Self::at(key, &format!("from {place} is wrong"), places),
        }
    }

    pub(super) fn no_text(key: &str, place: &Place, places: &[Place]) -> Self {
        Self::wrong(key, place, Some("UTF-8 text".into()), places)
    }

    pub(super) fn unreadable(key: &str, place: &Place, error: &io::Error, places: &[Place]) -> Self {
        Self::at(key, &format!("from {place} cannot be read: {error}"), places)
    }

    pub(super) fn restless(folders: &[PathBuf]) -> Self {
        Self { key: None, words: format!("settings change faster than they can be read from {folders:?}") }
    }

    fn at(key: &str, fault: &str, places: &[Place]) -> Self {
        let places: Vec<_> = places.iter().map(ToString::to_string).collect();
        Self {
            key: Some(key.into()),
            words: format!("setting `{key}` {fault}; looked for in {}", places.join(" and ")),
        }
    }
}

/// What serde's own words about a value say would have been right; the value stands before it. Words of others are not for the log.
pub(super) fn expectation(words: &str, value: &str) -> Option<String> {
    const STARTS: [&str; 4] = ["invalid type: ", "invalid value: ", "invalid length ", "unknown variant "];
    let is_of_serde = STARTS.iter().any(|start| words.starts_with(start));
    let (_, expected) = words.rsplit_once(", expected ").filter(|_| is_of_serde)?;
    // A type may say in its own words what it was given.
    (value.is_empty() || !expected.contains(value)).then(|| expected.to_owned())
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl std::error::Error for SettingsError {}

/// For `#[serde(try_from = "...")]` of the whole struct, whose words are shown as they are.
impl serde::de::Error for SettingsError {
    fn custom<T: fmt::Display>(words: T) -> Self {
        Self { key: None, words: words.to_string() }
    }
}
