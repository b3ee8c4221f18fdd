use kn_func_runtime::{Context, kn_function};

#[kn_function]
async fn hello(_: Context) -> &'static str {
    "hello"
}

#[kn_function]
async fn goodbye(_: Context) -> &'static str {
    "goodbye"
}
