use kn_func_runtime::{Context, kn_function};

struct Widget;

#[kn_function]
async fn main(_: Context) -> Widget {
    Widget
}
