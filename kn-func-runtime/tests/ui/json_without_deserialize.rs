use kn_func_runtime::{Json, kn_function};

struct Order {
    quantity: u32,
}

#[kn_function]
async fn main(Json(order): Json<Order>) -> String {
    order.quantity.to_string()
}
