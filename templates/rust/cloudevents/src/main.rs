//! A function over CloudEvents: it answers each event with another.

use kn_func_runtime::{Event, EventExt, Json, Reply, Result, kn_function};
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Deserialize, Serialize)]
struct Note {
    message: String,
}

#[kn_function]
async fn main(event: Event) -> Result<Reply<Json<Note>>> {
    let note: Note = event.data_json()?;
    let answer = Note {
        message: format!("OK: {}", note.message),
    };
    Ok(Reply::new(Json(answer))
        .ty("function.response")
        .source("function"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kn_func_runtime::{AttributesReader, EventBuilder, EventBuilderV10, Function, TestClient};
    use serde_json::json;

    #[tokio::test]
    async fn an_event_is_answered_with_an_event() {
        let client = TestClient::new(Function::new(super::main));
        let event = EventBuilderV10::new().id("1").source("/test").ty("note");
        let event = event
            .data("application/json", json!({ "message": "hello" }))
            .build()
            .unwrap();

        let reply = client.event(event).send().await.event();

        assert_eq!(
            (reply.ty(), reply.source().as_str()),
            ("function.response", "function")
        );
        assert_eq!(
            reply.data_json::<Note>().unwrap(),
            Note {
                message: "OK: hello".into()
            }
        );
    }
}
