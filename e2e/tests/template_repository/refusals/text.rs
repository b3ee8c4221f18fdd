//! Files that a stranger would not find as they should be.

use std::fs;
use std::path::Path;

use super::{refused, replace, write};
use crate::{HTTP, LAMBDA};

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
fn a_lambda_that_is_none_on_aws_is_refused() {
    let main = format!("{LAMBDA}/src/main.rs");
    refused(
        |root| replace(root, &main, "use serde::", "use kn_func_runtime::Context;\nuse serde::"),
        "templates/rust/lambda/src/main.rs: `kn_` is not of AWS Lambda",
    );
    refused(
        |root| replace(root, &main, "run(service_fn(handler))", "lambda_http::run(handler)"),
        "templates/rust/lambda/src/main.rs: expected one function",
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
    let (readme, command) = (format!("{LAMBDA}/README.md"), "cargo add kn-lambda-http --rename lambda_http --git");
    refused(|root| replace(root, &readme, command, ""), &format!("{readme}: does not say `{command}`"));
}
