//! The function has a name of its own.

#![allow(dead_code, reason = "the program only compiles")]
#![deny(warnings)]

mod program {
    use kn_func_runtime::{Context, kn_function};

    #[kn_function]
    pub async fn hello(_: Context) -> &'static str {
        "hello"
    }
}

fn main() {}
