use kn_func_runtime::{Context, Lifecycle, Result, kn_function};

struct App;

impl Lifecycle for App {}

async fn open() -> Result<App> {
    Ok(App)
}

#[kn_function(init = open)]
async fn main(_: App, _: Context) -> &'static str {
    "hello"
}
