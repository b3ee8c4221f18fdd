//! This repository is a template repository of the `func` CLI, without any of the traps of one.
//!
//! `layout::faults` says what is wrong with such a repository; here it is asked about this one, in `refusals` about broken copies.

mod crates;
mod dockerfile;
mod faults;
mod layout;
mod manifest;
mod refusals;
mod text;

use std::fs;

use kn_func_e2e::{Finished, TEMPLATES, program, repository, scratch};

const HTTP: &str = "templates/rust/http";
const LAMBDA: &str = "templates/rust/lambda";

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
    for template in TEMPLATES {
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
