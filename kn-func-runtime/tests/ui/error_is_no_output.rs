use kn_func_runtime::{Context, kn_function};

#[kn_function]
async fn main(ctx: Context) -> Result<String, std::str::Utf8Error> {
    std::str::from_utf8(ctx.body()).map(String::from)
}
