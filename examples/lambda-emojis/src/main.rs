//! The Lambda function of the guide: the emojis that descriptions mean. It is one for AWS Lambda and knows of nothing else.
//!
//! `cargo run -p lambda-emojis`, then `curl localhost:8080 -d '{"descriptions": ["flame", "confused"]}'`

mod response;

use std::env;

use get_emojis::FuzzEmoji;
use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use serde::Deserialize;
use serde_json::{Map, Value};

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let fuzz_emoji = FuzzEmoji::configured(env::var_os("SYNONYMS_URL").as_deref())?;
    run(service_fn(|event| handler(&fuzz_emoji, event))).await
}

async fn handler(fuzz_emoji: &FuzzEmoji, event: LambdaEvent<Value>) -> Result<Value, Error> {
    Ok(match emojis(fuzz_emoji, &event.payload).await {
        Ok(emojis) => response::ok(&emojis),
        Err(error) => {
            tracing::error!(error, "no emojis");
            response::failed(&*error)
        }
    })
}

async fn emojis(fuzz_emoji: &FuzzEmoji, event: &Value) -> Result<String, Error> {
    let event = event.as_object().ok_or("the event is not a JSON object")?;
    let body;
    // They are an attribute of the event, or come through a gateway as text in its body.
    let descriptions = match event.get("descriptions") {
        None | Some(Value::Null) => {
            body = body_of(event)?;
            body.get("descriptions")
        }
        descriptions => descriptions,
    };
    let descriptions = match descriptions {
        Some(descriptions) => Vec::<&str>::deserialize(descriptions)?,
        None => Vec::new(),
    };
    Ok(fuzz_emoji.get_emojis(descriptions).await?)
}

fn body_of(event: &Map<String, Value>) -> Result<Map<String, Value>, Error> {
    match event.get("body") {
        None => Ok(Map::new()),
        Some(body) => Ok(serde_json::from_str(body.as_str().ok_or("the body is not text")?)?),
    }
}

#[cfg(test)]
mod tests;
