//! Files and folders that `func` would take for something else, or leave out.

use std::fs;
use std::os::unix::fs::symlink;

use kn_func_e2e::{repository, scratch};

use super::{copy_all, refused, write};
use crate::{HTTP, layout};

#[test]
fn a_manifest_that_would_vanish_is_refused() {
    refused(
        |root| write(root, &format!("{HTTP}/src/manifest.yaml"), "a: b\n"),
        "templates/rust/http/src/manifest.yaml: func leaves out each file of this name",
    );
}

#[test]
fn a_stray_folder_is_refused_before_func_takes_it_for_something() {
    for (folder, words) in [
        ("templates/rust/target", "func takes this folder for a template; it has no Cargo.toml"),
        ("templates/python", "func takes this folder for a runtime; the only one is `rust`, which pack knows"),
        ("templates/rust/scaffolding", "func does not look at this folder"),
        ("templates/rust/.http", "func does not look at this folder"),
        ("templates/certs", "func does not look at this folder"),
        ("templates/rust/http/target", "func copies it into each function"),
        ("templates/rust/http/.func", "func copies it into each function"),
        ("templates/rust/http/.git", "func copies it into each function"),
    ] {
        refused(|root| fs::create_dir(root.join(folder)).unwrap(), &format!("{folder}: {words}"));
    }
}

#[test]
fn a_file_or_link_that_func_passes_over_is_refused() {
    refused(|root| write(root, "templates/rust/notes", "a"), "templates/rust/notes: func does not look at this file");
    refused(
        |root| symlink("http", root.join("templates/rust/again")).unwrap(),
        "templates/rust/again: func does not look at links here",
    );
    refused(
        |root| symlink("../../../../README.md", root.join(HTTP).join("GUIDE.md")).unwrap(),
        "templates/rust/http/GUIDE.md: a link may lead nowhere in a function",
    );
}

#[test]
fn a_template_of_an_odd_name_is_refused() {
    refused(
        |root| fs::rename(root.join(HTTP), root.join("templates/rust/Http_1")).unwrap(),
        "templates/rust/Http_1: expected a name of small letters, digits and `-`",
    );
}

#[test]
fn a_template_without_one_of_its_files_is_refused() {
    for file in [".gitignore", ".funcignore", ".dockerignore", "Dockerfile", "Cargo.lock", "README.md", "src/main.rs"] {
        let copy = scratch();
        copy_all(&repository().join("templates"), &copy.path().join("templates"));
        fs::remove_file(copy.path().join(HTTP).join(file)).unwrap();
        let faults = layout::faults(copy.path());
        assert!(faults.contains(&format!("{HTTP}/{file}: is missing")), "{faults:?}");
    }
}

#[test]
fn a_func_yaml_in_a_template_is_refused() {
    refused(
        |root| write(root, &format!("{HTTP}/func.yaml"), "name: mine\n"),
        "templates/rust/http/func.yaml: func writes its own over it",
    );
}
