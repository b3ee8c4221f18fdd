//! The `func` CLI, with a home of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::command::{Finished, program};
use crate::repository::{repository, scratch, tool};

/// The `func` CLI of a user who has never used it.
#[derive(Debug)]
pub struct Func {
    home: TempDir,
}

impl Func {
    /// A new user.
    ///
    /// # Panics
    ///
    /// If no home can be made.
    #[expect(clippy::new_without_default, reason = "each is another one")]
    pub fn new() -> Self {
        Self { home: scratch() }
    }

    /// The user's home.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// `func` with arguments, in the user's home. Nothing of this machine's user gets into it, and nothing of it out.
    ///
    /// # Panics
    ///
    /// If `func` was not built.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut func = program(tool("func"));
        func.args(arguments).current_dir(self.home()).env_clear();
        func.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        func.env("HOME", self.home()).env("KUBECONFIG", self.home().join("no-cluster"));
        func
    }

    /// Runs `func` to its end in the user's home.
    pub fn run(&self, arguments: &[&str]) -> Finished {
        Finished::of(&mut self.command(arguments))
    }

    /// Runs `func` to its end in a folder.
    pub fn run_in(&self, folder: &Path, arguments: &[&str]) -> Finished {
        Finished::of(self.command(arguments).current_dir(folder))
    }

    /// Makes a function of a template of this repository, as it is committed.
    ///
    /// # Panics
    ///
    /// If `func` does not make it.
    pub fn create(&self, template: &str, name: &str) -> PathBuf {
        let clone = self.home().join("kn-func-runtime.git");
        if !clone.exists() {
            bare_clone(&clone);
        }
        let url = format!("file://{}", clone.display());
        self.run(&["create", "--language", "rust", "--template", template, "--repository", &url, name]).stdout();
        self.home().join(name)
    }
}

/// Clones what is committed here, with `e2e` as the branch of it, and as the only one: a checkout may be on none.
///
/// # Panics
///
/// If git fails.
pub fn bare_clone(to: &Path) {
    git(program("git").args(["init", "--quiet", "--bare", "--initial-branch=e2e"]).arg(to));
    let mut fetch = program("git");
    fetch.arg("-C").arg(to).args(["fetch", "--quiet", "--force"]).arg(repository()).arg("HEAD:refs/heads/e2e");
    git(&mut fetch);
}

fn git(command: &mut Command) {
    Finished::of(command).stdout();
}
