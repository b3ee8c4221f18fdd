//! `Cargo.toml` and `Cargo.lock` of a template.

use std::path::Path;

use toml::{Table, Value};

use crate::faults::Faults;

/// What every function is made of.
const ALWAYS: [&str; 2] = ["kn-func-macros", "kn-func-runtime"];

/// What all crates of this repository are called that a function may have. Their place in a lock is open until they are released.
const OURS: [&str; 2] = ["kn-func-", "kn-lambda-"];

pub(crate) fn check(faults: &mut Faults, template: &Path, root: &Path) {
    let workspace = table(faults, &root.join("Cargo.toml")).unwrap_or_default();
    let path = template.join("Cargo.toml");
    let Some(manifest) = table(faults, &path) else { return };
    check_package(faults, &path, &manifest, &workspace);
    check_target(faults, template, &path, &manifest);
    let mut names = Vec::new();
    for (name, dependency) in dependencies(&manifest) {
        check_dependency(faults, &path, name, dependency);
        names.push(package_of(name, dependency));
    }
    check_runtime(faults, &path, &manifest, text(&workspace, &["workspace", "package", "version"]));
    check_lock(faults, template, root, &names);
}

fn check_package(faults: &mut Faults, path: &Path, manifest: &Table, workspace: &Table) {
    let package = |key| text(manifest, &["package", key]);
    faults.expect(package("name") == "function", path, "expected the name `function`, as the image starts it");
    for key in ["edition", "rust-version"] {
        let ours = text(workspace, &["workspace", "package", key]);
        faults.expect(package(key) == ours, path, format!("expected the {key} {ours} of the runtime"));
    }
    let own = manifest.get("workspace").and_then(Value::as_table).is_some_and(Table::is_empty);
    faults.expect(own, path, "expected an empty [workspace], so that it builds inside of another one");
    for key in ["patch", "replace"] {
        faults.expect(!manifest.contains_key(key), path, format!("a [{key}] leads out of the function"));
    }
    let release = |key| manifest.get("profile").and_then(|it| it.get("release")).and_then(|it| it.get(key));
    let small = release("lto") == Some(&true.into())
        && release("codegen-units") == Some(&1.into())
        && release("strip") == Some(&true.into());
    faults.expect(small, path, "expected a release profile with lto, one codegen unit and strip");
    faults.expect(release("panic") == Some(&"unwind".into()), path, "expected `panic = \"unwind\"`: a panic is a 500");
}

/// A function has the runtime, or instead of a crate of AWS's the one that takes its place.
fn check_runtime(faults: &mut Faults, path: &Path, manifest: &Table, released: &str) {
    let dependencies = manifest.get("dependencies").and_then(Value::as_table).into_iter().flatten();
    let ours: Vec<_> = dependencies.filter(|(name, dependency)| is_ours(package_of(name, dependency))).collect();
    faults.expect(
        !ours.is_empty(),
        path,
        "expected `kn-func-runtime`, or a crate that takes the place of one of AWS's",
    );
    for (name, dependency) in ours {
        let package = package_of(name, dependency);
        let words = format!("expected `{package}` of the released version, {released}, and no more");
        let version = if name == package {
            dependency.as_str()
        } else {
            let renamed = package.strip_prefix("kn-").map(|name| name.replace('-', "_"));
            let only = dependency.as_table().is_some_and(|table| table.len() == 2) && renamed.as_ref() == Some(name);
            dependency.get("version").and_then(Value::as_str).filter(|_| only)
        };
        faults.expect(version.is_some_and(|wanted| is_begun_by(released, wanted)), path, words);
    }
}

/// The buildpack makes a process type of each binary.
fn check_target(faults: &mut Faults, template: &Path, path: &Path, manifest: &Table) {
    let bins = manifest.get("bin").and_then(Value::as_array).map_or(0, Vec::len);
    let folder = template.join("src/bin");
    faults.expect(
        bins == 0 && !folder.exists(),
        path,
        "expected no binary but src/main.rs, or it is not sure what starts",
    );
}

fn check_dependency(faults: &mut Faults, path: &Path, name: &str, dependency: &Value) {
    for key in ["path", "git", "registry", "workspace"] {
        let words = format!("`{name}` has a {key}, which a function does not find where it is built");
        faults.expect(dependency.get(key).is_none(), path, words);
    }
}

/// All dependencies: of the crate, of its tests, of its build, of targets.
fn dependencies(manifest: &Table) -> Vec<(&str, &Value)> {
    let targets = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    let tables = targets.filter_map(Value::as_table).chain([manifest]);
    let kinds = ["dependencies", "dev-dependencies", "build-dependencies"];
    let lists = tables.flat_map(|table| kinds.map(|kind| table.get(kind).and_then(Value::as_table)));
    lists.flatten().flatten().map(|(name, value)| (name.as_str(), value)).collect()
}

fn check_lock(faults: &mut Faults, template: &Path, root: &Path, dependencies: &[&str]) {
    let path = template.join("Cargo.lock");
    let Some(lock) = table(faults, &path) else { return };
    let ours = table(faults, &root.join("Cargo.lock")).unwrap_or_default();
    let names: Vec<_> = packages(&lock).map(name_of).collect();
    for name in dependencies.iter().chain(&ALWAYS).chain(&["function"]) {
        faults.expect(
            names.contains(name),
            &path,
            format!("does not list `{name}`; `cargo install --locked` takes what it finds"),
        );
    }
    for package in packages(&lock) {
        let name = name_of(package);
        let source = package.get("source").and_then(Value::as_str);
        if name == "function" || is_ours(name) {
            let open = source.is_none_or(|source| source.starts_with("registry+"));
            faults.expect(open, &path, format!("`{name}` comes from {}", source.unwrap_or_default()));
        } else {
            let checked = package.get("checksum").is_some() && packages(&ours).any(|it| is_same(it, package));
            faults.expect(checked, &path, format!("`{name}` is not the one of the workspace's Cargo.lock"));
        }
    }
}

/// The name of the package, which may have another name here.
fn package_of<'a>(name: &'a str, dependency: &'a Value) -> &'a str {
    dependency.get("package").and_then(Value::as_str).unwrap_or(name)
}

fn is_ours(name: &str) -> bool {
    OURS.iter().any(|start| name.starts_with(start))
}

fn packages(lock: &Table) -> impl Iterator<Item = &Table> {
    lock.get("package").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_table)
}

fn is_same(one: &Table, other: &Table) -> bool {
    ["name", "version", "source", "checksum"].iter().all(|key| one.get(*key) == other.get(*key))
}

fn name_of(package: &Table) -> &str {
    package.get("name").and_then(Value::as_str).unwrap_or_default()
}

fn table(faults: &mut Faults, path: &Path) -> Option<Table> {
    let text = faults.read(path)?;
    text.parse().map_err(|error| faults.add(path, format!("is no TOML: {error}"))).ok()
}

/// The text that keys lead to; empty if there is none.
fn text<'a>(table: &'a Table, keys: &[&str]) -> &'a str {
    let mut value = None;
    for key in keys {
        value = value.map_or(table.get(*key), |value: &Value| value.get(key));
    }
    value.and_then(Value::as_str).unwrap_or_default()
}

/// Whether `0.1.3` begins with `0.1`.
fn is_begun_by(version: &str, wanted: &str) -> bool {
    version.strip_prefix(wanted).is_some_and(|rest| !wanted.is_empty() && (rest.is_empty() || rest.starts_with('.')))
}
