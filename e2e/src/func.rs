//! The `func` CLI, with a home of its own.

use std::env;
use std::ffi::OsStr;
use std::fs;
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
        let home = scratch();
        fs::create_dir(home.path().join("tmp")).expect("a home can be written to");
        Self { home }
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
        let mut func = self.program(tool("func"));
        func.args(arguments);
        func
    }

    /// A shell of the user with a script. It finds `func` by its name.
    ///
    /// # Panics
    ///
    /// If `func` was not built.
    pub fn shell(&self, script: &str) -> Command {
        let tools = tool("func");
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = tools.parent().map(Path::to_owned).into_iter().chain(env::split_paths(&path));
        let mut shell = self.program("sh");
        shell.args(["-c", script]).env("PATH", env::join_paths(folders).expect("they come from a path"));
        shell
    }

    fn program(&self, name: impl AsRef<OsStr>) -> Command {
        let mut program = program(name);
        program.current_dir(self.home()).env_clear();
        program.env("PATH", env::var_os("PATH").unwrap_or_default());
        program.env("HOME", self.home()).env("KUBECONFIG", self.home().join("no-cluster"));
        // `func` leaves a clone of each repository that it adds there.
        program.env("TMPDIR", self.home().join("tmp"));
        program
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

/// The URL of a clone of what is committed here, always the same, as cargo keeps and compiles each repository that it has seen.
///
/// # Panics
///
/// If git fails.
pub fn clone_url() -> String {
    let clone = repository().join("target/e2e/repository.git");
    bare_clone(&clone);
    format!("file://{}", clone.display())
}

/// Clones what is committed here, with `e2e` as the branch of it, and as the only one: a checkout may be on none.
///
/// # Panics
///
/// If git fails.
pub fn bare_clone(to: &Path) {
    git(program("git").args(["init", "--quiet", "--bare", "--initial-branch=e2e"]).arg(to));
    let mut fetch = program("git");
    fetch
        .arg("-C")
        .arg(to)
        .args(["fetch", "--quiet", "--force", "--update-shallow"])
        .arg(repository())
        .arg("HEAD:refs/heads/e2e");
    git(&mut fetch);
}

fn git(command: &mut Command) {
    Finished::of(command).stdout();
}
