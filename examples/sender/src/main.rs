//! An order comes in as a request and goes out as an event, to the broker that a SinkBinding names, and none is lost on the way.
//!
//! `PORT=8081 cargo run -p events` as the one who gets it and `cargo run -p sender`, then
//! `curl -i localhost:8080 -H 'content-type: application/json' -d '{"number": 7, "item": "tea", "quantity": 2}'`

use std::env;
use std::sync::Arc;

use kn_func_runtime::sink::Sink;
use kn_func_runtime::{Event, EventBuilder, EventBuilderV10, Json, Lifecycle, Result, StatusCode, kn_function};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, Serialize)]
struct Order {
    number: u32,
    item: String,
    quantity: u32,
}

/// Where orders go, and, if `DEAD_LETTERS` names a place, those that nobody takes.
struct Shop {
    broker: Sink,
    dead_letters: Option<Sink>,
}

impl Shop {
    async fn open() -> Result<Self> {
        let is_at_home = env::var_os("K_SERVICE").is_none() && env::var_os("K_SINK").is_none();
        let broker = if is_at_home { Sink::to("http://localhost:8081").build() } else { Sink::from_env() }?;
        let dead_letters = match env::var("DEAD_LETTERS") {
            Ok(url) => Some(Sink::to(url).build()?),
            Err(_) => None,
        };
        Ok(Self { broker, dead_letters })
    }
}

impl Lifecycle for Shop {}

#[kn_function(init = Shop::open)]
async fn main(shop: Arc<Shop>, Json(order): Json<Order>) -> Result<(StatusCode, String)> {
    let Err(undelivered) = shop.broker.send(placed(&order)?).await else {
        return Ok((StatusCode::ACCEPTED, format!("order {} is placed\n", order.number)));
    };
    match &shop.dead_letters {
        // Refused for good: somebody has to look at it. Who ordered has done nothing wrong.
        Some(dead_letters) if !undelivered.is_passing() => {
            tracing::error!(reason = %undelivered, "an order goes to the dead letters");
            dead_letters.send(undelivered.into_event()).await?;
            Ok((StatusCode::ACCEPTED, format!("order {} is placed and will take longer\n", order.number)))
        }
        // A 503, so who ordered asks again. The event has the same id then, and nobody delivers twice.
        _ => Err(undelivered.into()),
    }
}

fn placed(order: &Order) -> Result<Event> {
    let event = EventBuilderV10::new().id(format!("order-{}", order.number)).source("/shop").ty("order.placed");
    Ok(event.data("application/json", serde_json::to_string(order)?).build()?)
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::time::Duration;

    use super::*;
    use kn_func_runtime::{AttributesReader, EventExt, Function, Server, TestClient, TestReply};
    use tokio::net::TcpListener;
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    /// Somebody who gets events and answers with this status, for as long as the test runs.
    async fn receiver(status: StatusCode) -> (Sink, UnboundedReceiver<Event>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, events) = unbounded_channel();
        let function = Function::new(move |event: Event| {
            sender.send(event).unwrap();
            async move { status }
        });
        tokio::spawn(Server::new(function).serve(listener, pending()));
        (Sink::to(url).retries(2).backoff(Duration::from_millis(1)).build().unwrap(), events)
    }

    async fn order(broker: Sink, dead_letters: Option<Sink>) -> TestReply {
        let client = TestClient::new(Function::with_state(Shop { broker, dead_letters }, super::main));
        client.post("/").json(&Order { number: 7, item: "tea".into(), quantity: 2 }).send().await
    }

    #[tokio::test]
    async fn an_order_becomes_an_event() {
        let (broker, mut events) = receiver(StatusCode::ACCEPTED).await;
        let reply = order(broker, None).await;
        assert_eq!((reply.status().as_u16(), reply.text()), (202, "order 7 is placed\n"));
        let event = events.recv().await.unwrap();
        assert_eq!((event.ty(), event.id(), event.source().as_str()), ("order.placed", "order-7", "/shop"));
        assert_eq!(event.data_json::<Order>().unwrap().item, "tea");
    }

    #[tokio::test]
    async fn who_ordered_asks_again_when_the_broker_is_busy() {
        let (broker, events) = receiver(StatusCode::SERVICE_UNAVAILABLE).await;
        let (dead_letters, dead) = receiver(StatusCode::ACCEPTED).await;
        assert_eq!(order(broker, Some(dead_letters)).await.status(), 503);
        assert_eq!((events.len(), dead.len()), (3, 0));
    }

    #[tokio::test]
    async fn what_the_broker_refuses_is_a_dead_letter() {
        let (broker, events) = receiver(StatusCode::FORBIDDEN).await;
        let (dead_letters, mut dead) = receiver(StatusCode::ACCEPTED).await;
        let reply = order(broker, Some(dead_letters)).await;
        assert_eq!((reply.status().as_u16(), reply.text()), (202, "order 7 is placed and will take longer\n"));
        assert_eq!((events.len(), dead.len()), (1, 1));
        assert_eq!(dead.recv().await.unwrap().id(), "order-7");
    }

    #[tokio::test]
    async fn what_nobody_takes_is_an_error() {
        let (broker, _events) = receiver(StatusCode::FORBIDDEN).await;
        assert_eq!(order(broker, None).await.status(), 422);
    }
}
