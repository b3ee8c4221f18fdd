//! `manifest.yaml`: of the repository, of a runtime, of a template.

use std::path::Path;

use serde_norway::{Mapping, Value};

use crate::faults::Faults;

/// Where a manifest stands. What is lower overrides what is higher.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Root,
    Runtime,
    Template,
}

/// The lists that hold below a manifest.
#[derive(Clone, Default)]
pub(crate) struct Inherited {
    lists: Mapping,
}

const LISTS: [&str; 3] = ["buildEnvs", "runEnvs", "buildpacks"];

/// Checks the manifest of a folder and gives what folders in it inherit. Only the repository itself must have one.
pub(crate) fn check(faults: &mut Faults, folder: &Path, level: Level, inherited: &Inherited) -> Inherited {
    let path = folder.join("manifest.yaml");
    if level != Level::Root && !path.exists() {
        return inherited.clone();
    }
    let Some(text) = faults.read(&path) else { return inherited.clone() };
    match serde_norway::from_str(&text) {
        Ok(Value::Mapping(manifest)) if !manifest.is_empty() => {
            if level == Level::Root {
                let templates = manifest.get("templates").and_then(Value::as_str);
                faults.expect(templates == Some("templates"), &path, "expected `templates: templates`");
            }
            for (key, value) in &manifest {
                check_key(faults, &path, level, key.as_str().unwrap_or_default(), value);
            }
            inherit(faults, &path, manifest, inherited)
        }
        Ok(Value::Null) => {
            faults.add(&path, "says nothing; one that is empty ends all that func does with the repository");
            inherited.clone()
        }
        Ok(_) => {
            faults.add(&path, "expected keys and values");
            inherited.clone()
        }
        Err(error) => {
            faults.add(&path, format!("is no YAML: {error}"));
            inherited.clone()
        }
    }
}

fn check_key(faults: &mut Faults, path: &Path, level: Level, key: &str, value: &Value) {
    match (key, level) {
        ("templates", Level::Root) => {}
        ("buildEnvs" | "runEnvs", _) => check_variables(faults, path, key, value),
        ("buildpacks", _) => faults.add(path, "a build on the cluster takes no `buildpacks`"),
        ("builderImages", Level::Runtime) => {
            let images = value.as_mapping().into_iter().flatten();
            let known = |(builder, image): (&Value, &Value)| {
                matches!(builder.as_str(), Some("pack" | "s2i"))
                    && image.as_str().is_some_and(|image| !image.is_empty())
            };
            let fits = value.is_mapping() && images.into_iter().all(known);
            faults.expect(fits, path, "expected `builderImages` of `pack` or `s2i`");
        }
        ("builderImages", _) => faults.add(path, "`builderImages` leak into other templates; set them for the runtime"),
        ("healthEndpoints", _) => {
            let endpoints = value.as_mapping().into_iter().flatten();
            let known = |(name, path): (&Value, &Value)| {
                matches!(name.as_str(), Some("liveness" | "readiness"))
                    && path.as_str().is_some_and(|path| path.starts_with('/'))
            };
            let fits = value.is_mapping() && endpoints.into_iter().all(known);
            faults.expect(fits, path, "expected `healthEndpoints` with the paths `liveness` and `readiness`");
        }
        ("invoke", Level::Template) => {
            let fits = matches!(value.as_str(), Some("http" | "cloudevent"));
            faults.expect(fits, path, "`invoke` is neither `http` nor `cloudevent`, so `func invoke` fails");
        }
        ("invoke", _) => {
            faults.add(path, "`invoke` is one for all templates here; say it in the template that it is of")
        }
        ("name", Level::Root) => faults.add(path, "`name` replaces the one that a user gives to the repository"),
        _ => faults.add(path, format!("func does not read `{key}` here")),
    }
}

fn check_variables(faults: &mut Faults, path: &Path, key: &str, value: &Value) {
    let Some(variables) = value.as_sequence() else {
        return faults.add(path, format!("expected `{key}` to be a list"));
    };
    let mut names = Vec::new();
    for variable in variables {
        let name = variable.get("name").and_then(Value::as_str).unwrap_or_default();
        let text = variable.get("value").and_then(Value::as_str);
        let fits = variable.as_mapping().is_some_and(|pair| pair.len() == 2) && text.is_some();
        faults.expect(fits, path, format!("expected each of `{key}` to have a `name` and a `value` of text"));
        let valid = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        faults.expect(valid, path, format!("`{name}` in `{key}` is no name of a variable"));
        let refers = text.is_some_and(|text| text.contains("{{"));
        faults.expect(!refers, path, format!("`{name}` in `{key}` refers to what a new function does not have"));
        faults.expect(!names.contains(&name), path, format!("`{name}` stands twice in `{key}`"));
        names.push(name);
    }
}

/// A list replaces the one above it, so it has to repeat it.
fn inherit(faults: &mut Faults, path: &Path, manifest: Mapping, inherited: &Inherited) -> Inherited {
    let mut lists = inherited.lists.clone();
    for key in LISTS {
        let Some(list) = manifest.get(key) else { continue };
        for above in inherited.lists.get(key).and_then(Value::as_sequence).into_iter().flatten() {
            let name = above.get("name").and_then(Value::as_str).unwrap_or_default();
            let repeated = list.as_sequence().is_some_and(|list| list.contains(above));
            faults.expect(repeated, path, format!("`{key}` replaces the list above it and loses its `{name}`"));
        }
        lists.insert(key.into(), list.clone());
    }
    Inherited { lists }
}
