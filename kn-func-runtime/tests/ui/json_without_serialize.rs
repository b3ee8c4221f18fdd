use kn_func_runtime::{Context, Json, kn_function};

struct Receipt;

#[kn_function]
async fn main(_: Context) -> Json<Receipt> {
    Json(Receipt)
}
