use kn_func_runtime::{Context, kn_function};

#[kn_function]
async fn main(ctx: Context) -> &'static str {
    ctx.metod().as_str();
    "hello"
}
