//! Errors of a type of your own. The status says whether Knative Eventing tries again; README.md has the table.
//!
//! `cargo run -p errors`, then `curl -i localhost:8080 -d '{"item": "unicorn"}'`

use std::fmt;
use std::num::ParseIntError;
use std::time::Duration;

use http::StatusCode;
use kn_func_runtime::{Error, IntoResponse, Json, Response, kn_function};
use serde::Deserialize;

#[derive(Deserialize)]
struct Order {
    item: String,
}

#[derive(Debug)]
enum OrderError {
    NoSuchItem(String),
    BeingSold,
    ShopClosed { opens_in: Duration },
    PriceUnreadable(ParseIntError),
}

/// Which status it is, and with it who hears of it: all of them the caller, the last one also the log.
impl IntoResponse for OrderError {
    fn into_response(self) -> Response {
        let words = self.to_string();
        let error = match self {
            Self::NoSuchItem(_) => Error::unprocessable(words),
            Self::BeingSold => Error::new(StatusCode::CONFLICT, words),
            Self::ShopClosed { opens_in } => Error::unavailable(words).retry_after(opens_in),
            Self::PriceUnreadable(cause) => Error::internal(cause),
        };
        error.into_response()
    }
}

impl fmt::Display for OrderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchItem(item) => write!(f, "no such item: {item:?}"),
            Self::BeingSold => f.write_str("the last one is just being sold"),
            Self::ShopClosed { .. } => f.write_str("the shop is closed"),
            Self::PriceUnreadable(_) => f.write_str("the price cannot be read"),
        }
    }
}

/// With this, `?` takes it.
impl From<ParseIntError> for OrderError {
    fn from(cause: ParseIntError) -> Self {
        Self::PriceUnreadable(cause)
    }
}

#[kn_function]
async fn main(Json(order): Json<Order>) -> Result<String, OrderError> {
    let price = match order.item.as_str() {
        "tea" => "3",
        "coffee" => "four",
        "teapot" => return Err(OrderError::BeingSold),
        "bread" => return Err(OrderError::ShopClosed { opens_in: Duration::from_secs(3600) }),
        _ => return Err(OrderError::NoSuchItem(order.item)),
    };
    let price: u32 = price.parse()?;
    Ok(format!("that is {price}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kn_func_runtime::{Function, TestClient, TestReply};
    use serde_json::json;

    async fn answer(item: &str) -> TestReply {
        let client = TestClient::new(Function::new(super::main));
        client.post("/").json(&json!({ "item": item })).send().await
    }

    #[tokio::test]
    async fn a_function_gives_its_own_errors() {
        let error = super::main(Json(Order { item: "unicorn".into() })).await.unwrap_err();
        assert!(matches!(error, OrderError::NoSuchItem(item) if item == "unicorn"));
    }

    #[tokio::test]
    async fn each_error_has_its_status_and_its_words() {
        for (item, status, words) in [
            ("tea", 200, "that is 3\n"),
            ("unicorn", 422, "no such item: \"unicorn\""),
            ("teapot", 409, "the last one is just being sold"),
            ("bread", 503, "the shop is closed"),
            ("coffee", 500, "internal error"),
        ] {
            let reply = answer(item).await;
            assert_eq!((reply.status().as_u16(), reply.text()), (status, words), "{item}");
        }
    }

    #[tokio::test]
    async fn a_closed_shop_says_when_it_opens() {
        assert_eq!(answer("bread").await.header("retry-after"), "3600");
    }
}
