//! A handler of the events of a bus, with a type for what is in them.

use aws_lambda_events::eventbridge::EventBridgeEvent;
use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Instance {
    instance_id: String,
    state: String,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(process)).await
}

async fn process(event: LambdaEvent<EventBridgeEvent<Instance>>) -> Result<Value, Error> {
    let (event, context) = event.into_parts();
    let custom = context.client_context.map(|client| client.custom);
    let Instance { instance_id, state } = event.detail;
    Ok(json!({ "instance": instance_id, "state": state, "of": event.source, "custom": custom }))
}
