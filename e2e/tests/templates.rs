//! Each template, copied out of this repository, is a crate that is tested, without warnings, and a program.

use std::fs;
use std::path::Path;

use kn_func_e2e::{
    Finished, TEMPLATES, alone, cargo_alone_in, cargo_in, clone_url, copy_template, installed, kept, kept_template,
    program, repository, scratch,
};
use serde_json::Value;

/// Runs a command of cargo in a copy of each template, with this checkout's crates.
fn in_each_template(command: &str, arguments: &[&str]) {
    for template in TEMPLATES {
        let ran = Finished::of(cargo_in(&kept_template(template), command).args(arguments));
        assert!(ran.is_ok(), "{template}: {ran}");
    }
}

#[test]
fn all_templates_are_looked_at() {
    let entries = fs::read_dir(repository().join("templates/rust")).unwrap();
    let mut folders: Vec<_> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    let names: Vec<_> = folders.iter().map(|path| path.file_name().unwrap()).collect();
    assert_eq!(names, TEMPLATES);
}

#[test]
fn a_copy_that_is_kept_is_what_the_function_is_now() {
    let function = scratch();
    let file = |name: &str| function.path().join(name);
    fs::create_dir(file("src")).unwrap();
    for name in ["same", "new", "gone", "src/gone"] {
        fs::write(file(name), "old").unwrap();
    }
    let copy = kept(function.path(), "of-a-test");
    let written = |name: &str| fs::metadata(copy.join(name)).unwrap().modified().unwrap();
    let before = written("same");

    fs::write(file("new"), "new").unwrap();
    fs::remove_file(file("gone")).unwrap();
    fs::remove_dir_all(file("src")).unwrap();
    kept(function.path(), "of-a-test");
    assert_eq!(fs::read_to_string(copy.join("new")).unwrap(), "new");
    assert!(!copy.join("gone").exists() && !copy.join("src").exists());
    assert_eq!(written("same"), before);
}

#[test]
#[ignore = "e2e/run: needs minutes to build"]
fn each_passes_its_tests() {
    in_each_template("test", &["--quiet", "--locked"]);
}

#[test]
#[ignore = "e2e/run: needs minutes to build"]
fn each_is_without_warnings() {
    in_each_template("clippy", &["--quiet", "--locked", "--all-targets", "--", "-D", "warnings"]);
}

#[test]
#[ignore = "e2e/run: needs minutes to build"]
fn each_is_formatted_where_it_is_copied_to() {
    for template in TEMPLATES {
        let folder = scratch();
        copy_template(template, folder.path());
        let ran = Finished::of(cargo_alone_in(folder.path()).args(["fmt", "--check"]));
        assert!(ran.is_ok(), "{template}: {ran}");
    }
}

/// The buildpack makes a process type of each.
#[test]
#[ignore = "e2e/run: needs minutes to build"]
fn each_has_exactly_one_program_and_no_dependency_on_a_path() {
    for template in TEMPLATES {
        let mut cargo = cargo_alone_in(&kept_template(template));
        let metadata = Finished::of(cargo.args(["metadata", "--no-deps", "--format-version", "1"])).stdout();
        let metadata: Value = serde_json::from_str(&metadata).unwrap();
        let package = &metadata["packages"][0];
        let programs = package["targets"].as_array().unwrap().iter().filter(|target| target["kind"][0] == "bin");
        let programs: Vec<_> = programs.map(|target| target["name"].as_str().unwrap()).collect();
        assert_eq!(programs, ["function"], "{template}");
        for dependency in package["dependencies"].as_array().unwrap() {
            assert!(dependency["path"].is_null(), "{template}: {dependency}");
            assert!(dependency["source"].as_str().unwrap().starts_with("registry+"), "{template}: {dependency}");
        }
    }
}

/// The release build, which the buildpack makes, is made and measured as an image, by `containers`.
#[test]
#[ignore = "e2e/run: needs minutes to build"]
fn each_is_installed_by_the_command_of_the_buildpack() {
    for template in TEMPLATES {
        let folder = installed(template).parent().unwrap().to_owned();
        let programs: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(programs, ["function"], "{template}");
    }
}

/// The one command of each README, until there is a release.
#[test]
#[ignore = "e2e/run: needs git and minutes to build"]
fn each_takes_the_runtime_from_git_by_one_command() {
    let url = clone_url();
    for template in TEMPLATES {
        let template_folder = repository().join("templates/rust").join(template);
        let readme = fs::read_to_string(template_folder.join("README.md")).unwrap();
        let command = readme.lines().find_map(|line| line.strip_prefix("cargo add ")).unwrap();
        let words = command.strip_suffix("<URL of the repository>").unwrap().split_whitespace().chain([&*url]);
        let function = kept(&template_folder, &format!("git-{template}"));
        Finished::of(cargo_alone_in(&function).args(["add", "--quiet"]).args(words)).stdout();
        let tests = Finished::of(cargo_alone_in(&function).args(["test", "--locked"])).stdout();
        assert!(tests.contains("test result: ok. 1 passed"), "{template}: {tests}");
    }
}

/// As after the release: the crates as they are packed, in a registry of this test, and nothing patched. The lock in the template
/// knows them by their versions only, and `cargo install --locked` takes them all the same.
#[test]
#[ignore = "e2e/run: needs minutes to build"]
fn a_template_is_installed_with_the_packed_runtime() {
    let folder = scratch();
    let (function, registry, root) =
        (folder.path().join("function"), folder.path().join("registry"), folder.path().join("root"));
    copy_template("http", &function);
    Finished::of(cargo_in(&function, "vendor").args(["--quiet", "--locked"]).arg(&registry)).stdout();
    for name in ["kn-func-macros", "kn-func-runtime"] {
        pack(name, &registry);
    }
    let mut cargo = cargo_alone_in(&function);
    cargo.args(["--config", "source.crates-io.replace-with='registry'", "--config"]);
    cargo.arg(format!("source.registry.directory='{}'", registry.display()));
    // What is built of this registry is of no use to another test.
    cargo.env("CARGO_TARGET_DIR", folder.path().join("target"));
    cargo.args(["install", "--quiet", "--debug", "--locked", "--path", ".", "--root"]).arg(&root);
    Finished::of(&mut cargo).stdout();
    assert!(root.join("bin/function").is_file());
}

/// Packs a crate of this checkout and puts it into a registry that is a folder.
fn pack(name: &str, registry: &Path) {
    let target = repository().join("target/e2e/package");
    let mut cargo = cargo_alone_in(repository());
    cargo.args(["package", "--quiet", "--no-verify", "--allow-dirty", "--target-dir"]).arg(&target);
    alone(cargo.args(["-p", "kn-func-macros", "-p", "kn-func-runtime"])).stdout();
    let crate_folder = format!("{name}-{}", env!("CARGO_PKG_VERSION"));
    let package = target.join("package").join(format!("{crate_folder}.crate"));
    Finished::of(program("tar").arg("-xzf").arg(&package).arg("-C").arg(registry)).stdout();
    let sum = Finished::of(program("sha256sum").arg(&package)).stdout();
    let sum = sum.split(' ').next().unwrap();
    let checksums = registry.join(crate_folder).join(".cargo-checksum.json");
    fs::write(checksums, format!(r#"{{"files": {{}}, "package": "{sum}"}}"#)).unwrap();
}
