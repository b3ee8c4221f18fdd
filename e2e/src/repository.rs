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

/// A program of others, such as `func` or `prometheus`.
///
/// # Panics
///
/// If it was not made.
pub fn tool(name: &str) -> PathBuf {
    let path = repository().join("e2e/tools/bin").join(name);
    assert!(path.is_file(), "there is no {}; e2e/run makes it", path.display());
    path
}

/// A program of this workspace, built as it is now. Of a pattern, `aws-*`, all are built, and this is the last of them.
///
/// It is built as one of the whole workspace, whose dependencies `cargo test --workspace` has compiled already.
///
/// # Panics
///
/// If it does not build.
pub fn built(program: &str) -> PathBuf {
    executable("bin", &["--examples", "--bin", program])
}

/// An example of a crate of this workspace, in cargo's meaning of the word, built as it is now.
///
/// # Panics
///
/// If it does not build.
pub fn built_example(name: &str) -> PathBuf {
    executable("example", &["--example", name])
}

/// The last program of a kind that cargo builds. Only with an example it gives dependencies the features that tests have.
fn executable(kind: &str, arguments: &[&str]) -> PathBuf {
    let mut cargo = program(env!("CARGO"));
    cargo.current_dir(repository()).args(["build", "--quiet", "--message-format", "json", "--workspace"]);
    let messages = Finished::of(cargo.args(arguments)).stdout();
    let mut programs = messages.lines().filter_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        let program = message["executable"].as_str().filter(|_| message["target"]["kind"][0] == kind)?;
        Some(PathBuf::from(program))
    });
    programs.next_back().unwrap_or_else(|| panic!("{arguments:?} is no program"))
}

/// A folder that is gone when the test ends.
///
/// # Panics
///
/// If none can be made.
pub fn scratch() -> TempDir {
    tempfile::tempdir().expect("a temporary folder can be made")
}
