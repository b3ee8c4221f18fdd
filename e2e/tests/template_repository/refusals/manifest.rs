//! Manifests that `func` would not read, or would read otherwise than meant.

use std::fs;
use std::path::Path;

use super::{refused, write};
use crate::HTTP;

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
