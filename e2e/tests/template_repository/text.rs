//! What stands in the files of a template that people read.

use std::path::Path;

use crate::faults::{Faults, name};

/// Nothing is commented out. Rust and a `Dockerfile` have comments in words; the other files need none.
pub(crate) fn check_comments(faults: &mut Faults, path: &Path) {
    let name = name(path);
    let Some(text) = faults.read(path) else { return };
    let lines = text.lines().map(str::trim);
    let commented_out = if name.ends_with(".rs") {
        lines.filter_map(plain_comment).find(|words| is_code(words))
    } else if name == "Dockerfile" {
        lines.into_iter().find(|line| line.strip_prefix('#').is_some_and(is_instruction))
    } else if name.ends_with(".toml") || name.ends_with(".yaml") || name.ends_with("ignore") {
        lines.into_iter().find(|line| line.starts_with('#'))
    } else {
        None
    };
    if let Some(words) = commented_out {
        faults.add(path, format!("commented out: {words}"));
    }
}

/// Whether this begins as a line of a `Dockerfile` does.
fn is_instruction(words: &str) -> bool {
    let first = words.split_whitespace().next().unwrap_or_default();
    !first.is_empty() && first.chars().all(|letter| letter.is_ascii_uppercase())
}

/// The words behind `//`, which neither `///` nor `//!` is.
fn plain_comment(line: &str) -> Option<&str> {
    let words = line.strip_prefix("//")?;
    (!words.starts_with(['/', '!'])).then_some(words.trim())
}

fn is_code(words: &str) -> bool {
    words.ends_with([';', '{', '}', ')', ',']) || words.starts_with("#[")
}

pub(crate) fn check_ignored(faults: &mut Faults, path: &Path, entries: &[&str]) {
    let Some(text) = faults.read(path) else { return };
    for entry in entries {
        faults.expect(text.lines().any(|line| line == *entry), path, format!("does not name {entry}"));
    }
}

/// One function with a test, and no server in sight.
pub(crate) fn check_main(faults: &mut Faults, path: &Path) {
    let Some(text) = faults.read(path) else { return };
    let is_lambda = text.contains("lambda_http") || text.contains("lambda_runtime");
    let (start, more) = if is_lambda { ("run(service_fn(", "kn_") } else { ("#[kn_function", "tokio::main") };
    faults.expect(text.matches(start).count() == 1, path, "expected one function");
    faults.expect(text.contains("#[tokio::test]") || text.contains("#[test]"), path, "expected a test");
    for plumbing in ["TcpListener", "hyper", "Server", "ExitCode"] {
        faults.expect(!text.contains(plumbing), path, format!("`{plumbing}` is plumbing, which the runtime does"));
    }
    let words = if is_lambda { "is not of AWS Lambda" } else { "is plumbing, which the runtime does" };
    faults.expect(!text.contains(more), path, format!("`{more}` {words}"));
}

pub(crate) fn check_readme(faults: &mut Faults, path: &Path) {
    let Some(text) = faults.read(path) else { return };
    let is_lambda = text.contains("lambda_http =");
    for command in [
        if is_lambda {
            "cargo add kn-lambda-http --rename lambda_http --git"
        } else {
            "cargo add kn-func-runtime --git"
        },
        "$ cargo test",
        "$ cargo run",
        "$ func invoke",
        "$ func build",
        "$ docker build",
        "$ func deploy",
    ] {
        faults.expect(text.contains(command), path, format!("does not say `{}`", command.trim_start_matches("$ ")));
    }
}
