use std::sync::Arc;

use kn_func_runtime::{Context, Lifecycle, Result, kn_function};

struct App;

struct Other;

impl Lifecycle for App {}

impl Lifecycle for Other {}

async fn open() -> Result<App> {
    Ok(App)
}

#[kn_function(init = open)]
async fn main(_: Arc<Other>, _: Context) -> &'static str {
    "hello"
}
