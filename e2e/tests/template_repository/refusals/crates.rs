//! Crates that would not build where they are copied to, or not as they were tested.

use super::{refused, replace, write};
use crate::{HTTP, LAMBDA};

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
fn a_lambda_that_does_not_have_the_released_crate_in_the_place_of_awss_is_refused() {
    let words = concat!(
        "templates/rust/lambda/Cargo.toml: expected `kn-lambda-http` of the released version, ",
        env!("CARGO_PKG_VERSION"),
        ", and no more"
    );
    let line = "lambda_http = { package = \"kn-lambda-http\", version = \"0.1\" }";
    for new in [
        "lambda_http = { package = \"kn-lambda-http\", version = \"9\" }",
        "lambda_http = { package = \"kn-lambda-http\", version = \"0.1\", default-features = false }",
        "lambda = { package = \"kn-lambda-http\", version = \"0.1\" }",
    ] {
        refused(|root| replace(root, &format!("{LAMBDA}/Cargo.toml"), line, new), words);
    }
    refused(
        |root| replace(root, &format!("{LAMBDA}/Cargo.toml"), line, "kn-lambda-runtime = \"8\""),
        &words.replace("kn-lambda-http", "kn-lambda-runtime"),
    );
    refused(
        |root| replace(root, &format!("{LAMBDA}/Cargo.toml"), line, ""),
        "templates/rust/lambda/Cargo.toml: expected `kn-func-runtime`, or a crate that takes the place of one of AWS's",
    );
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
