use kn_func_runtime::{Context, kn_function};

#[kn_function(name = "hello")]
async fn hello(_: Context) -> &'static str {
    "hello"
}

async fn twice() -> String {
    hello(Context::get("/")).await.repeat(2)
}

const _: fn() = || drop(twice());
