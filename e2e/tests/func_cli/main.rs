//! The real `func` makes functions of this repository's templates, as they are committed.

mod create;
mod func_yaml;
mod refusals;
mod repositories;

use std::fs;
use std::path::{Path, PathBuf};

use kn_func_e2e::{Finished, Func, bare_clone, program};

/// A user, and a bare clone of what is committed, on its branch `e2e`.
fn user() -> (Func, PathBuf) {
    let func = Func::new();
    let clone = func.home().join("repository.git");
    bare_clone(&clone);
    (func, clone)
}

/// A work tree of what is committed.
fn work_tree(func: &Func, clone: &Path) -> PathBuf {
    let tree = func.home().join("repository");
    Finished::of(program("git").args(["clone", "--quiet"]).arg(clone).arg(&tree)).stdout();
    tree
}

fn url(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// All files below a folder, by their paths in it.
fn files(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path.strip_prefix(folder).unwrap().display().to_string());
            }
        }
    }
    files.sort();
    files
}
