//! A handler of the changes of a table.

use aws_lambda_events::dynamodb::Event;
use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize, Serialize)]
struct Item {
    name: String,
    price: u32,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(process)).await
}

async fn process(event: LambdaEvent<Event>) -> Result<Vec<Item>, Error> {
    let changes = event.payload.records.into_iter().filter(|record| record.event_name == "INSERT");
    changes.map(|record| Ok(serde_dynamo::from_item(record.change.new_image)?)).collect()
}
