//! A function for AWS Lambda, which gives back the message that it is sent. Put your own in its place.

use lambda_http::{Error, Request, RequestExt, RequestPayloadExt, run, service_fn, tracing};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Note {
    message: String,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(handler)).await
}

async fn handler(request: Request) -> Result<Value, Error> {
    let message = match request.payload::<Note>()? {
        Some(note) => note.message,
        None => request
            .query_string_parameters()
            .first("message")
            .unwrap_or("OK")
            .to_owned(),
    };
    Ok(json!({ "message": message }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lambda_http::http::header::CONTENT_TYPE;
    use std::collections::HashMap;

    #[tokio::test]
    async fn a_message_comes_back() {
        let get = Request::default();
        assert_eq!(handler(get).await.unwrap(), json!({ "message": "OK" }));

        let query = HashMap::from([("message".to_owned(), "hello".to_owned())]);
        let get = Request::default().with_query_string_parameters(query);
        assert_eq!(handler(get).await.unwrap(), json!({ "message": "hello" }));

        let mut post = Request::new(r#"{"message": "hello"}"#.into());
        post.headers_mut()
            .insert(CONTENT_TYPE, "application/json".parse().unwrap());
        assert_eq!(handler(post).await.unwrap(), json!({ "message": "hello" }));
    }
}
