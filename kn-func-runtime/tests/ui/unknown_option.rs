use kn_func_runtime::{Context, kn_function};

#[kn_function(port = 8080)]
async fn main(_: Context) -> &'static str {
    "hello"
}
