//! The system that a function finds itself in.

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs};

use serde::Serialize;

use crate::files::{self, Access, Found};
use crate::stdin::Stdin;

#[derive(Serialize)]
pub(crate) struct Host {
    files: BTreeMap<&'static str, Found>,
    envs: BTreeMap<String, String>,
    fileaccess: BTreeMap<&'static str, Access>,
    cgroups: Vec<Cgroup>,
    mounts: Vec<Mount>,
    stdin: Stdin,
    user: User,
    args: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Cgroup {
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    read_only: Option<bool>,
    #[serde(skip_serializing_if = "String::is_empty")]
    error: String,
}

#[derive(Debug, PartialEq, Serialize)]
struct Mount {
    device: String,
    path: String,
    #[serde(rename = "type")]
    kind: String,
    options: Vec<String>,
}

#[derive(Serialize)]
struct User {
    uid: u32,
    euid: u32,
    gid: u32,
    egid: u32,
    cwd: Cwd,
}

#[derive(Serialize)]
struct Cwd {
    directory: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    error: String,
}

impl Host {
    pub(crate) fn here(stdin: Stdin) -> Self {
        let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        Self {
            files: files::found(),
            envs: env::vars_os().map(|(name, value)| (text(name), text(value))).collect(),
            fileaccess: files::access(),
            cgroups: cgroups(Path::new("/sys/fs/cgroup")),
            mounts: mounts(&fs::read_to_string("/proc/mounts").unwrap_or_default()),
            stdin,
            user: User::me(),
            args: env::args_os().map(text).collect(),
        }
    }
}

/// The limits of the container. Version 2 of cgroups has one folder, version 1 has one for each controller.
fn cgroups(root: &Path) -> Vec<Cgroup> {
    let names: &[&str] = if root.join("cgroup.controllers").exists() {
        &["memory.max", "cpu.max", "cpu.weight"]
    } else {
        &["memory/memory.limit_in_bytes", "cpu/cpu.cfs_period_us", "cpu/cpu.cfs_quota_us", "cpu/cpu.shares"]
    };
    names.iter().map(|name| Cgroup::read(&root.join(name))).collect()
}

impl Cgroup {
    /// Whether it can be written is found out by opening it; writing would change the limit.
    fn read(path: &Path) -> Self {
        let name = path.display().to_string();
        match fs::read_to_string(path) {
            Ok(value) => {
                let read_only = Some(files::open_to_write(path).is_err());
                Self { name, value: value.trim_end().to_owned(), read_only, error: String::new() }
            }
            Err(error) => Self { error: files::words(&error), name, value: String::new(), read_only: None },
        }
    }
}

fn mounts(table: &str) -> Vec<Mount> {
    let mount = |line: &str| {
        let mut fields = line.split(' ').map(str::to_owned);
        let (device, path, kind, options) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
        Some(Mount { device, path, kind, options: options.split(',').map(str::to_owned).collect() })
    };
    table.lines().filter_map(mount).collect()
}

impl User {
    fn me() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let ((uid, euid), (gid, egid)) = (ids(&status, "Uid:"), ids(&status, "Gid:"));
        let cwd = match env::current_dir() {
            Ok(directory) => Cwd { directory: directory.display().to_string(), error: String::new() },
            Err(error) => Cwd { directory: String::new(), error: files::words(&error) },
        };
        Self { uid, euid, gid, egid, cwd }
    }
}

/// The real and the effective id in a line of `/proc/self/status`; the one of nobody if there is no such line.
fn ids(status: &str, field: &str) -> (u32, u32) {
    const NOBODY: u32 = 65534;
    let ids = status.lines().find_map(|line| line.strip_prefix(field)).unwrap_or_default();
    let mut ids = ids.split_whitespace().map(|id| id.parse().unwrap_or(NOBODY));
    (ids.next().unwrap_or(NOBODY), ids.next().unwrap_or(NOBODY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_and_effective_ids_are_told_apart() {
        let status = "Name:\tx\nUid:\t1000\t0\t0\t0\nGid:\t7\t8\t9\t9\n";
        assert_eq!((ids(status, "Uid:"), ids(status, "Gid:")), ((1000, 0), (7, 8)));
    }

    #[test]
    fn mounts_are_read_field_by_field() {
        let table = "proc /proc proc rw,nosuid 0 0\nhalf a line\n";
        let proc = Mount {
            device: "proc".into(),
            path: "/proc".into(),
            kind: "proc".into(),
            options: vec!["rw".into(), "nosuid".into()],
        };
        assert_eq!(mounts(table), [proc]);
    }

    #[test]
    fn the_version_of_cgroups_is_found_out() {
        let root = tempfile::tempdir().unwrap();
        let names = |root: &Path| cgroups(root).iter().map(|file| file.name.clone()).collect::<Vec<_>>();
        assert!(names(root.path()).iter().any(|name| name.ends_with("memory/memory.limit_in_bytes")));
        fs::write(root.path().join("cgroup.controllers"), "cpu memory").unwrap();
        fs::write(root.path().join("memory.max"), "134217728\n").unwrap();
        let files = cgroups(root.path());
        assert_eq!((files[0].value.as_str(), files[0].read_only), ("134217728", Some(false)));
        assert_eq!(files[1].error, "no such file or directory");
    }
}
