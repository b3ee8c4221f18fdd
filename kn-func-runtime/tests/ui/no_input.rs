use kn_func_runtime::kn_function;

#[kn_function]
async fn main() -> &'static str {
    "hello"
}
