use kn_func_runtime::{Context, kn_function};

#[kn_function]
async unsafe fn main(_: Context) -> &'static str {
    "hello"
}
