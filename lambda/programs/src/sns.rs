//! A handler of the notifications of a topic.

use aws_lambda_events::sns::SnsEvent;
use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(process)).await
}

async fn process(event: LambdaEvent<SnsEvent>) -> Result<Vec<String>, Error> {
    let records = event.payload.records.into_iter();
    Ok(records.map(|record| format!("{}: {}", record.sns.topic_arn, record.sns.message)).collect())
}
