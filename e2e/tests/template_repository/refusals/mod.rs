//! Each trap is refused: copies of this repository that are broken in one way.

mod crates;
mod dockerfile;
mod layout;
mod manifest;
mod text;

use std::fs;
use std::path::Path;

use kn_func_e2e::{repository, scratch};

/// A copy of the template repository that is broken in one way has this fault and no other.
#[track_caller]
fn refused(break_it: impl FnOnce(&Path), fault: &str) {
    let copy = scratch();
    for name in ["manifest.yaml", "Cargo.toml", "Cargo.lock", "templates"] {
        copy_all(&repository().join(name), &copy.path().join(name));
    }
    break_it(copy.path());
    assert_eq!(crate::layout::faults(copy.path()), [fault]);
}

fn copy_all(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy_all(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::copy(from, to).unwrap();
    }
}

fn write(root: &Path, file: &str, text: &str) {
    let path = root.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn replace(root: &Path, file: &str, old: &str, new: &str) {
    let text = fs::read_to_string(root.join(file)).unwrap();
    assert!(text.contains(old), "{file} has no {old}");
    fs::write(root.join(file), text.replace(old, new)).unwrap();
}
