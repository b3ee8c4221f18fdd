use kn_func_runtime::{FromRequest, kn_function};

#[kn_function]
async fn main(_: impl FromRequest) -> &'static str {
    "hello"
}
