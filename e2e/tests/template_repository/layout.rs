//! Which folders `func` takes for runtimes and templates, and which files a template has.

use std::fs;
use std::path::{Path, PathBuf};

use crate::crates;
use crate::dockerfile;
use crate::faults::{Faults, name};
use crate::manifest::{self, Inherited, Level};
use crate::text;

const FILES: [&str; 8] = [
    "Cargo.toml",
    "Cargo.lock",
    "src/main.rs",
    "README.md",
    ".gitignore",
    ".funcignore",
    ".dockerignore",
    "Dockerfile",
];

/// All that is wrong with the template repository in a folder.
pub(crate) fn faults(root: &Path) -> Vec<String> {
    let mut faults = Faults::of(root);
    let inherited = manifest::check(&mut faults, root, Level::Root, &Inherited::default());
    let templates = root.join("templates");
    for runtime in folders(&mut faults, &templates, "certs") {
        if name(&runtime) == "rust" {
            check_runtime(&mut faults, &runtime, root, &inherited);
        } else {
            faults.add(&runtime, "func takes this folder for a runtime; the only one is `rust`, which pack knows");
        }
    }
    faults.expect(templates.join("rust").is_dir(), &templates.join("rust"), "there is no such runtime");
    faults.into_words()
}

fn check_runtime(faults: &mut Faults, runtime: &Path, root: &Path, inherited: &Inherited) {
    let inherited = manifest::check(faults, runtime, Level::Runtime, inherited);
    let templates = folders(faults, runtime, "scaffolding");
    faults.expect(!templates.is_empty(), runtime, "there are no templates");
    for template in templates {
        if template.join("Cargo.toml").is_file() {
            manifest::check(faults, &template, Level::Template, &inherited);
            check_template(faults, &template, root);
        } else {
            faults.add(&template, "func takes this folder for a template; it has no Cargo.toml");
        }
    }
}

/// The folders that count. What func does not look at must not look as if it did.
fn folders(faults: &mut Faults, folder: &Path, reserved: &str) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for path in faults.entries(folder) {
        let name = name(&path);
        if path.is_symlink() {
            faults.add(&path, "func does not look at links here");
        } else if path.is_dir() && (name.starts_with('.') || name == reserved) {
            faults.add(&path, "func does not look at this folder");
        } else if path.is_dir() {
            let plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
            faults.expect(plain, &path, "expected a name of small letters, digits and `-`");
            folders.push(path);
        } else if !["manifest.yaml", "README.md"].contains(&name.as_str()) {
            faults.add(&path, "func does not look at this file");
        }
    }
    folders
}

fn check_template(faults: &mut Faults, template: &Path, root: &Path) {
    for file in FILES {
        let path = template.join(file);
        faults.expect(path.is_file(), &path, "is missing");
    }
    check_files(faults, template, template);
    crates::check(faults, template, root);
    dockerfile::check(faults, template);
    text::check_ignored(faults, &template.join(".gitignore"), &["/target", "/.func"]);
    text::check_ignored(faults, &template.join(".funcignore"), &["/target"]);
    text::check_ignored(faults, &template.join(".dockerignore"), &["/target", "/.git", "/.func"]);
    text::check_main(faults, &template.join("src/main.rs"));
    text::check_readme(faults, &template.join("README.md"));
}

fn check_files(faults: &mut Faults, template: &Path, folder: &Path) {
    for path in faults.entries(folder) {
        let is_top = folder == template;
        match name(&path).as_str() {
            _ if path.is_symlink() => faults.add(&path, "a link may lead nowhere in a function"),
            "manifest.yaml" if !is_top => faults.add(&path, "func leaves out each file of this name"),
            "func.yaml" if is_top => faults.add(&path, "func writes its own over it"),
            "target" | ".git" | ".func" if path.is_dir() => faults.add(&path, "func copies it into each function"),
            _ if path.is_dir() => check_files(faults, template, &path),
            "Cargo.lock" => {}
            _ => {
                let is_text = fs::read(&path).is_ok_and(|bytes| String::from_utf8(bytes).is_ok());
                if is_text {
                    text::check_comments(faults, &path);
                }
            }
        }
    }
}
