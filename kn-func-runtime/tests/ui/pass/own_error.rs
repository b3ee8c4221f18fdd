//! The error is a type of the user.

#![allow(dead_code, reason = "the program only compiles")]
#![deny(warnings)]

mod program {
    use kn_func_runtime::{Context, Error, IntoResponse, Response, kn_function};

    enum Refusal {
        Late,
    }

    impl IntoResponse for Refusal {
        fn into_response(self) -> Response {
            let Self::Late = self;
            Error::bad_request("too late").into_response()
        }
    }

    #[kn_function]
    async fn main(_: Context) -> Result<String, Refusal> {
        Err(Refusal::Late)
    }
}

fn main() {}
