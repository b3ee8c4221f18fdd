use kn_func_runtime::{Context, kn_function};

#[kn_function]
async fn main(_: Context) -> ! {
    loop {}
}
