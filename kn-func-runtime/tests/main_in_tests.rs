//! A program with `#[kn_function]` on `main`, as its own tests see it.

#![deny(warnings)]

use std::sync::Arc;

use kn_func_runtime::{Context, Lifecycle, Result, kn_function};

struct App {
    greeting: String,
}

impl Lifecycle for App {}

impl App {
    async fn open() -> Result<Self> {
        Ok(Self { greeting: std::env::var("GREETING")? })
    }
}

#[kn_function(init = App::open)]
async fn main(app: Arc<App>, ctx: Context) -> String {
    format!("{}, {}", app.greeting, ctx.query_param("name").unwrap_or("world".into()))
}

mod tests {
    use std::sync::Arc;

    use kn_func_runtime::{Context, Function, TestClient};

    use super::App;

    #[tokio::test]
    async fn a_test_calls_main() {
        let app = Arc::new(App { greeting: "hello".into() });
        assert_eq!(super::main(app, Context::get("/?name=Ada")).await, "hello, Ada");
    }

    #[tokio::test]
    async fn a_test_client_asks_main() {
        let client = TestClient::new(Function::with_state(App { greeting: "hi".into() }, super::main));
        assert_eq!(client.get("/").send().await.text(), "hi, world");
    }
}

mod another_name {
    use kn_func_runtime::{Json, kn_function};

    #[kn_function]
    async fn double(Json(number): Json<u32>) -> Json<u32> {
        Json(number * 2)
    }

    #[tokio::test]
    async fn a_test_calls_the_function() {
        assert_eq!(double(Json(21)).await, Json(42));
    }
}
