//! Where things are.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// The root of this checkout.
///
/// # Panics
///
/// Never in this checkout.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate is a folder of the repository")
}

/// A program that `e2e/tools/build` makes: `func` or `queue`.
///
/// # Panics
///
/// If it was not made.
pub fn tool(name: &str) -> PathBuf {
    let path = repository().join("e2e/tools/bin").join(name);
    assert!(path.is_file(), "there is no {}; e2e/run makes it", path.display());
    path
}

/// A folder that is gone when the test ends.
///
/// # Panics
///
/// If none can be made.
pub fn scratch() -> TempDir {
    tempfile::tempdir().expect("a temporary folder can be made")
}
