//! What `#[kn_function]` allows, and the one error that each mistake gives.
//!
//! The errors are the compiler's, whose words change with its version, so they are compared with [`WRITTEN_WITH`] only.
//! `TRYBUILD=overwrite cargo test -p kn-func-runtime --test macros` writes them anew, to be read aloud.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::process::Command;

/// The compiler that wrote `tests/ui/*.stderr`.
const WRITTEN_WITH: &str = "1.95.0";

/// The version of the compiler that runs the cases, such as `1.95.0` or `1.97.0-nightly`.
fn compiler() -> String {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let told = Command::new(rustc).arg("--version").output().unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    told.split_whitespace().nth(1).unwrap().to_owned()
}

/// In whatever a workspace asks of this crate there would be more to compile, and other types that the compiler can propose.
#[test]
#[cfg_attr(
    not(all(
        feature = "http2",
        feature = "logging",
        not(any(feature = "metrics", feature = "otel", feature = "settings", feature = "sink", feature = "tower"))
    )),
    ignore = "is for the default features: cargo test -p kn-func-runtime"
)]
fn what_is_allowed_compiles_and_a_mistake_is_told_as_it_was() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    let compiler = compiler();
    if compiler == WRITTEN_WITH || env::var_os("TRYBUILD").is_some() {
        cases.compile_fail("tests/ui/*.rs");
    } else {
        let left_out =
            format!("errors of #[kn_function] not compared: written with {WRITTEN_WITH}, this is {compiler}\n");
        // Not with `eprintln!`, which shows only what failed.
        io::stderr().write_all(left_out.as_bytes()).unwrap();
    }
}

#[test]
fn a_mistake_gives_one_error_and_no_warning() {
    for entry in fs::read_dir("tests/ui").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "stderr") {
            let told = fs::read_to_string(&path).unwrap();
            let count = |word| told.lines().filter(|line| line.starts_with(word)).count();
            assert_eq!((count("error"), count("warning")), (1, 0), "{}", path.display());
        }
    }
}
