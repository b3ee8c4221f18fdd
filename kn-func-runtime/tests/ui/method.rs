use kn_func_runtime::{Context, kn_function};

struct App {
    greeting: &'static str,
}

impl App {
    #[kn_function]
    async fn greet(&self, _: Context) -> &'static str {
        self.greeting
    }
}

fn main() {}
