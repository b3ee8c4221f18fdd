//! Server-sent events: a stream of small messages that a browser's `EventSource` understands.

use std::fmt::Write;
use std::future::Future;
use std::time::Duration;

use http::HeaderValue;
use http::header::CACHE_CONTROL;

use crate::body::{Body, Response};
use crate::error::Result;
use crate::output::{IntoResponse, with_type};
use crate::stream::BodySender;

/// An answer of server-sent events (HTML Standard, section 9.2), `text/event-stream`.
///
/// ```
/// use kn_func_runtime::{Context, Sse};
///
/// async fn countdown(_: Context) -> Sse {
///     Sse::stream(|mut client| async move {
///         for seconds in (0..3).rev() {
///             client.send(seconds.to_string()).await?;
///         }
///         Ok(())
///     })
/// }
/// ```
#[derive(Debug)]
pub struct Sse(Body);

impl Sse {
    /// Sends what the future sends, while the client takes it. An error or a panic aborts the connection, see [`Body::stream`].
    pub fn stream<F, Fut>(produce: F) -> Self
    where
        F: FnOnce(SseSender) -> Fut,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        Self(Body::stream(|body| produce(SseSender { body })))
    }
}

impl IntoResponse for Sse {
    fn into_response(self) -> Response {
        let mut response = with_type("text/event-stream", self.0);
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        response
    }
}

/// Sends the messages of an [`Sse`] answer.
#[derive(Debug)]
pub struct SseSender {
    body: BodySender,
}

impl SseSender {
    /// Sends a message; plain text is the data of an unnamed one.
    ///
    /// # Errors
    ///
    /// The client went away.
    pub async fn send(&mut self, message: impl Into<SseMessage>) -> Result<()> {
        self.body.send(message.into().text + "\n").await
    }

    /// Sends a line that clients ignore, which keeps proxies from taking the stream for dead.
    ///
    /// # Errors
    ///
    /// The client went away.
    pub async fn keep_alive(&mut self) -> Result<()> {
        self.body.send(":\n\n").await
    }
}

/// One message: its data, and perhaps a name, an id, and a time to wait before connecting again.
///
/// ```
/// use kn_func_runtime::SseMessage;
/// use std::time::Duration;
///
/// let tick = SseMessage::new("two\nlines").name("tick").id("7").retry(Duration::from_secs(1));
/// ```
#[derive(Debug, Clone)]
pub struct SseMessage {
    text: String,
}

impl SseMessage {
    /// A message of this text, of one or more lines.
    pub fn new(data: impl AsRef<str>) -> Self {
        let data = data.as_ref().replace("\r\n", "\n");
        let mut text = String::with_capacity(data.len() + 16);
        for line in data.split(['\n', '\r']) {
            text.push_str("data: ");
            text.push_str(line);
            text.push('\n');
        }
        Self { text }
    }

    /// The type of the message, for `addEventListener`.
    pub fn name(self, name: &str) -> Self {
        self.field("event", name)
    }

    /// The id that the client sends as `Last-Event-ID` when it connects again.
    pub fn id(self, id: &str) -> Self {
        self.field("id", id)
    }

    /// How long the client waits before it connects again, in milliseconds on the wire.
    pub fn retry(self, wait: Duration) -> Self {
        self.field("retry", &wait.as_millis().to_string())
    }

    /// A field is one line, so a line break in its value would begin another field.
    fn field(mut self, name: &str, value: &str) -> Self {
        let one_line = value.replace(['\n', '\r', '\0'], " ");
        let _ = writeln!(self.text, "{name}: {one_line}");
        self
    }
}

impl<T: AsRef<str>> From<T> for SseMessage {
    fn from(data: T) -> Self {
        Self::new(data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_message_ends_with_an_empty_line() {
        let Sse(body) = Sse::stream(|mut client| async move {
            client.send("one").await?;
            client.send(SseMessage::new("a\r\nb").name("pair").id("2\nevent: evil")).await?;
            client.keep_alive().await
        });
        let text = "data: one\n\ndata: a\ndata: b\nevent: pair\nid: 2 event: evil\n\n:\n\n";
        assert_eq!(body.bytes().await.unwrap(), text);
    }
}
