//! `func create`: which files arrive.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use kn_func_e2e::{Finished, TEMPLATES, alone, cargo_alone_in, cargo_in, kept};
use serde_json::Value;

use crate::{files, url, user, work_tree};

const OWN: [&str; 2] = [".func/local.yaml", "func.yaml"];

/// Whatever the template has arrives as it is, but for its manifest.
#[track_caller]
fn is_made_of(function: &Path, template: &Path) {
    let mut expected = files(template);
    expected.retain(|file| file != "manifest.yaml");
    for file in &expected {
        let (made, of) = (function.join(file), template.join(file));
        assert!(fs::read(&made).unwrap() == fs::read(&of).unwrap(), "{file} is another one");
        let executable = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o111;
        assert_eq!(executable(&made), executable(&of), "{file}");
    }
    expected.extend(OWN.map(String::from));
    expected.sort();
    assert_eq!(files(function), expected);
}

#[test]
#[ignore = "e2e/run: needs func and git"]
fn each_template_arrives_whole() {
    let (func, clone) = user();
    let tree = work_tree(&func, &clone);
    for template in TEMPLATES {
        let function = func.create(template, template);
        is_made_of(&function, &tree.join("templates/rust").join(template));
    }
}

#[test]
#[ignore = "e2e/run: needs func and git"]
fn the_files_of_a_function_are_these() {
    let (func, _) = user();
    assert_eq!(
        files(&func.create("http", "hello")),
        [
            ".dockerignore",
            ".func/local.yaml",
            ".funcignore",
            ".gitignore",
            "Cargo.lock",
            "Cargo.toml",
            "Dockerfile",
            "README.md",
            "func.yaml",
            "src/main.rs",
        ]
    );
}

#[test]
#[ignore = "e2e/run: needs func and git"]
fn a_repository_is_found_by_its_folder_its_clone_and_its_branch() {
    let (func, clone) = user();
    let tree = work_tree(&func, &clone);
    let urls = [
        url(&clone),
        format!("{}#e2e", url(&clone)),
        url(&tree),
        format!("{}#e2e", url(&tree)),
        tree.display().to_string(),
    ];
    for (number, url) in urls.iter().enumerate() {
        let name = format!("hello-{number}");
        let said = func.run(&["create", "-l", "rust", "-t", "http", "--repository", url, &name]);
        let function = func.home().join(&name);
        assert!(said.words().contains(&format!("Created rust function in {}", function.display())), "{url}: {said}");
        is_made_of(&function, &tree.join("templates/rust/http"));
    }
}

/// Who names no template gets this one.
#[test]
#[ignore = "e2e/run: needs func and git"]
fn http_is_the_template_that_need_not_be_named() {
    let (func, clone) = user();
    func.run(&["create", "-l", "rust", "-r", &url(&clone), "hello"]).stdout();
    is_made_of(&func.home().join("hello"), &work_tree(&func, &clone).join("templates/rust/http"));
}

/// `func build` needs its builder image, which no registry can be asked for here. The image's Rust buildpack looks for a manifest and a
/// lock, runs this command, for a release build, and starts the one program that there is.
#[test]
#[ignore = "e2e/run: needs func, git and minutes to build"]
fn func_build_is_not_covered_but_all_that_its_buildpack_demands_is() {
    let (func, _) = user();
    let function = func.create("http", "hello");
    assert!(function.join("Cargo.toml").is_file() && function.join("Cargo.lock").is_file());

    let metadata = Finished::of(cargo_alone_in(&function).args(["metadata", "--no-deps", "--format-version", "1"]));
    let metadata: Value = serde_json::from_str(&metadata.stdout()).unwrap();
    let package = &metadata["packages"][0];
    let programs = package["targets"].as_array().unwrap().iter().filter(|target| target["kind"][0] == "bin");
    assert_eq!(programs.count(), 1);
    let dependencies = package["dependencies"].as_array().unwrap();
    assert!(dependencies.iter().all(|dependency| dependency["path"].is_null()), "{dependencies:?}");

    let layer = func.home().join("layer");
    let root = format!("--root={}", layer.display());
    let function = kept(&function, "created");
    alone(cargo_in(&function, "install").args(["--debug", "--locked", "--color=never", &root, "--path=."])).stdout();
    assert_eq!(files(&layer.join("bin")), ["function"]);
}
