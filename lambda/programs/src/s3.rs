//! A handler of the notifications of a bucket, without an answer.

use aws_lambda_events::s3::S3Event;
use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(process)).await
}

async fn process(event: LambdaEvent<S3Event>) -> Result<(), Error> {
    for record in event.payload.records {
        let bucket = record.s3.bucket.name.ok_or("a record has no bucket")?;
        let key = record.s3.object.url_decoded_key.or(record.s3.object.key).ok_or("a record has no key")?;
        tracing::info!(bucket, key, time = %record.event_time, "an object has changed");
    }
    Ok(())
}
