//! The floors of the library: a module uses its own floor and those above it in `lib.rs`, and each big library has its place.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Which crates (or parts of them) may be named where.
const PLACES: [(&str, &[&str]); 17] = [
    ("hyper::", &["server", "client"]),
    ("hyper_util::", &["server", "client"]),
    ("hyper_rustls::", &["client"]),
    ("rustls::", &["client"]),
    ("webpki_roots::", &["client"]),
    ("prometheus_client::", &["metrics"]),
    ("opentelemetry::", &["otel"]),
    ("opentelemetry_http::", &["otel"]),
    ("opentelemetry_otlp::", &["otel"]),
    ("opentelemetry_sdk::", &["otel"]),
    ("tracing_opentelemetry::", &["otel"]),
    ("cloudevents::", &["event", "context"]),
    ("tokio::net", &["server", "run"]),
    ("tokio::signal", &["server", "run"]),
    ("tower_layer::", &["tower"]),
    ("tower_service::", &["tower"]),
    ("::config::", &["settings"]),
];

/// What would hide from the look at single lines what is used.
const GROUPS: [&str; 2] = ["crate::{", "tokio::{"];

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The floor of each module: how many groups of `lib.rs` are above it. A group begins with a comment.
fn floors(lib: &str) -> BTreeMap<String, usize> {
    let mut floor = 0;
    let mut floors = BTreeMap::new();
    for line in lib.lines() {
        if line.starts_with("// ") {
            floor += 1;
        }
        let module = line.strip_prefix("mod ").or_else(|| line.strip_prefix("pub mod "));
        if let Some(module) = module.and_then(|rest| rest.strip_suffix(';')) {
            floors.insert(module.to_owned(), floor);
        }
    }
    floors
}

/// The files of `src/`, each with the module at the root that it belongs to.
fn files(folder: &Path, module: Option<&str>) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let module = module.unwrap_or(&name);
        if path.is_dir() {
            found.extend(files(&path, Some(module)));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((module.to_owned(), path));
        }
    }
    found
}

/// What a line outside of comments says that it may not.
fn faults(floors: &BTreeMap<String, usize>, module: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with("//")) {
        for used in line.split("crate::").skip(1) {
            let used = used.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
            if used.starts_with(|c: char| c.is_uppercase()) {
                faults.push(format!("`{module}` takes `{used}` from the root and not from its module: {line}"));
            }
            let (Some(own), Some(other)) = (floors.get(module), floors.get(used)) else { continue };
            if other > own {
                faults.push(format!("`{module}` reaches down to `{used}`: {line}"));
            }
        }
        for group in GROUPS.into_iter().filter(|group| line.contains(group)) {
            faults.push(format!("`{module}` says `{group}`; expected one line a module: {line}"));
        }
        for (library, places) in PLACES {
            let is_named = line.split(library).skip(1).count() > 0 && !preceded_by_word(line, library);
            if is_named && !places.contains(&module) {
                faults.push(format!("`{module}` names {library}, whose place is {places:?}: {line}"));
            }
        }
    }
    faults
}

fn preceded_by_word(line: &str, library: &str) -> bool {
    let at = line.find(library).unwrap_or(0);
    line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
}

#[test]
fn every_module_stands_on_a_floor() {
    let floors = floors(&fs::read_to_string(src().join("lib.rs")).unwrap());
    for (module, path) in files(&src(), None) {
        assert!(module == "lib" || floors.contains_key(&module), "{} is on no floor", path.display());
    }
    assert_eq!(floors["error"], 1, "the words come first");
    assert!(floors["error"] < floors["context"] && floors["context"] < floors["server"]);
}

#[test]
fn no_module_reaches_down() {
    let floors = floors(&fs::read_to_string(src().join("lib.rs")).unwrap());
    let mut found = Vec::new();
    for (module, path) in files(&src(), None) {
        found.extend(faults(&floors, &module, &fs::read_to_string(path).unwrap()));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_module_that_reaches_down_is_found() {
    let floors = floors("// Words\nmod error;\n\n// Server\npub mod server;\n");
    assert_eq!(faults(&floors, "error", "use crate::server::Server;").len(), 1);
    assert_eq!(faults(&floors, "error", "let server = crate::server::new();").len(), 1);
    assert_eq!(faults(&floors, "server", "use crate::error::Error;").len(), 0);
    assert_eq!(faults(&floors, "error", "use hyper::Request;").len(), 1);
    assert_eq!(faults(&floors, "error", "use tokio::net;").len(), 1);
    assert_eq!(faults(&floors, "server", "use hyper::Request;\nuse tokio::net::TcpListener;").len(), 0);
}

#[test]
fn an_import_that_hides_its_module_is_found() {
    let floors = floors("// Words\nmod error;\n\n// Server\npub mod server;\n");
    for hidden in [
        "use crate::{server::Server, error::Error};",
        "pub(crate) use crate::{",
        "use crate::Server;",
        "fn serve(server: &crate::Server) {}",
        "use tokio::{net::TcpListener, sync::watch};",
        "use hyper::{Request, Response};",
        "use cloudevents::{Event};",
    ] {
        assert_eq!(faults(&floors, "error", hidden).len(), 1, "{hidden}");
    }
}
