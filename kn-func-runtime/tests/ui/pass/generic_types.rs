//! The types are long.

#![allow(dead_code, reason = "the program only compiles")]
#![deny(warnings)]

mod program {
    use std::borrow::Cow;
    use std::collections::BTreeMap;

    use kn_func_runtime::{Json, kn_function};

    type Totals<'a> = BTreeMap<Cow<'a, str>, Vec<(u32, Option<f64>)>>;

    #[kn_function]
    async fn main(mut totals: Json<Totals<'static>>) -> Option<Json<BTreeMap<Cow<'static, str>, [u8; 1 + 1]>>> {
        totals.0.clear();
        None
    }
}

fn main() {}
