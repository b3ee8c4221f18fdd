use kn_func_runtime::kn_function;

#[kn_function]
async fn main(name: &str) -> String {
    name.to_uppercase()
}
