use kn_func_runtime::kn_function;

#[kn_function]
async fn main<'a>(name: &'a str) -> String {
    name.to_uppercase()
}
