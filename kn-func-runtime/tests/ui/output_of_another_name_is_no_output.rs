use kn_func_runtime::{Context, Result, kn_function};

#[kn_function]
async fn count(ctx: Context) -> Result<usize> {
    Ok(ctx.body().len())
}
