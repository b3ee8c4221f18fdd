use kn_func_runtime::{Context, kn_function};

#[kn_function]
async fn main(_: Contxt) -> &'static str {
    "hello"
}

fn name(ctx: &Context) -> &str {
    ctx.request_id()
}
