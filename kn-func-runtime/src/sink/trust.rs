//! The connections of a sink, and the certificate authorities that they trust, some of which are files that change.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use crate::client::{Client, Protocol, Roots};

pub(super) struct Trust {
    roots: Roots,
    folder: Option<PathBuf>,
    protocol: Protocol,
    now: RwLock<Now>,
}

struct Now {
    bundles: Bundles,
    client: Client,
}

/// The text of each file.
#[derive(Debug, Default, PartialEq, Eq)]
struct Bundles(Vec<(PathBuf, Vec<u8>)>);

impl Trust {
    pub(super) fn new(roots: Roots, folder: Option<PathBuf>, protocol: Protocol) -> Self {
        let bundles = folder.as_deref().map(Bundles::read).unwrap_or_default();
        let client = bundles.client(roots.clone(), protocol);
        Self { roots, folder, protocol, now: RwLock::new(Now { bundles, client }) }
    }

    pub(super) fn client(&self) -> Client {
        self.now.read().unwrap_or_else(PoisonError::into_inner).client.clone()
    }

    /// Connects anew if the files are others now.
    pub(super) fn renew(&self) {
        let Some(folder) = &self.folder else { return };
        let bundles = Bundles::read(folder);
        if bundles == self.now.read().unwrap_or_else(PoisonError::into_inner).bundles {
            return;
        }
        let client = bundles.client(self.roots.clone(), self.protocol);
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Now { bundles, client };
    }
}

impl Bundles {
    /// All `*.pem`, in the order of their names. A folder or file that cannot be read gives none.
    fn read(folder: &Path) -> Self {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let is_pem = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "pem");
        let mut paths: Vec<_> = entries.map(|entry| entry.path()).filter(is_pem).collect();
        paths.sort();
        Self(paths.into_iter().filter_map(|path| fs::read(&path).ok().map(|text| (path, text))).collect())
    }

    fn client(&self, mut roots: Roots, protocol: Protocol) -> Client {
        for (path, text) in &self.0 {
            if let Err(error) = roots.add(text) {
                tracing::warn!(path = %path.display(), %error, "trust bundle is of no use");
            }
        }
        Client::new(roots, protocol)
    }
}
