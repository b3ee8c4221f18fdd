//! Checkouts whose examples are built with one cache, which `examples/Dockerfile` keeps apart.

use std::fs::{self, File};
use std::path::Path;
use std::time::SystemTime;

use kn_func_e2e::scratch;
use tempfile::TempDir;

use crate::image::{Image, said};

const WORKSPACE: &str = r#"[workspace]
resolver = "3"
members = ["examples/one", "examples/other", "shared"]
"#;
const LOCK: &str = r#"version = 4

[[package]]
name = "one"
version = "0.1.0"
dependencies = ["shared"]

[[package]]
name = "other"
version = "0.1.0"
dependencies = ["shared"]

[[package]]
name = "shared"
version = "0.1.0"
"#;
const MAIN: &str = "fn main() {\n    println!(\"{}, {}\", shared::WORD, include_str!(\"../word\"));\n}\n";

/// A checkout in which two examples tell what they share, and a word of their own. All its files are old.
fn checkout(shared: &str, own: &str) -> TempDir {
    let checkout = scratch();
    let write = |name: &str, text: &str| write(&checkout.path().join(name), text);
    write("Cargo.toml", WORKSPACE);
    write("Cargo.lock", LOCK);
    write("shared/Cargo.toml", &manifest("shared"));
    write("shared/src/lib.rs", &format!("pub const WORD: &str = \"{shared}\";\n"));
    for example in ["one", "other"] {
        let folder = format!("examples/{example}");
        write(&format!("{folder}/Cargo.toml"), &(manifest(example) + "dependencies.shared.path = \"../../shared\"\n"));
        write(&format!("{folder}/src/main.rs"), MAIN);
        write(&format!("{folder}/word"), own);
    }
    checkout
}

fn manifest(name: &str) -> String {
    format!("package = {{ name = \"{name}\", version = \"0.1.0\", edition = \"2024\" }}\n")
}

fn write(file: &Path, text: &str) {
    fs::create_dir_all(file.parent().expect("a file is in a folder")).expect("the checkout can be written to");
    fs::write(file, text).expect("the checkout can be written to");
    let file = File::options().write(true).open(file).expect("it was written");
    file.set_modified(SystemTime::UNIX_EPOCH).expect("a file has a time");
}

#[test]
#[ignore = "e2e/run: needs buildah, podman and runc"]
fn an_example_is_that_of_its_checkout_whatever_was_built_before() {
    let cache = scratch();
    for (number, (shared, own)) in [("a", "x"), ("b", "x"), ("a", "x"), ("a", "y"), ("a", "x")].iter().enumerate() {
        let name = format!("checkout-{number}");
        let image = Image::of_checkout(&name, "one", checkout(shared, own).path(), cache.path());
        assert_eq!(said(&image), format!("{shared}, {own}\n"), "{}", image.said());
    }
}

#[test]
#[ignore = "e2e/run: needs buildah, podman and runc"]
fn what_two_examples_share_is_compiled_once() {
    let (cache, checkout) = (scratch(), checkout("a", "x"));
    let [one, other] = ["one", "other"].map(|example| {
        let image = Image::of_checkout(&format!("checkout-{example}"), example, checkout.path(), cache.path());
        assert_eq!(said(&image), "a, x\n");
        image
    });
    assert!(one.said().contains("Compiling shared"), "{}", one.said());
    assert!(other.said().contains("Compiling other") && !other.said().contains("Compiling shared"), "{}", other.said());
}
