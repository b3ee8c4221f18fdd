use std::sync::Arc;

use kn_func_runtime::{Context, kn_function};

struct App;

#[kn_function]
async fn main(_: Arc<App>, _: Context) -> &'static str {
    "hello"
}
