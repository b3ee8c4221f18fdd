use kn_func_runtime::{Context, kn_function};

#[kn_function]
const HELLO: fn(Context) -> &'static str = |_| "hello";

fn main() {}
