//! The function answers with nothing.

#![allow(dead_code, reason = "the program only compiles")]
#![deny(warnings)]

mod program {
    use kn_func_runtime::{Event, kn_function};

    #[kn_function]
    async fn main(_: Event) {}
}

fn main() {}
