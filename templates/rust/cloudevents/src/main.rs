//! A function over CloudEvents: it answers each event with another.

use kn_func_runtime::{Event, EventExt, Json, Result, kn_function};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, Serialize)]
struct Note {
    message: String,
}

#[kn_function]
async fn main(event: Event) -> Result<Json<Note>> {
    let note: Note = event.data_json()?;
    let message = format!("OK: {}", note.message);
    Ok(Json(Note { message }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kn_func_runtime::{AttributesReader, EventBuilder, EventBuilderV10, Function, TestClient};
    use serde_json::json;

    #[tokio::test]
    async fn an_event_is_answered_with_an_event() {
        let note = json!({ "message": "hello" });
        let event = EventBuilderV10::new().id("1").source("/test").ty("note");
        let event = event.data("application/json", note).build().unwrap();

        let client = TestClient::new(Function::new(super::main));
        let reply = client.event(event).send().await.event();

        let answer: Note = reply.data_json().unwrap();
        assert_eq!(answer.message, "OK: hello");
        assert_eq!(reply.ty(), "function.response");
    }
}
