//! This repository is a template repository of the `func` CLI, without any of the traps of one.
//!
//! `layout::faults` says what is wrong with such a repository; here it is asked about this one, and about broken copies.

mod crates;
mod dockerfile;
mod faults;
mod layout;
mod manifest;
mod text;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use kn_func_e2e::{Finished, program, repository, scratch};

const HTTP: &str = "templates/rust/http";

#[test]
fn nothing_is_wrong_with_the_templates() {
    let faults = layout::faults(repository());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What both have is the same, so that the template answers as the example does and no fault is fixed in one of them only.
#[test]
fn the_emoji_template_shares_its_files_with_the_example() {
    let template = repository().join("templates/rust/get-emojis");
    let example = repository().join("examples/get-emojis");
    for file in [
        "src/emoji.rs",
        "src/emojis.rs",
        "src/names.rs",
        "src/wordnet.rs",
        "data/emoji-names.tsv",
        "data/emoji-synonyms.tsv",
        "data/emoji.fst",
        "data/LICENSE-UNICODE",
        "data/LICENSE-WORDNET",
    ] {
        let same = fs::read(template.join(file)).unwrap() == fs::read(example.join(file)).unwrap();
        assert!(same, "{file} differs between templates/rust/get-emojis and examples/get-emojis");
    }
    assert!(fs::read(template.join("rustfmt.toml")).unwrap() == fs::read(repository().join("rustfmt.toml")).unwrap());
}

#[test]
fn every_dockerfile_is_the_same_but_for_licences() {
    let text = |template: &str| {
        let path = repository().join("templates/rust").join(template).join("Dockerfile");
        let text = fs::read_to_string(path).unwrap();
        text.lines().filter(|line| !line.ends_with(" /licenses/")).map(|line| format!("{line}\n")).collect::<String>()
    };
    for template in ["cloudevents", "get-emojis", "state"] {
        assert_eq!(text(template), text("http"), "{template}");
    }
}

#[test]
fn the_readme_shows_the_dockerfile_of_a_template() {
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    let dockerfile = fs::read_to_string(repository().join(HTTP).join("Dockerfile")).unwrap();
    assert!(readme.contains(&format!("```dockerfile\n{dockerfile}```\n")), "README.md shows another:\n{dockerfile}");
}

#[test]
fn templates_are_no_members_of_the_workspace() {
    let manifest = fs::read_to_string(repository().join("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let members: Vec<_> = manifest["workspace"]["members"].as_array().unwrap().iter().collect();
    assert!(members.iter().all(|member| !member.as_str().unwrap().contains(['*', '?'])), "{members:?}");
    assert!(members.iter().all(|member| !member.as_str().unwrap().starts_with("templates")), "{members:?}");
}

/// A clone has what is committed, and nothing else.
#[test]
#[ignore = "e2e/run: needs git"]
fn a_clone_has_nothing_wrong_with_its_templates() {
    let clone = scratch();
    let mut git = program("git");
    git.args(["clone", "--quiet", "--depth=1"]).arg(format!("file://{}", repository().display())).arg(clone.path());
    Finished::of(&mut git).stdout();
    let faults = layout::faults(clone.path());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A copy of the template repository that is broken in one way has this fault and no other.
#[track_caller]
fn refused(break_it: impl FnOnce(&Path), fault: &str) {
    let copy = scratch();
    for name in ["manifest.yaml", "Cargo.toml", "Cargo.lock", "templates"] {
        copy_all(&repository().join(name), &copy.path().join(name));
    }
    break_it(copy.path());
    assert_eq!(layout::faults(copy.path()), [fault]);
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

#[test]
fn an_empty_manifest_is_refused_at_each_level() {
    let words = "says nothing; one that is empty ends all that func does with the repository";
    for file in ["manifest.yaml", "templates/rust/manifest.yaml", "templates/rust/http/manifest.yaml"] {
        refused(|root| write(root, file, ""), &format!("{file}: {words}"));
    }
    for file in ["manifest.yaml", "templates/rust/manifest.yaml"] {
        refused(|root| write(root, file, "# nothing\n"), &format!("{file}: {words}"));
    }
}

#[test]
fn a_repository_without_the_place_of_its_templates_is_refused() {
    refused(
        |root| write(root, "manifest.yaml", "templates: examples\n"),
        "manifest.yaml: expected `templates: templates`",
    );
    refused(
        |root| fs::remove_file(root.join("manifest.yaml")).unwrap(),
        "manifest.yaml: cannot be read: No such file or directory (os error 2)",
    );
    refused(
        |root| write(root, "manifest.yaml", "templates: templates\nname: mine\n"),
        "manifest.yaml: `name` replaces the one that a user gives to the repository",
    );
}

#[test]
fn a_manifest_that_is_not_as_func_reads_it_is_refused() {
    let manifest = format!("{HTTP}/manifest.yaml");
    for (text, words) in [
        ("- a\n", "expected keys and values"),
        ("invoke: grpc\n", "`invoke` is neither `http` nor `cloudevent`, so `func invoke` fails"),
        ("invok: http\n", "func does not read `invok` here"),
        ("templates: .\n", "func does not read `templates` here"),
        ("buildpacks: [a]\n", "a build on the cluster takes no `buildpacks`"),
        ("builderImages: {pack: a}\n", "`builderImages` leak into other templates; set them for the runtime"),
        ("runEnvs: {A: b}\n", "expected `runEnvs` to be a list"),
        ("runEnvs: [{name: A, value: true}]\n", "expected each of `runEnvs` to have a `name` and a `value` of text"),
        ("runEnvs: [{name: 1A, value: b}]\n", "`1A` in `runEnvs` is no name of a variable"),
        ("runEnvs: [{name: A-B, value: b}]\n", "`A-B` in `runEnvs` is no name of a variable"),
        ("runEnvs: [{name: A, value: b}, {name: A, value: c}]\n", "`A` stands twice in `runEnvs`"),
        (
            "runEnvs: [{name: A, value: '{{ secret:s:k }}'}]\n",
            "`A` in `runEnvs` refers to what a new function does not have",
        ),
        (
            "healthEndpoints: {liveness: alive}\n",
            "expected `healthEndpoints` with the paths `liveness` and `readiness`",
        ),
        ("healthEndpoints: {startup: /}\n", "expected `healthEndpoints` with the paths `liveness` and `readiness`"),
    ] {
        refused(|root| write(root, &manifest, text), &format!("{manifest}: {words}"));
    }
}

#[test]
fn a_manifest_of_all_templates_does_not_say_how_one_is_invoked() {
    refused(
        |root| write(root, "manifest.yaml", "templates: templates\ninvoke: cloudevent\n"),
        "manifest.yaml: `invoke` is one for all templates here; say it in the template that it is of",
    );
}

#[test]
fn a_list_that_loses_what_it_replaces_is_refused() {
    refused(
        |root| write(root, &format!("{HTTP}/manifest.yaml"), "buildEnvs: [{name: A, value: b}]\n"),
        "templates/rust/http/manifest.yaml: `buildEnvs` replaces the list above it and loses its `BP_RUSTUP_ENABLED`",
    );
}

#[test]
fn builder_images_of_the_runtime_are_its_builders() {
    let manifest = "templates/rust/manifest.yaml";
    let append = |root: &Path, text: &str| {
        let old = fs::read_to_string(root.join(manifest)).unwrap();
        write(root, manifest, &(old + text));
    };
    refused(
        |root| append(root, "builderImages: {host: a}\n"),
        "templates/rust/manifest.yaml: expected `builderImages` of `pack` or `s2i`",
    );
}

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

#[test]
fn a_template_that_does_not_ignore_what_is_built_is_refused() {
    for (file, entry) in [
        (".gitignore", "/target"),
        (".gitignore", "/.func"),
        (".funcignore", "/target"),
        (".dockerignore", "/target"),
        (".dockerignore", "/.git"),
        (".dockerignore", "/.func"),
    ] {
        refused(
            |root| replace(root, &format!("{HTTP}/{file}"), &format!("{entry}\n"), ""),
            &format!("{HTTP}/{file}: does not name {entry}"),
        );
    }
}

#[test]
fn a_template_that_builds_in_this_checkout_only_is_refused() {
    for (old, new, words) in [
        (
            "kn-func-runtime = \"0.1\"",
            "kn-func-runtime = \"9\"",
            concat!("expected `kn-func-runtime` of the released version, ", env!("CARGO_PKG_VERSION"), ", and no more"),
        ),
        ("name = \"function\"", "name = \"http\"", "expected the name `function`, as the image starts it"),
        ("edition = \"2024\"", "edition = \"2021\"", "expected the edition 2024 of the runtime"),
        ("rust-version = \"1.86\"", "", "expected the rust-version 1.86 of the runtime"),
        ("[workspace]\n", "", "expected an empty [workspace], so that it builds inside of another one"),
        ("[workspace]\n", "[workspace]\n[patch.crates-io]\n", "a [patch] leads out of the function"),
        ("lto = true", "", "expected a release profile with lto, one codegen unit and strip"),
        ("\"unwind\"", "\"abort\"", "expected `panic = \"unwind\"`: a panic is a 500"),
        (
            "[workspace]\n",
            "[workspace]\n[[bin]]\nname = \"a\"\n",
            "expected no binary but src/main.rs, or it is not sure what starts",
        ),
        (
            "[dev-dependencies]\n",
            "[dev-dependencies]\ntracing = { path = \"..\" }\n",
            "`tracing` has a path, which a function does not find where it is built",
        ),
        (
            "[workspace]\n",
            "[workspace]\n[target.'cfg(unix)'.build-dependencies]\ntracing = { git = \"a\" }\n",
            "`tracing` has a git, which a function does not find where it is built",
        ),
    ] {
        let manifest = format!("{HTTP}/Cargo.toml");
        refused(|root| replace(root, &manifest, old, new), &format!("{manifest}: {words}"));
    }
}

#[test]
fn a_second_binary_is_refused() {
    refused(
        |root| write(root, &format!("{HTTP}/src/bin/more.rs"), "fn main() {}\n"),
        "templates/rust/http/Cargo.toml: expected no binary but src/main.rs, or it is not sure what starts",
    );
}

#[test]
fn a_lock_of_other_versions_or_places_is_refused() {
    let lock = format!("{HTTP}/Cargo.lock");
    let runtime = concat!("name = \"kn-func-runtime\"\nversion = \"", env!("CARGO_PKG_VERSION"), "\"\n");
    refused(
        |root| replace(root, &lock, runtime, &format!("{runtime}source = \"git+file:///somewhere\"\n")),
        "templates/rust/http/Cargo.lock: `kn-func-runtime` comes from git+file:///somewhere",
    );
    refused(
        |root| replace(root, &lock, "name = \"itoa\"\nversion = \"", "name = \"itoa\"\nversion = \"0."),
        "templates/rust/http/Cargo.lock: `itoa` is not the one of the workspace's Cargo.lock",
    );
    refused(
        |root| {
            let manifest = format!("{HTTP}/Cargo.toml");
            replace(root, &manifest, "[dev-dependencies]\n", "[dev-dependencies]\nhttp-serde = \"2\"\n");
        },
        "templates/rust/http/Cargo.lock: does not list `http-serde`; `cargo install --locked` takes what it finds",
    );
}

#[test]
fn an_image_with_a_system_or_a_user_is_refused() {
    for (old, new, words) in [
        ("FROM scratch", "FROM debian", "expected the last stage to be `FROM scratch`"),
        (
            "USER 65532:65532",
            "USER nonroot",
            "expected a `USER` by number that is not root; Kubernetes cannot know one by name",
        ),
        (
            "USER 65532:65532",
            "USER 0:0",
            "expected a `USER` by number that is not root; Kubernetes cannot know one by name",
        ),
        ("[\"/function\"]", "/function", "expected `ENTRYPOINT [\"/function\"]`; there is no shell"),
        ("--locked", "--frozen", "expected a stage that runs `cargo install --locked --path .`, as the buildpack does"),
    ] {
        let dockerfile = format!("{HTTP}/Dockerfile");
        refused(|root| replace(root, &dockerfile, old, new), &format!("{dockerfile}: {words}"));
    }
}

#[test]
fn what_is_commented_out_is_refused() {
    let append = |root: &Path, file: &str, text: &str| {
        let old = fs::read_to_string(root.join(file)).unwrap();
        write(root, file, &(old + text));
    };
    for (file, text, words) in [
        ("src/main.rs", "// let a = 1;\n", "let a = 1;"),
        ("src/main.rs", "    // #[test]\n", "#[test]"),
        ("Cargo.toml", "# serde = \"1\"\n", "# serde = \"1\""),
        ("Dockerfile", "# RUN true\n", "# RUN true"),
        (".funcignore", "# target\n", "# target"),
    ] {
        let file = format!("{HTTP}/{file}");
        refused(|root| append(root, &file, text), &format!("{file}: commented out: {words}"));
    }
}

#[test]
fn a_function_without_a_test_or_with_a_server_is_refused() {
    let main = format!("{HTTP}/src/main.rs");
    refused(|root| replace(root, &main, "#[tokio::test]", ""), "templates/rust/http/src/main.rs: expected a test");
    refused(
        |root| replace(root, &main, "#[kn_function]", ""),
        "templates/rust/http/src/main.rs: expected one function",
    );
    refused(
        |root| replace(root, &main, "use super", "use tokio::net::TcpListener;\n    use super"),
        "templates/rust/http/src/main.rs: `TcpListener` is plumbing, which the runtime does",
    );
}

#[test]
fn a_readme_without_a_command_is_refused() {
    let readme = format!("{HTTP}/README.md");
    for (command, words) in [
        ("cargo add kn-func-runtime --git", "cargo add kn-func-runtime --git"),
        ("$ func invoke", "func invoke"),
        ("$ func build", "func build"),
    ] {
        refused(|root| replace(root, &readme, command, ""), &format!("{readme}: does not say `{words}`"));
    }
}
