//! What `func` refuses, and how; the traps that `template_repository` keeps this repository out of are real.

use std::fs;

use crate::{files, url, user, work_tree};

#[test]
#[ignore = "e2e/run: needs func and git"]
fn a_bad_name_is_refused_and_nothing_is_made() {
    let (func, clone) = user();
    let words = func.run(&["create", "-l", "rust", "-t", "http", "-r", &url(&clone), "Bad_Name"]).failure();
    let start = "Error: Function name 'Bad_Name' must consist of lower case alphanumeric characters or '-'";
    assert!(words.contains(start), "{words}");
    assert!(!func.home().join("Bad_Name").exists());
}

#[test]
#[ignore = "e2e/run: needs func and git"]
fn an_existing_function_is_refused_and_left_as_it_is() {
    let (func, clone) = user();
    let function = func.create("http", "hello");
    fs::write(function.join("src/main.rs"), "fn main() {}\n").unwrap();
    let before = files(&function);
    let words = func.run(&["create", "-l", "rust", "-t", "state", "-r", &url(&clone), "hello"]).failure();
    assert!(words.contains(&format!("function at '{}' already initialized", function.display())), "{words}");
    assert_eq!(files(&function), before);
    assert_eq!(fs::read_to_string(function.join("src/main.rs")).unwrap(), "fn main() {}\n");
}

#[test]
#[ignore = "e2e/run: needs func and git"]
fn a_folder_with_files_of_others_is_refused() {
    let (func, clone) = user();
    let folder = func.home().join("hello");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("notes"), "mine").unwrap();
    let words = func.run(&["create", "-l", "rust", "-t", "http", "-r", &url(&clone), "hello"]).failure();
    assert!(words.contains("Error:"), "{words}");
    assert_eq!(files(&folder), ["notes"]);
}

#[test]
#[ignore = "e2e/run: needs func and git"]
fn another_language_template_or_branch_is_refused() {
    let (func, clone) = user();
    let url = url(&clone);
    for (language, template, url, expected) in [
        ("go", "http", url.clone(), "language runtime not found"),
        ("rust", "grpc", url.clone(), "template not found"),
        ("rust", "http", format!("{url}#v9"), "branch not found"),
    ] {
        let words = func.run(&["create", "-l", language, "-t", template, "-r", &url, "hello"]).failure();
        assert!(words.contains(expected), "{words}");
    }
}

/// An empty manifest of one template breaks the others as well.
#[test]
#[ignore = "e2e/run: needs func and git"]
fn an_empty_manifest_breaks_every_template() {
    let (func, clone) = user();
    let tree = work_tree(&func, &clone);
    fs::write(tree.join("templates/rust/http/manifest.yaml"), "").unwrap();
    for template in ["http", "cloudevents", "state"] {
        let words = func.run(&["create", "-l", "rust", "-t", template, "-r", &url(&tree), template]).failure();
        assert!(words.contains("Error: EOF"), "{words}");
    }
}

#[test]
#[ignore = "e2e/run: needs func and git"]
fn a_stray_folder_is_a_language() {
    let (func, clone) = user();
    let tree = work_tree(&func, &clone);
    fs::create_dir(tree.join("templates/notes")).unwrap();
    assert_eq!(func.run(&["languages", "-r", &url(&tree)]).stdout(), "notes\nrust\n");
}

#[test]
#[ignore = "e2e/run: needs func and git"]
fn what_lies_about_in_a_template_is_copied_and_its_deeper_manifests_are_not() {
    let (func, clone) = user();
    let tree = work_tree(&func, &clone);
    let template = tree.join("templates/rust/http");
    fs::create_dir_all(template.join("target/debug")).unwrap();
    fs::write(template.join("target/debug/function"), "built").unwrap();
    fs::write(template.join("src/manifest.yaml"), "a: b\n").unwrap();
    fs::write(template.join("func.yaml"), "name: mine\n").unwrap();
    func.run(&["create", "-l", "rust", "-t", "http", "-r", &url(&tree), "hello"]).stdout();
    let function = func.home().join("hello");
    assert!(function.join("target/debug/function").is_file());
    assert!(!function.join("src/manifest.yaml").exists());
    let written = fs::read_to_string(function.join("func.yaml")).unwrap();
    assert!(written.contains("name: hello\n") && !written.contains("mine"), "{written}");
}

#[test]
#[ignore = "e2e/run: needs func and git"]
fn a_list_replaces_the_one_above_it() {
    let (func, clone) = user();
    let tree = work_tree(&func, &clone);
    let manifest = "buildEnvs: [{name: BP_INCLUDE_FILES, value: a}]\n";
    fs::write(tree.join("templates/rust/http/manifest.yaml"), manifest).unwrap();
    func.run(&["create", "-l", "rust", "-t", "http", "-r", &url(&tree), "hello"]).stdout();
    let written = fs::read_to_string(func.home().join("hello/func.yaml")).unwrap();
    assert!(written.contains("BP_INCLUDE_FILES") && !written.contains("BP_RUSTUP_ENABLED"), "{written}");
}

/// Without the key in the root's manifest the folders of this repository are the languages.
#[test]
#[ignore = "e2e/run: needs func and git"]
fn a_repository_that_does_not_say_where_its_templates_are_has_no_rust() {
    let (func, clone) = user();
    let tree = work_tree(&func, &clone);
    fs::remove_file(tree.join("manifest.yaml")).unwrap();
    let words = func.run(&["create", "-l", "rust", "-t", "http", "-r", &url(&tree), "hello"]).failure();
    assert!(words.contains("language runtime not found"), "{words}");
}
