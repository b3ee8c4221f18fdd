//! The output is some type that becomes a response.

#![allow(dead_code, reason = "the program only compiles")]
#![deny(warnings)]

mod program {
    use kn_func_runtime::{Context, IntoResponse, Result, kn_function};

    #[kn_function]
    async fn main(_: Context) -> Result<impl IntoResponse> {
        Ok("hello")
    }

    mod alone {
        use kn_func_runtime::{Context, IntoResponse, kn_function};

        #[kn_function]
        async fn main(_: Context) -> impl IntoResponse {
            "hello"
        }
    }
}

fn main() {}
