//! A handler that writes the error that its caller reads by hand.

use lambda_runtime::{Diagnostic, Error, LambdaEvent, run, service_fn, tracing};
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(refuse)).await
}

async fn refuse(event: LambdaEvent<Value>) -> Result<(), Diagnostic> {
    let error_message = format!("{} is not what was asked for", event.payload["item"]);
    Err(Diagnostic { error_type: "WrongItem".to_owned(), error_message })
}
