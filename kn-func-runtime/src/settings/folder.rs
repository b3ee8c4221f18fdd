//! A folder of files, one for each setting, as Kubernetes mounts a ConfigMap or a Secret.
//!
//! There the files are links into `..data`, itself a link to a folder whose files never change. A new state is a new folder, and
//! then one rename of a new link to it over `..data`; after that the old folder is removed.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::NotText;

/// Which state of a folder this is: where `..data` leads, or nothing if the folder is an ordinary one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Version(Option<PathBuf>);

/// Why a file cannot be a setting.
pub(super) enum Unreadable {
    NotText,
    Io(io::Error),
}

impl Version {
    pub(super) fn of(folder: &Path) -> Self {
        Self(fs::read_link(folder.join("..data")).ok())
    }

    /// The text of a file in this state of the folder, without the line end after it; none if there is no such file.
    pub(super) fn text(&self, folder: &Path, file: &str) -> Result<Option<String>, Unreadable> {
        let path = match &self.0 {
            Some(data) => folder.join(data).join(file),
            None => folder.join(file),
        };
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => return Err(Unreadable::Io(error)),
        };
        let mut text = String::from_utf8(bytes).map_err(|_| Unreadable::from(NotText))?;
        if text.ends_with('\n') {
            text.pop();
            if text.ends_with('\r') {
                text.pop();
            }
        }
        Ok(Some(text))
    }
}

impl From<NotText> for Unreadable {
    fn from(_: NotText) -> Self {
        Self::NotText
    }
}
