//! Functions made of this repository's templates.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::fcntl::{Flock, FlockArg};
use tempfile::NamedTempFile;

use crate::command::{Finished, program};
use crate::repository::repository;

/// The templates, by name.
pub const TEMPLATES: [&str; 5] = ["cloudevents", "get-emojis", "http", "lambda", "state"];

/// The crates of this repository that functions take from the registry, and where they are here.
const CRATES: [(&str, &str); 4] = [
    ("kn-func-runtime", "kn-func-runtime"),
    ("kn-lambda-gateway", "lambda/kn-lambda-gateway"),
    ("kn-lambda-http", "lambda/kn-lambda-http"),
    ("kn-lambda-runtime", "lambda/kn-lambda-runtime"),
];

/// `func create` leaves it out.
const MANIFEST: &str = "manifest.yaml";

/// Copies a template into a folder, which is made, without its `manifest.yaml`.
///
/// # Panics
///
/// If it cannot be copied.
pub fn copy_template(name: &str, to: &Path) {
    let from = folder(name);
    copy(&from, to).unwrap_or_else(|error| panic!("{} cannot be copied to {}: {error}", from.display(), to.display()));
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else if entry.file_name() != MANIFEST {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

/// A command of cargo in the folder of a function, which takes the crates of this repository from here instead of the registry.
///
/// What it builds is below `target/e2e`, so that the dependencies of all functions are built once.
///
/// # Panics
///
/// If the function has no lock.
pub fn cargo_in(function: &Path, command: &str) -> Command {
    let mut cargo = cargo_alone_in(function);
    cargo.arg(command);
    for patch in patches(function, repository()) {
        cargo.arg("--config").arg(patch);
    }
    cargo
}

/// What cargo must be told so that a function takes the crates of this repository from a checkout, one setting each.
///
/// # Panics
///
/// If the function has no lock.
pub fn patches(function: &Path, checkout: &Path) -> Vec<String> {
    let lock = function.join("Cargo.lock");
    let lock = fs::read_to_string(&lock).unwrap_or_else(|error| panic!("{}: {error}", lock.display()));
    // A patch that is not used would be written into the lock.
    let used = CRATES.iter().filter(|(name, _)| lock.contains(&format!("\nname = \"{name}\"\n")));
    let patch = |name, folder| format!("patch.crates-io.{name}.path = '{}'", checkout.join(folder).display());
    used.map(|(name, folder)| patch(name, folder)).collect()
}

/// Cargo in the folder of a function, as a stranger has it, but for the place of what it builds.
pub fn cargo_alone_in(function: &Path) -> Command {
    let mut cargo = program(env!("CARGO"));
    // Each is built once; what it would take to build it again is only in the way.
    cargo.current_dir(function).env("CARGO_INCREMENTAL", "0").env("CARGO_TARGET_DIR", function_target());
    cargo
}

/// Where all functions are built, so that their dependencies are compiled once.
pub fn function_target() -> PathBuf {
    functions().join("target")
}

/// Runs cargo while no other test does, for what has the same name in the target folder for all functions: `debug/function`.
///
/// # Panics
///
/// If it cannot be started.
pub fn alone(cargo: &mut Command) -> Finished {
    let folder = functions();
    fs::create_dir_all(&folder).expect("target/ can be written to");
    let lock = File::create(folder.join("lock")).expect("target/ can be written to");
    let _lock = Flock::lock(lock, FlockArg::LockExclusive).map_err(|(_, error)| error).expect("a file can be locked");
    Finished::of(cargo)
}

/// A copy of a function that is always in the same place, by this name, so that cargo builds what is new in it, and once.
///
/// # Panics
///
/// If it cannot be copied.
pub fn kept(function: &Path, name: &str) -> PathBuf {
    let to = functions().join("source").join(name);
    update(function, &to).unwrap_or_else(|error| panic!("{} cannot be written: {error}", to.display()));
    to
}

/// A copy of a template that is always in the same place, for those who change nothing in it.
///
/// # Panics
///
/// If it cannot be copied.
pub fn kept_template(name: &str) -> PathBuf {
    kept(&folder(name), name)
}

/// The program of a template, by the command that the buildpack installs it with, but as a debug build. Its release build becomes an
/// image in `tests/containers`, and that is asked and measured.
///
/// # Panics
///
/// If it does not build.
pub fn installed(template: &str) -> PathBuf {
    let root = functions().join("installed").join(template);
    let mut cargo = cargo_in(&kept_template(template), "install");
    alone(cargo.args(["--quiet", "--debug", "--locked", "--path", ".", "--root"]).arg(&root)).stdout();
    root.join("bin/function")
}

/// Copies what is new, each file at once, and removes what is gone. Cargo looks at the times of files, and other tests may read them.
fn update(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    let mut names = Vec::new();
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_name() == MANIFEST {
            continue;
        }
        names.push(entry.file_name());
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            update(&entry.path(), &to)?;
            continue;
        }
        let new = fs::read(entry.path())?;
        if !fs::read(&to).is_ok_and(|old| old == new) {
            let mut part = NamedTempFile::new_in(functions())?;
            part.write_all(&new)?;
            part.persist(to)?;
        }
    }
    for entry in fs::read_dir(to)? {
        let entry = entry?;
        if !names.contains(&entry.file_name()) {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

/// Another test may have removed it.
fn remove(path: &Path) -> io::Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    removed.or_else(|error| if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

fn folder(template: &str) -> PathBuf {
    repository().join("templates/rust").join(template)
}

fn functions() -> PathBuf {
    repository().join("target/e2e/functions")
}
