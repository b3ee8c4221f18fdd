//! The input is taken apart in the signature.

#![allow(dead_code, reason = "the program only compiles")]
#![deny(warnings)]

mod program {
    use kn_func_runtime::{Json, kn_function};
    use serde::{Deserialize, Serialize};

    #[derive(Deserialize)]
    struct Order {
        quantity: u32,
    }

    #[derive(Serialize)]
    struct Receipt {
        total: u32,
    }

    #[kn_function]
    async fn main(Json(Order { quantity }): Json<Order>) -> Json<Receipt> {
        Json(Receipt { total: quantity * 3 })
    }
}

fn main() {}
