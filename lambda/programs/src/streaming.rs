//! A handler whose response is made while it is sent.

use std::sync::Arc;

use lambda_runtime::streaming::{Body, Response, channel};
use lambda_runtime::{Error, LambdaEvent, MetadataPrelude, run, service_fn, tracing};
use serde::Deserialize;
use tokio::sync::Semaphore;

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Order {
    Lines(u32),
    Hold,
    Release,
    Teapot,
    Break,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let held = Arc::new(Semaphore::new(0));
    run(service_fn(move |event: LambdaEvent<Order>| stream(held.clone(), event.payload))).await
}

async fn stream(held: Arc<Semaphore>, order: Order) -> Result<Response<Body>, Error> {
    let (mut caller, body) = channel();
    match order {
        Order::Release => held.add_permits(1),
        Order::Teapot => {
            let mut metadata_prelude = MetadataPrelude { status_code: 418.try_into()?, ..Default::default() };
            metadata_prelude.headers.insert("x-pot", "tea".parse()?);
            metadata_prelude.cookies = vec!["a=1".to_owned(), "b=2".to_owned()];
            drop(caller);
            return Ok(Response { metadata_prelude, stream: body });
        }
        order => {
            tokio::spawn(async move {
                match order {
                    Order::Lines(lines) => {
                        for line in 1..=lines {
                            caller.send_data(format!("line {line}\n").into()).await?;
                        }
                    }
                    Order::Hold => {
                        caller.send_data("first\n".into()).await?;
                        held.acquire().await?.forget();
                        caller.send_data("last\n".into()).await?;
                    }
                    Order::Break => {
                        caller.send_data("the first half".into()).await?;
                        caller.abort();
                    }
                    Order::Release | Order::Teapot => {}
                }
                Ok::<_, Error>(())
            });
        }
    }
    Ok(Response::from(body))
}
