use std::sync::Arc;

use kn_func_runtime::{Context, Result, kn_function};

struct App;

async fn open() -> Result<App> {
    Ok(App)
}

#[kn_function(init = open)]
async fn main(_: Arc<App>, _: Context) -> &'static str {
    "hello"
}
