//! The `func.yaml` that `func` writes.

use std::fs;
use std::path::Path;

use kn_func_e2e::{Finished, TEMPLATES, program, repository};
use serde_json::{Value, json};

use crate::user;

/// `e2e/tools/func-yaml` with the schema of the `func` that is pinned there.
fn validated(files: &[&Path]) -> Finished {
    let tools = repository().join("e2e/tools");
    let mut go = program("go");
    go.current_dir(&tools).args(["list", "-m", "-f", "{{.Dir}}", "knative.dev/func"]);
    let schema = Path::new(Finished::of(&mut go).stdout().trim()).join("schema/func_yaml-schema.json");
    Finished::of(program("go").current_dir(&tools).args(["run", "./func-yaml"]).arg(schema).args(files))
}

/// The file without the moment of its making, which is checked.
fn read(function: &Path) -> Value {
    let text = fs::read_to_string(function.join("func.yaml")).unwrap();
    let mut yaml: Value = serde_norway::from_str(&text).unwrap();
    let created = yaml.as_object_mut().unwrap().remove("created").unwrap();
    assert!(created.as_str().unwrap().ends_with('Z'), "{created}");
    yaml
}

#[test]
#[ignore = "e2e/run: needs func, git and Go"]
fn each_is_as_funcs_own_schema_has_it() {
    let (func, _) = user();
    let files = TEMPLATES.map(|template| func.create(template, template).join("func.yaml"));
    assert_eq!(validated(&files.each_ref().map(AsRef::as_ref)).stdout(), "");
}

#[test]
#[ignore = "e2e/run: needs func, git and Go"]
fn the_schema_refuses_what_is_not_in_it() {
    let (func, _) = user();
    let file = func.create("http", "hello").join("func.yaml");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("\nruntime:"), "{text}");
    fs::write(&file, text.replace("\nruntime:", "\nlanguage:")).unwrap();
    let words = validated(&[&file]).failure();
    assert!(words.contains("Additional property language is not allowed"), "{words}");
}

#[test]
#[ignore = "e2e/run: needs func and git"]
fn it_says_what_the_manifests_say() {
    let (func, _) = user();
    let rustup = json!({ "name": "BP_RUSTUP_ENABLED", "value": "true" });
    let licences = json!({ "name": "BP_INCLUDE_FILES", "value": "data/LICENSE-*" });
    let of = |name: &str, variables: &[&Value]| {
        json!({
            "specVersion": "0.36.0",
            "name": name,
            "runtime": "rust",
            "build": { "buildEnvs": variables },
            "deploy": { "healthEndpoints": { "liveness": "/health/liveness", "readiness": "/health/readiness" } },
        })
    };
    assert_eq!(read(&func.create("http", "hello")), of("hello", &[&rustup]));
    assert_eq!(read(&func.create("lambda", "moved")), of("moved", &[&rustup]));
    assert_eq!(read(&func.create("state", "visits")), of("visits", &[&rustup]));
    assert_eq!(read(&func.create("get-emojis", "emojis")), of("emojis", &[&rustup, &licences]));
    let mut events = of("events", &[&rustup]);
    events["invoke"] = "cloudevent".into();
    assert_eq!(read(&func.create("cloudevents", "events")), events);
}
