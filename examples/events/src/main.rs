//! An order comes in as an event, and a receipt goes out as another.
//!
//! `cargo run -p events`, then send it one:
//!
//! ```text
//! curl -i localhost:8080 -H 'ce-specversion: 1.0' -H 'ce-type: order.placed' -H 'ce-source: /shop' -H 'ce-id: 7' \
//!     -H 'content-type: application/json' -d '{"item": "tea", "quantity": 2}'
//! ```

use std::time::Duration;

use kn_func_runtime::{AttributesReader, Error, Event, EventExt, Json, Reply, Result, kn_function};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Order {
    item: String,
    quantity: u32,
}

#[derive(Debug, PartialEq, Serialize)]
struct Receipt {
    item: String,
    total: u32,
}

#[kn_function]
async fn main(event: Event) -> Result<Option<Reply<Json<Receipt>>>> {
    if event.ty() != "order.placed" {
        return Ok(None); // 202: taken, nothing to say
    }
    let order: Order = event.data_json()?; // 400: the same bytes will never be an order
    let receipt = sell(order)?;
    // Events come at least once. An id made of the order's lets the receiver see that it has this receipt already.
    let reply = Reply::new(Json(receipt)).ty("order.sold").source("/till").id(format!("receipt-{}", event.id()));
    Ok(Some(reply))
}

fn sell(order: Order) -> Result<Receipt> {
    let price = match order.item.as_str() {
        "tea" => 3,
        "coffee" => 4,
        // Permanent: the broker gives the event to the dead-letter sink.
        item => return Err(Error::unprocessable(format!("no such item: {item:?}"))),
    };
    if order.quantity > 100 {
        // Transient: the broker sends the event again.
        return Err(Error::unavailable("not so many in stock yet").retry_after(Duration::from_secs(60)));
    }
    Ok(Receipt { total: order.quantity * price, item: order.item })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kn_func_runtime::{EventBuilder, EventBuilderV10, Function, TestClient, TestReply};
    use serde_json::{Value, json};

    fn event(ty: &str, data: Value) -> Event {
        let event = EventBuilderV10::new().id("7").source("/shop").ty(ty);
        event.data("application/json", data).build().unwrap()
    }

    async fn answer(event: Event) -> TestReply {
        TestClient::new(Function::new(super::main)).event(event).send().await
    }

    #[test]
    fn tea_costs_three() {
        let receipt = sell(Order { item: "tea".into(), quantity: 2 }).unwrap();
        assert_eq!(receipt, Receipt { item: "tea".into(), total: 6 });
    }

    #[tokio::test]
    async fn an_order_is_answered_with_a_receipt() {
        let receipt = answer(event("order.placed", json!({ "item": "tea", "quantity": 2 }))).await.event();
        assert_eq!((receipt.ty(), receipt.id(), receipt.source().as_str()), ("order.sold", "receipt-7", "/till"));
        assert_eq!(receipt.data_json::<Value>().unwrap(), json!({ "item": "tea", "total": 6 }));
    }

    #[tokio::test]
    async fn other_events_are_taken_in_silence() {
        let reply = answer(event("order.sold", json!({}))).await;
        assert_eq!((reply.status().as_u16(), reply.text()), (202, ""));
    }

    #[tokio::test]
    async fn an_order_that_never_works_is_not_sent_again() {
        let reply = answer(event("order.placed", json!({ "item": "unicorn", "quantity": 1 }))).await;
        assert_eq!((reply.status().as_u16(), reply.text()), (422, "no such item: \"unicorn\""));
        assert_eq!(answer(event("order.placed", json!({ "item": "tea" }))).await.status(), 400);
    }

    #[tokio::test]
    async fn an_order_that_may_work_later_is_sent_again() {
        let reply = answer(event("order.placed", json!({ "item": "tea", "quantity": 101 }))).await;
        assert_eq!((reply.status().as_u16(), reply.header("retry-after")), (503, "60"));
    }
}
