//! The smallest function.
//!
//! `cargo run -p hello`, then `curl localhost:8080`

use kn_func_runtime::{Context, kn_function};

#[kn_function]
async fn main(_: Context) -> &'static str {
    "hello, world\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn everybody_is_greeted() {
        assert_eq!(super::main(Context::get("/")).await, "hello, world\n");
    }
}
