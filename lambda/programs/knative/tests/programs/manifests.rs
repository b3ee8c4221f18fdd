//! The two packages are the same programs, and nothing but the two dependencies makes the difference.

use std::collections::BTreeSet;
use std::fs;

use kn_func_e2e::repository;
use toml::{Table, Value};

use crate::table::rows;

fn manifest(package: &str) -> Table {
    let path = repository().join("lambda/programs").join(package).join("Cargo.toml");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The programs by their sources' names.
fn sources() -> BTreeSet<String> {
    let folder = repository().join("lambda/programs/src");
    let files = fs::read_dir(folder).expect("it is there").map(|file| file.expect("it can be read").path());
    files.map(|file| file.file_stem().expect("it has a name").to_string_lossy().into_owned()).collect()
}

/// A manifest without what may differ: its own name, the names of its programs, the two dependencies and what tests need.
fn shared(mut manifest: Table, prefix: &str) -> Table {
    for name in ["name", "description"] {
        manifest["package"].as_table_mut().expect("it is one").remove(name);
    }
    for name in ["lambda_http", "lambda_runtime"] {
        let dependency = manifest["dependencies"].get_mut(name).and_then(Value::as_table_mut);
        let dependency = dependency.unwrap_or_else(|| panic!("{prefix}* does not depend on {name}"));
        for place in ["package", "path", "version"] {
            dependency.remove(place);
        }
    }
    for program in manifest["bin"].as_array_mut().expect("they are many") {
        let name = program["name"].as_str().expect("it is text");
        let name = name.strip_prefix(prefix).unwrap_or_else(|| panic!("`{name}` is not `{prefix}...`")).to_owned();
        program["name"] = name.into();
    }
    manifest.remove("dev-dependencies");
    manifest
}

#[test]
fn the_manifests_differ_in_two_dependencies_only() {
    assert_eq!(shared(manifest("aws"), "aws-"), shared(manifest("knative"), "kn-"));
}

#[test]
fn the_dependencies_that_differ_are_renamed_and_nothing_else() {
    let (aws, knative) = (manifest("aws"), manifest("knative"));
    for (name, package) in [("lambda_http", "kn-lambda-http"), ("lambda_runtime", "kn-lambda-runtime")] {
        let (of_aws, of_ours) = (&aws["dependencies"][name], &knative["dependencies"][name]);
        assert_eq!(of_aws.get("package"), None, "{name}");
        assert_eq!(of_aws.get("path"), None, "{name}");
        assert_eq!(of_ours["package"].as_str(), Some(package));
        assert_eq!(of_aws.get("features"), of_ours.get("features"), "{name}");
    }
}

#[test]
fn aws_programs_have_none_of_our_crates() {
    let manifest = manifest("aws");
    let names: Vec<_> = manifest["dependencies"].as_table().expect("it is one").keys().collect();
    assert!(!names.iter().any(|name| name.starts_with("kn-")), "{names:?}");
    assert!(!manifest.contains_key("dev-dependencies"), "{manifest}");
}

#[test]
fn every_source_is_a_program_of_both_packages() {
    for (package, prefix) in [("aws", "aws-"), ("knative", "kn-")] {
        let manifest = shared(manifest(package), prefix);
        let programs = manifest["bin"].as_array().expect("they are many").iter();
        let names: BTreeSet<_> = programs
            .map(|program| {
                let name = program["name"].as_str().expect("it is text");
                assert_eq!(program["path"].as_str(), Some(format!("../src/{name}.rs").as_str()), "{package}");
                name.to_owned()
            })
            .collect();
        assert_eq!(names, sources(), "{package}");
    }
}

#[test]
fn every_program_is_asked_something() {
    let asked: BTreeSet<_> = rows().iter().map(|row| row.program.to_owned()).collect();
    assert_eq!(asked, sources());
}
