use std::rc::Rc;
use std::sync::Arc;

use kn_func_runtime::{Context, Lifecycle, Result, kn_function};

struct App;

impl Lifecycle for App {}

async fn open() -> Result<App> {
    Ok(App)
}

#[kn_function(init = open)]
async fn greet(_: Arc<App>, _: Context) -> String {
    let name = Rc::new(String::from("hello"));
    std::future::ready(()).await;
    name.to_uppercase()
}
