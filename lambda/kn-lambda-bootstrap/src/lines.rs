//! What the function's processes write, as lines of our log.

use std::env;
use std::io::{self, IsTerminal, Write as _};
use std::sync::{Arc, OnceLock};

use bytes::{Bytes, BytesMut};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncRead, AsyncReadExt};
use tracing::Level;

use crate::desk::Desk;

/// A line that is longer becomes several.
const LONGEST: usize = 256 * 1024;
const READ_AT_ONCE: usize = 8 * 1024;
const NEWLINE: u8 = b'\n';
const TARGET: &str = "function";

/// Logs all that a process writes to one of its streams, until its end. A line that comes while it is at work on a request carries it.
pub(crate) async fn log(output: impl AsyncRead + Unpin, stream: &'static str, process: u32, desk: Arc<Desk>) {
    let mut lines = Lines::of(output);
    while let Some(line) = lines.next().await {
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end();
        if text.is_empty() {
            continue;
        }
        let request = desk.last_request();
        let object = if is_json_log() { object(text) } else { None };
        match (object, request) {
            (Some(object), request) => {
                let request_id = request.as_ref().map(|(id, _)| id.as_str());
                pass_on(text, &object, &[("stream", json!(stream)), ("process", json!(process))], request_id);
            }
            // Only a panic would be an error.
            (None, Some((_, handle))) => drop(handle.run(async { say(text, stream, process) }).await),
            (None, None) => say(text, stream, process),
        }
    }
}

fn say(text: &str, stream: &'static str, process: u32) {
    tracing::info!(target: TARGET, stream, process, "{text}");
}

fn object(text: &str) -> Option<Map<String, Value>> {
    if text.starts_with('{') {
        serde_json::from_str(text).ok().filter(|object: &Map<_, _>| !object.is_empty())
    } else {
        None
    }
}

/// Writes a line that is an object already as it is, with what it does not say about itself in front.
fn pass_on(text: &str, object: &Map<String, Value>, about: &[(&str, Value)], request_id: Option<&str>) {
    let (level, severity) = level(object);
    if !is_logged(level) {
        return;
    }
    let line = with_fields(text, object, severity, about, request_id);
    // There is nobody to tell that the log cannot be written.
    let _ = io::stdout().lock().write_all(line.as_bytes());
}

fn with_fields(
    text: &str,
    object: &Map<String, Value>,
    severity: &str,
    about: &[(&str, Value)],
    request_id: Option<&str>,
) -> String {
    let mut fields = vec![("severity", json!(severity))];
    fields.extend(about.iter().cloned());
    fields.extend(request_id.map(|id| ("request_id", json!(id))));
    let new = fields.into_iter().filter(|(name, _)| !object.contains_key(*name));
    let new: String = new.map(|(name, value)| format!("\"{name}\":{value},")).collect();
    format!("{{{new}{}\n", text.strip_prefix('{').unwrap_or(text).trim_start())
}

/// How grave a line says that it is, in the words that loggers use.
fn level(object: &Map<String, Value>) -> (Level, &'static str) {
    let said = ["level", "severity", "levelname", "log_level"].iter().find_map(|name| object.get(*name)?.as_str());
    match said.unwrap_or_default().to_ascii_lowercase().as_str() {
        "error" | "critical" | "fatal" | "alert" | "emergency" => (Level::ERROR, "ERROR"),
        "warn" | "warning" => (Level::WARN, "WARNING"),
        "debug" => (Level::DEBUG, "DEBUG"),
        "trace" => (Level::TRACE, "DEBUG"),
        _ => (Level::INFO, "INFO"),
    }
}

fn is_logged(level: Level) -> bool {
    match level {
        Level::ERROR => tracing::enabled!(target: TARGET, Level::ERROR),
        Level::WARN => tracing::enabled!(target: TARGET, Level::WARN),
        Level::INFO => tracing::enabled!(target: TARGET, Level::INFO),
        Level::DEBUG => tracing::enabled!(target: TARGET, Level::DEBUG),
        _ => tracing::enabled!(target: TARGET, Level::TRACE),
    }
}

/// Whether our own lines are JSON, as the server decides it.
fn is_json_log() -> bool {
    static IS_JSON: OnceLock<bool> = OnceLock::new();
    *IS_JSON.get_or_init(|| match env::var("LOG_FORMAT") {
        Ok(format) if !format.is_empty() => format.eq_ignore_ascii_case("json"),
        _ => !io::stdout().is_terminal(),
    })
}

/// The lines of a stream, each as it is there; one that is too long comes in parts, and the last one needs no newline.
struct Lines<R> {
    output: R,
    read: BytesMut,
    searched: usize,
    has_ended: bool,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    fn of(output: R) -> Self {
        Self { output, read: BytesMut::new(), searched: 0, has_ended: false }
    }

    async fn next(&mut self) -> Option<Bytes> {
        loop {
            let new = self.read.get(self.searched..).unwrap_or_default();
            if let Some(at) = new.iter().position(|byte| *byte == NEWLINE) {
                return Some(self.take(self.searched + at + 1));
            }
            self.searched = self.read.len();
            if self.read.len() >= LONGEST {
                return Some(self.take(self.whole_characters()));
            }
            if self.has_ended {
                return (!self.read.is_empty()).then(|| self.take(self.read.len()));
            }
            self.read.reserve(READ_AT_ONCE);
            self.has_ended = matches!(self.output.read_buf(&mut self.read).await, Ok(0) | Err(_));
        }
    }

    fn take(&mut self, length: usize) -> Bytes {
        self.searched = 0;
        self.read.split_to(length.min(self.read.len())).freeze()
    }

    /// How much of what was read does not end in the middle of a character.
    fn whole_characters(&self) -> usize {
        let is_inside = |byte: &u8| byte & 0b1100_0000 == 0b1000_0000;
        let inside = self.read.iter().rev().take(3).take_while(|byte| is_inside(byte)).count();
        let start = self.read.len().saturating_sub(inside + 1);
        let begins_long = self.read.get(start).is_some_and(|byte| *byte >= 0b1100_0000);
        if begins_long { start } else { self.read.len() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lines(output: &[u8]) -> Vec<String> {
        let mut lines = Lines::of(output);
        let mut all = Vec::new();
        while let Some(line) = lines.next().await {
            all.push(String::from_utf8(line.to_vec()).unwrap());
        }
        all
    }

    #[tokio::test]
    async fn the_last_line_needs_no_newline() {
        assert_eq!(lines(b"one\ntwo\r\n\nthree").await, ["one\n", "two\r\n", "\n", "three"]);
        assert_eq!(lines(b"").await, [""; 0]);
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_comes_in_parts_of_whole_characters() {
        let long = "a".to_owned() + &"ä".repeat(LONGEST);
        let parts = lines(long.as_bytes()).await;
        assert!(
            parts.len() >= 2 && parts.iter().all(|part| part.len() < LONGEST + READ_AT_ONCE * 2),
            "{}",
            parts.len()
        );
        assert_eq!(parts.concat(), long);
    }

    #[test]
    fn an_object_keeps_its_fields_and_is_told_what_it_does_not_say() {
        let line = r#"{ "level": "WARN", "request_id": "mine", "message": "low"}"#;
        let about = [("stream", json!("stdout")), ("process", json!(7))];
        let object = object(line).unwrap();
        let (at, severity) = level(&object);
        assert_eq!(at, Level::WARN);
        assert_eq!(
            with_fields(line, &object, severity, &about, Some("ours")),
            "{\"severity\":\"WARNING\",\"stream\":\"stdout\",\"process\":7,\
             \"level\": \"WARN\", \"request_id\": \"mine\", \"message\": \"low\"}\n"
        );
    }

    #[test]
    fn what_is_no_object_with_fields_is_text() {
        for text in ["{}", "[1]", "{", "7", "{\"a\":1} and more"] {
            assert_eq!(object(text), None, "{text}");
        }
    }
}
