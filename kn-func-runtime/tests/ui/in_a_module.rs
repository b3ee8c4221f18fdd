mod handlers {
    use kn_func_runtime::{Context, kn_function};

    #[kn_function]
    pub async fn hello(_: Context) -> &'static str {
        "hello"
    }
}
