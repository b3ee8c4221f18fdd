use kn_func_runtime::{Context, kn_function};

#[kn_function]
fn hello(_: Context) -> &'static str {
    "hello"
}
