use kn_func_runtime::{Json, kn_function};
use serde::de::DeserializeOwned;

#[kn_function]
async fn main(_: Json<impl DeserializeOwned>) -> &'static str {
    "hello"
}
