//! What `#[kn_function]` allows, and the one error that each mistake gives.
//!
//! `TRYBUILD=overwrite cargo test -p kn-func-runtime --test macros` writes the errors anew, to be read aloud.

use std::fs;

#[test]
fn what_is_allowed_compiles_and_a_mistake_is_told_as_it_was() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/*.rs");
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
