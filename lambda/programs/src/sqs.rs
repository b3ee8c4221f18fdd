//! A handler of the messages of a queue that says which of them failed.

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEventObj};
use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, Serialize)]
struct Order {
    item: String,
    quantity: u32,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(process)).await
}

async fn process(event: LambdaEvent<SqsEventObj<Order>>) -> Result<SqsBatchResponse, Error> {
    let mut response = SqsBatchResponse::default();
    for message in event.payload.records {
        let Order { item, quantity } = message.body;
        if quantity > 0 {
            tracing::info!(item, quantity, "ordered");
            continue;
        }
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = message.message_id.unwrap_or_default();
        response.batch_item_failures.push(failure);
    }
    Ok(response)
}
