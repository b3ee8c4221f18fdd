//! The Dockerfile of each template, where it is copied to.

use std::fs::{self, File};
use std::path::Path;
use std::time::SystemTime;

use kn_func_e2e::{TEMPLATES, copy_template, in_own_network, patches, scratch};
use tempfile::TempDir;

use crate::container::Container;
use crate::image::{Image, said};

/// A copy that takes the crates of this repository from the checkout that its build finds.
fn copy(template: &str) -> TempDir {
    let folder = scratch();
    copy_template(template, folder.path());
    let patches = patches(folder.path(), Path::new("/kn-func-runtime"));
    write(folder.path(), ".cargo/config.toml", &(patches.join("\n") + "\n"));
    folder
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("the copy can be written to");
    fs::write(path, text).expect("the copy can be written to");
}

fn image(template: &str) -> Image {
    Image::of_function(&format!("template-{template}"), copy(template).path())
}

#[test]
#[ignore = "e2e/run: needs buildah, podman and runc"]
fn a_template_becomes_an_image_that_answers() {
    for (template, image) in TEMPLATES.into_iter().zip(Image::for_each(&TEMPLATES, |template| image(template))) {
        assert!(image.files().contains("function"), "{template}: {:?}", image.files());
        assert_eq!(image.inspect()["Config"]["User"], "65532:65532", "{template}");
        let size = image.size();
        println!("{template}: {:.2} MB", size as f64 / 1e6);
        assert!(size < 4 << 20, "{template} is an image of {size} bytes");
        in_own_network(async move || {
            let container = Container::start(&image, &[]).await;
            let client = container.client();
            assert_eq!(client.get("/health/readiness").await.text(), "READY", "{template}");
            let status = client.get("/").await.status();
            assert!(status < 500, "{template} answers {status}");
            assert_eq!(container.stop().await.code, Some(0), "{template}");
        });
    }
}

/// A program that says a word and is soon built, with the Dockerfile of a template.
fn program(template: &str, word: &str) -> TempDir {
    let folder = scratch();
    copy_template(template, folder.path());
    write(folder.path(), "Cargo.toml", "package = { name = \"function\", version = \"0.1.0\", edition = \"2024\" }\n");
    write(folder.path(), "Cargo.lock", "version = 4\n\n[[package]]\nname = \"function\"\nversion = \"0.1.0\"\n");
    write(folder.path(), "src/main.rs", &format!("fn main() {{\n    println!(\"{word}\");\n}}\n"));
    folder
}

/// All functions have the same name and folder there, and cargo tells sources by their times.
#[test]
#[ignore = "e2e/run: needs buildah, podman and runc"]
fn a_function_is_not_what_another_left_in_the_cache_of_the_build() {
    let cache = scratch();
    let younger = program("http", "younger");
    assert_eq!(said(&Image::of_program("younger", younger.path(), cache.path())), "younger\n");
    let older = program("http", "older");
    let file = File::options().write(true).open(older.path().join("src/main.rs")).expect("it was written");
    file.set_modified(SystemTime::UNIX_EPOCH).expect("a file has a time");
    assert_eq!(said(&Image::of_program("older", older.path(), cache.path())), "older\n");
}
