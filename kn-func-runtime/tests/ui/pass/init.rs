//! State comes from `init`, which here ends the program before it listens.

#![deny(warnings)]

use std::sync::Arc;

use kn_func_runtime::{Context, Lifecycle, Result, kn_function};

struct App {
    greeting: &'static str,
}

impl Lifecycle for App {}

impl App {
    async fn open() -> Result<Self> {
        std::process::exit(0)
    }
}

#[kn_function(init = App::open)]
async fn main(app: Arc<App>, _: Context) -> &'static str {
    app.greeting
}
