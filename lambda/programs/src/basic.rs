//! A handler over a typed request with a typed response.

use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Command {
    command: String,
    #[serde(default)]
    times: u8,
}

#[derive(Serialize)]
struct Done {
    id: String,
    message: String,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(execute)).await
}

async fn execute(event: LambdaEvent<Command>) -> Result<Done, Error> {
    let (Command { command, times }, context) = event.into_parts();
    Ok(Done { id: context.request_id, message: format!("{command} was executed {times} times") })
}
