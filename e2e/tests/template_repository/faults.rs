//! What is wrong with a repository, each with the file that it is about.

use std::fs;
use std::path::{Path, PathBuf};

/// The faults that were found below a root.
pub(crate) struct Faults {
    root: PathBuf,
    words: Vec<String>,
}

impl Faults {
    pub(crate) fn of(root: &Path) -> Self {
        Self { root: root.into(), words: Vec::new() }
    }

    pub(crate) fn add(&mut self, path: &Path, words: impl AsRef<str>) {
        let path = path.strip_prefix(&self.root).unwrap_or(path);
        self.words.push(format!("{}: {}", path.display(), words.as_ref()));
    }

    pub(crate) fn expect(&mut self, holds: bool, path: &Path, words: impl AsRef<str>) {
        if !holds {
            self.add(path, words);
        }
    }

    /// The text of a file; a fault if there is none.
    pub(crate) fn read(&mut self, path: &Path) -> Option<String> {
        match fs::read_to_string(path) {
            Ok(text) => Some(text),
            Err(error) => {
                self.add(path, format!("cannot be read: {error}"));
                None
            }
        }
    }

    /// What is in a folder, by name; a fault if there is none.
    pub(crate) fn entries(&mut self, folder: &Path) -> Vec<PathBuf> {
        match fs::read_dir(folder).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect()) {
            Ok(entries) => {
                let mut entries: Vec<PathBuf> = entries;
                entries.sort();
                entries
            }
            Err(error) => {
                self.add(folder, format!("cannot be read: {error}"));
                Vec::new()
            }
        }
    }

    pub(crate) fn into_words(self) -> Vec<String> {
        self.words
    }
}

/// The last part of a path.
pub(crate) fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
