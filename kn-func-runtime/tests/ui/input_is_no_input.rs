use kn_func_runtime::kn_function;

struct Widget;

#[kn_function]
async fn main(_: Widget) -> &'static str {
    "hello"
}
