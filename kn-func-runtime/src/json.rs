//! JSON in and out.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::body::{Request, Response};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::input::FromRequest;
use crate::output::{IntoResponse, with_type};

/// A value that is read from JSON, or that is answered as JSON.
///
/// As an input it is the event's data if the request is an event, else the body; what does not fit is a 400 with the place of
/// the fault. As an output it is `application/json`.
///
/// ```
/// use kn_func_runtime::Json;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Deserialize)]
/// struct Order {
///     quantity: u32,
/// }
///
/// #[derive(Serialize)]
/// struct Receipt {
///     total: u32,
/// }
///
/// async fn sell(Json(order): Json<Order>) -> Json<Receipt> {
///     Json(Receipt { total: order.quantity.saturating_mul(3) })
/// }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Json<T> {
    async fn from_request(request: Request) -> Result<Self> {
        Context::from_request(request).await?.json().map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(json) => with_type("application/json", json),
            Err(error) => Error::internal(error).into_response(),
        }
    }
}

impl IntoResponse for Value {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_value_that_is_no_json_is_a_500() {
        let keys_that_are_no_text = BTreeMap::from([(vec![1], 1)]);
        assert_eq!(Json(keys_that_are_no_text).into_response().status(), 500);
    }
}
