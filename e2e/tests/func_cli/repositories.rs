//! This repository as one that a user has added.

use kn_func_e2e::TEMPLATES;

use crate::{files, url, user};

#[test]
#[ignore = "e2e/run: needs func and git"]
fn its_only_language_is_rust() {
    let (func, clone) = user();
    assert_eq!(func.run(&["languages", "--repository", &url(&clone)]).stdout(), "rust\n");
    let json = func.run(&["languages", "--repository", &url(&clone), "--json"]).stdout();
    let languages: Vec<String> = serde_json::from_str(&json).unwrap();
    assert_eq!(languages, ["rust"]);
}

#[test]
#[ignore = "e2e/run: needs func and git"]
fn an_added_repository_is_listed_with_its_templates() {
    let (func, clone) = user();
    func.run(&["repository", "add", "kn", &url(&clone)]).stdout();
    assert_eq!(func.run(&["repository", "list"]).stdout(), "default\nkn\n");
    let verbose = func.run(&["repository", "list", "--verbose"]).stdout();
    assert!(verbose.lines().any(|line| line == format!("kn\t{}#e2e", url(&clone))), "{verbose}");
    let templates = func.run(&["templates", "rust"]).stdout();
    let ours: Vec<_> = templates.lines().filter_map(|line| line.strip_prefix("kn/")).collect();
    assert_eq!(ours, TEMPLATES);
}

#[test]
#[ignore = "e2e/run: needs func and git"]
fn a_function_is_made_of_a_template_of_an_added_repository() {
    let (func, clone) = user();
    func.run(&["repository", "add", "kn", &format!("{}#e2e", url(&clone))]).stdout();
    func.run(&["create", "-l", "rust", "-t", "kn/http", "hello"]).stdout();
    assert_eq!(files(&func.home().join("hello")), files(&func.create("http", "again")));
}

/// `func templates` asks the URL by HTTP before it clones, so the templates of a file URL are seen only once it is added.
#[test]
#[ignore = "e2e/run: needs func and git"]
fn func_templates_of_a_file_url_is_a_fault_of_func() {
    let (func, clone) = user();
    let words = func.run(&["templates", "rust", "--repository", &url(&clone)]).failure();
    assert!(words.contains("unsupported protocol scheme \"file\""), "{words}");
}
