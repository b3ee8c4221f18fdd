//! Where things are.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::command::{Finished, program};

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

/// The program of an example, built as it is now.
///
/// # Panics
///
/// If it does not build.
pub fn built(example: &str) -> PathBuf {
    let mut cargo = program(env!("CARGO"));
    cargo.current_dir(repository()).args(["build", "--quiet", "--message-format", "json", "--package", example]);
    let messages = Finished::of(&mut cargo).stdout();
    let mut programs = messages.lines().filter_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message["executable"].as_str()?))
    });
    programs.next_back().unwrap_or_else(|| panic!("`{example}` has no program"))
}

/// A folder that is gone when the test ends.
///
/// # Panics
///
/// If none can be made.
pub fn scratch() -> TempDir {
    tempfile::tempdir().expect("a temporary folder can be made")
}
