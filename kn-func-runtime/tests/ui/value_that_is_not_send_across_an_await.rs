use std::rc::Rc;

use kn_func_runtime::{Context, kn_function};

#[kn_function]
async fn main(_: Context) -> String {
    let name = Rc::new(String::from("hello"));
    std::future::ready(()).await;
    name.to_uppercase()
}
