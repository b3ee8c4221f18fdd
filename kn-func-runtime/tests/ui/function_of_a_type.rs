use kn_func_runtime::{Context, kn_function};

struct App;

impl App {
    #[kn_function]
    async fn greet(_: Context) -> &'static str {
        "hello"
    }
}

fn main() {}
