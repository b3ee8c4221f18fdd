//! The function is `main`.

#![allow(dead_code, reason = "the program only compiles")]
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

mod program {
    use kn_func_runtime::{Context, kn_function};

    /// Says where it is.
    #[kn_function]
    #[allow(clippy::unused_async)]
    pub async fn main(ctx: Context) -> String {
        ctx.uri().to_string()
    }
}

fn main() {}
