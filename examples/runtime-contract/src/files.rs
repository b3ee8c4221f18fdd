//! The files that the contract promises: what they are, and whether they can be read and written.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

/// Files that a function must have.
const MUST: [&str; 15] = [
    "/dev/fd",
    "/dev/full",
    "/dev/null",
    "/dev/ptmx",
    "/dev/random",
    "/dev/stdin",
    "/dev/stdout",
    "/dev/stderr",
    "/dev/urandom",
    "/dev/zero",
    "/proc/self/fd",
    "/proc/self/fd/0",
    "/proc/self/fd/1",
    "/proc/self/fd/2",
    "/tmp",
];

/// Files that are looked at and not opened: a process without a terminal cannot.
const LOOKED_AT: [&str; 2] = ["/dev/console", "/dev/tty"];

/// A file that a function should have.
const SHOULD: &str = "/etc/resolv.conf";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Found {
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    mode: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    mod_time: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    source_file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_dir: Option<bool>,
    #[serde(skip_serializing_if = "String::is_empty")]
    error: String,
}

#[derive(Default, Serialize)]
pub(crate) struct Access {
    #[serde(skip_serializing_if = "String::is_empty")]
    read_error: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    write_error: String,
}

/// What each file is.
pub(crate) fn found() -> BTreeMap<&'static str, Found> {
    let paths = MUST.into_iter().chain(LOOKED_AT).chain([SHOULD]);
    paths.map(|path| (path, look_at(path))).collect()
}

/// Whether each file can be opened as its mode says that everybody can.
pub(crate) fn access() -> BTreeMap<&'static str, Access> {
    MUST.into_iter().chain([SHOULD]).map(|path| (path, try_to_open(path))).collect()
}

fn look_at(path: &str) -> Found {
    match try_to_look_at(path) {
        Ok(found) => found,
        Err(error) => Found {
            size: None,
            mode: String::new(),
            mod_time: String::new(),
            source_file: String::new(),
            is_dir: None,
            error: format!("stat {path}: {}", words(&error)),
        },
    }
}

fn try_to_look_at(path: &str) -> io::Result<Found> {
    let metadata = fs::metadata(path)?;
    let target = fs::read_link(path).map(|target| target.display().to_string());
    Ok(Found {
        size: Some(metadata.len()).filter(|size| *size > 0),
        mode: mode(metadata.permissions().mode()),
        mod_time: DateTime::<Utc>::from(metadata.modified()?).to_rfc3339_opts(SecondsFormat::Nanos, true),
        source_file: target.unwrap_or_default(),
        is_dir: Some(true).filter(|_| metadata.is_dir()),
        error: String::new(),
    })
}

fn try_to_open(path: &str) -> Access {
    let Ok(metadata) = fs::metadata(path) else { return Access::default() };
    let others = metadata.permissions().mode() & 0o007;
    let mut access = Access::default();
    if others & 0o004 != 0 {
        access.read_error =
            fault(if metadata.is_dir() { list(path) } else { open(path, OpenOptions::new().read(true)) });
    }
    if others & 0o002 != 0 {
        access.write_error = fault(if metadata.is_dir() { leave_a_file(path) } else { open_to_write(path) });
    }
    access
}

fn list(path: &str) -> io::Result<()> {
    fs::read_dir(path).map(drop)
}

/// Opens a file for writing, and writes nothing.
pub(crate) fn open_to_write(path: impl AsRef<Path>) -> io::Result<()> {
    open(path, OpenOptions::new().write(true))
}

/// Does not wait, as opening a pipe would for somebody at its other end.
fn open(path: impl AsRef<Path>, how: &mut OpenOptions) -> io::Result<()> {
    how.custom_flags(libc::O_NONBLOCK).open(path).map(drop)
}

fn leave_a_file(folder: &str) -> io::Result<()> {
    // Requests are answered side by side.
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let file = Path::new(folder).join(format!("runtime-contract-{}-{number}", process::id()));
    File::create_new(&file)?;
    fs::remove_file(&file)
}

fn fault(outcome: io::Result<()>) -> String {
    outcome.err().map(|error| words(&error)).unwrap_or_default()
}

/// The words of an error as Go writes them, without Rust's number of it.
pub(crate) fn words(error: &io::Error) -> String {
    let words = error.to_string();
    let words = words.split(" (os error").next().unwrap_or_default();
    words.to_lowercase()
}

/// The nine letters that `ls -l` shows.
fn mode(bits: u32) -> String {
    let letters = "rwxrwxrwx".chars().enumerate();
    letters.map(|(place, letter)| if bits & (0o400 >> place) != 0 { letter } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_written_as_ls_does() {
        for (bits, letters) in [(0o755, "rwxr-xr-x"), (0o1777, "rwxrwxrwx"), (0o640, "rw-r-----"), (0, "---------")] {
            assert_eq!(mode(bits), letters);
        }
    }

    #[test]
    fn what_is_not_there_is_said_as_go_does() {
        assert_eq!(look_at("/nowhere").error, "stat /nowhere: no such file or directory");
        assert_eq!(look_at("/dev/null").error, "");
    }

    #[test]
    fn a_file_is_opened_and_not_changed() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(&file, "kept").unwrap();
        open_to_write(file.path()).unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"kept");
    }
}
