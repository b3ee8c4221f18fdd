//! Typed settings from variables and from the files of mounted ConfigMaps and Secrets.

mod fault;
mod folder;
mod followed;
mod reader;

use std::collections::BTreeMap;
use std::env::{self, VarError};
use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

pub use fault::SettingsError;
use folder::Version;
pub use followed::Followed;
use reader::Reader;

/// As often a folder may change while it is read.
const MOST_CHANGES: usize = 100;

/// Where settings are looked for: in variables, and in folders of files as Kubernetes mounts a ConfigMap or a Secret.
///
/// Each field of a struct of yours is a setting. `limit` is the variable `LIMIT`, after the prefix if there is one, or else the
/// file `limit` of the first folder that has it. So a variable wins over a file, and a folder over those after it. What is in none
/// of them has the default that serde knows, or is missing. In the name of a variable `_` stands for whatever is no letter and no
/// digit; a variable that is empty is not set. A file's text is a setting without the line end after it.
///
/// Values are never shown, neither by an error nor by `Debug`: some are secrets. Keep those in a type that has no `Debug` of its value
/// either, such as `SecretString` of the crate `secrecy`.
///
/// The files of a mounted folder are read from one state of it, also while Kubernetes replaces it.
///
/// ```
/// use kn_func_runtime::{Result, Settings};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Greeting {
///     words: String,
///     #[serde(default)]
///     limit: Option<u32>,
/// }
///
/// async fn open() -> Result<Greeting> {
///     Ok(Settings::new().prefix("GREETING_").folder("/etc/greeting/config").folder("/etc/greeting/secret").read()?)
/// }
///
/// let vars = [("GREETING_WORDS", "good morning"), ("GREETING_LIMIT", "many")];
/// let error = Settings::new().prefix("GREETING_").vars(vars).read::<Greeting>().err();
/// assert_eq!(
///     error.map(|error| error.to_string()).as_deref(),
///     Some("setting `limit` from variable GREETING_LIMIT is wrong; expected an integer; looked for in variable GREETING_LIMIT"),
/// );
/// ```
#[derive(Clone, Default)]
pub struct Settings {
    prefix: String,
    folders: Vec<PathBuf>,
    vars: Option<BTreeMap<String, String>>,
}

impl Settings {
    /// Looks into the environment, for variables without a prefix, and into no folder.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the names of all variables begin with, for example `GREETING_`.
    pub fn prefix(self, prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..self }
    }

    /// Looks into this folder too, after those that were named before. It need not be there.
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folders.push(folder.into());
        self
    }

    /// Looks at these variables instead of the environment, for tests.
    pub fn vars<'a>(self, vars: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let vars = vars.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self { vars: Some(vars.collect()), ..self }
    }

    /// Reads the settings into a struct.
    ///
    /// # Errors
    ///
    /// The first setting that is missing or wrong, and all places where it is looked for.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, SettingsError> {
        self.read_with_versions().map(|(value, _)| value)
    }

    /// Reads the settings into a struct, and again when Kubernetes has replaced a folder. See [`Followed`].
    ///
    /// # Errors
    ///
    /// As [`Settings::read`]; what is wrong later is logged, and the old settings stay.
    pub fn follow<T: DeserializeOwned>(self) -> Result<Followed<T>, SettingsError> {
        Followed::new(self)
    }

    /// Reads all folders, each from one state.
    fn read_with_versions<T: DeserializeOwned>(&self) -> Result<(T, Vec<Version>), SettingsError> {
        for _ in 0..MOST_CHANGES {
            let versions = self.versions();
            let read = T::deserialize(Reader { settings: self, versions: &versions });
            // What was replaced meanwhile is gone, in part or whole.
            if versions == self.versions() {
                return read.map(|value| (value, versions));
            }
        }
        Err(SettingsError::restless(&self.folders))
    }

    fn versions(&self) -> Vec<Version> {
        self.folders.iter().map(|folder| Version::of(folder)).collect()
    }

    fn variable(&self, key: &str) -> String {
        let name =
            key.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' });
        self.prefix.chars().chain(name).collect()
    }

    fn value_of(&self, variable: &str) -> Result<Option<String>, NotText> {
        let value = match &self.vars {
            Some(vars) => vars.get(variable).cloned(),
            None => match env::var(variable) {
                Ok(value) => Some(value),
                Err(VarError::NotPresent) => None,
                Err(VarError::NotUnicode(_)) => return Err(NotText),
            },
        };
        Ok(value.filter(|value| !value.is_empty()))
    }

    /// Everywhere that a setting may be.
    fn places(&self, key: &str) -> Vec<Place> {
        let files = self.folders.iter().map(|folder| Place::File(folder.join(key)));
        std::iter::once(Place::Variable(self.variable(key))).chain(files).collect()
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("prefix", &self.prefix).field("folders", &self.folders).finish_non_exhaustive()
    }
}

/// What a variable or a file holds is no UTF-8.
#[derive(Debug)]
struct NotText;

/// Where a setting may be.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Variable(String),
    File(PathBuf),
}

impl Place {
    fn file(folder: &Path, key: &str) -> Self {
        Self::File(folder.join(key))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "variable {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
        }
    }
}
