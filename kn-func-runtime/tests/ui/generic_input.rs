use kn_func_runtime::{FromRequest, kn_function};

#[kn_function]
async fn main<T: FromRequest>(_: T) -> &'static str {
    "hello"
}
