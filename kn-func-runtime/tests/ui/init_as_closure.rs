use std::sync::Arc;

use kn_func_runtime::{Context, Lifecycle, Result, kn_function};

struct App;

impl Lifecycle for App {}

async fn open() -> Result<App> {
    Ok(App)
}

#[kn_function(init = async || Ok(App))]
async fn main(_: Arc<App>, _: Context) -> &'static str {
    "hello"
}
