//! Programs that run to their end.

use std::ffi::OsStr;
use std::fmt;
use std::process::{Command, Output};

/// A program to run, by its name or path.
pub fn program(name: impl AsRef<OsStr>) -> Command {
    Command::new(name)
}

/// What a program left.
pub struct Finished {
    command: String,
    output: Output,
}

impl Finished {
    /// Runs a program to its end.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    pub fn of(command: &mut Command) -> Self {
        let words = format!("{command:?}");
        let output = command.output().unwrap_or_else(|error| panic!("{words} cannot be started: {error}"));
        Self { command: words, output }
    }

    /// What it wrote to stdout, if it ended well.
    ///
    /// # Panics
    ///
    /// If it failed, with all that it wrote.
    pub fn stdout(&self) -> String {
        assert!(self.is_ok(), "{self}");
        text(&self.output.stdout)
    }

    /// All that it wrote, if it failed.
    ///
    /// # Panics
    ///
    /// If it ended well.
    pub fn failure(&self) -> String {
        assert!(!self.is_ok(), "expected a failure: {self}");
        self.words()
    }

    /// All that it wrote, stdout first.
    pub fn words(&self) -> String {
        text(&self.output.stdout) + &text(&self.output.stderr)
    }

    /// Whether it ended with 0.
    pub fn is_ok(&self) -> bool {
        self.output.status.success()
    }
}

impl fmt::Display for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}", self.command, self.output.status, self.words())
    }
}

impl fmt::Debug for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
