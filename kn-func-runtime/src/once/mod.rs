//! One piece of work without a server: the event of a Job, or a quick try on the command line.

mod arguments;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::future::Future;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, StatusCode};
use tokio::select;
use tokio::time::timeout;

use crate::body::{Body, Request, Response};
use crate::config::{Config, ConfigError};
use crate::error::Error;
use crate::event::{self, BATCH_TYPE, Decoded, Mode, STRUCTURED_TYPE, may_pass};
use crate::function::Function;
use crate::server::stop_hook;

/// What a Job that Knative's `JobSink` has started finds in `K_EXECUTION_MODE`.
const BATCH: &str = "batch";

/// The name that the event has in the folder `K_EVENT_PATH`.
const EVENT: &str = "event";

/// A request that is answered once.
#[derive(Debug)]
pub(crate) struct Work(Request);

/// Why the work failed, in one line.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Another try would fail as well.
    Refused(String),
    /// Another try may help.
    Failed(String),
}

impl Work {
    /// The work that the arguments describe, else that of a Job; none if a server is wanted.
    pub(crate) fn asked(arguments: impl IntoIterator<Item = OsString>) -> Result<Option<Self>, ConfigError> {
        if let Some(request) = arguments::request(arguments)? {
            return Ok(Some(Self(request)));
        }
        if env::var_os("K_EXECUTION_MODE").is_none_or(|mode| mode != BATCH) {
            return Ok(None);
        }
        let folder = env::var_os("K_EVENT_PATH").unwrap_or_default();
        event_in(Path::new(&folder)).map(|event| Some(Self(event_request(event)))).map_err(|error| {
            let expected = format!("the folder of the file `{EVENT}`, as K_EXECUTION_MODE is `{BATCH}`: {error}");
            ConfigError::new("K_EVENT_PATH", folder.to_string_lossy(), expected)
        })
    }

    /// Answers the request and prints the answer. When told to stop, the function learns of the drain and goes on to its end.
    pub(crate) async fn run(
        self,
        function: Function,
        config: &Config,
        stop: impl Future<Output = ()>,
    ) -> Result<(), Failure> {
        let invoker = config.invoker(function.clone());
        let work = async {
            let answer = invoker.invoke(self.0, None).await;
            let outcome = print(answer).await;
            invoker.host.drain();
            invoker.host.idle().await;
            outcome
        };
        let mut work = pin!(work);
        let outcome = select! {
            outcome = &mut work => outcome,
            () = stop => {
                invoker.host.drain();
                drained(work, config.drain_timeout).await
            }
        };
        let stopped = stop_hook(&function, config.drain_timeout).await;
        outcome.and(stopped.map_err(|error| Failure::Failed(error.to_string())))
    }
}

/// Once it is to stop, the work may take as long as a drain.
async fn drained(work: impl Future<Output = Result<(), Failure>>, limit: Option<Duration>) -> Result<(), Failure> {
    match limit {
        None => work.await,
        Some(limit) => {
            let late = |_| Err(Failure::Failed(format!("drain took longer than {limit:?}")));
            timeout(limit, work).await.unwrap_or_else(late)
        }
    }
}

/// The folder is what Knative gives; a file is what one thinks of first.
fn event_in(path: &Path) -> io::Result<Bytes> {
    fs::read(path.join(EVENT)).or_else(|error| fs::read(path).map_err(|_| error)).map(Bytes::from)
}

/// A request that brings an event, or a batch of them, as JSON.
fn event_request(event: Bytes) -> Request {
    let is_batch = event.trim_ascii_start().starts_with(b"[");
    let mut request = Request::new(Body::from(event));
    *request.method_mut() = Method::POST;
    let media_type = if is_batch { BATCH_TYPE } else { STRUCTURED_TYPE };
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    request
}

/// Writes the answer to stdout; a failure is for stderr.
async fn print(answer: Response) -> Result<(), Failure> {
    let (head, mut body) = answer.into_parts();
    if head.status.is_client_error() || head.status.is_server_error() {
        let words = body.bytes().await.unwrap_or_default();
        return Err(failure(head.status, &String::from_utf8_lossy(&words)));
    }
    if Mode::of(&head.headers).is_some() {
        let body = body.bytes().await.map_err(broken)?;
        let reply = event::decode(&head.headers, &body, event::Profile::Lenient);
        let line = match reply {
            Ok(Decoded::Event(event)) => event::encode_structured(event),
            Ok(Decoded::Batch(events)) => event::encode_batch(events),
            Ok(_) => Ok(body),
            Err(fault) => Err(fault),
        };
        let line = line.map_err(|fault| Failure::Failed(format!("reply is a malformed event: {fault}")))?;
        return written(io::stdout().lock().write_all(&line)).and_then(|()| written(writeln!(io::stdout())));
    }
    let mut last = None;
    while let Some(chunk) = body.chunk().await.map_err(broken)? {
        written(io::stdout().lock().write_all(&chunk).and_then(|()| io::stdout().flush()))?;
        last = chunk.last().copied().or(last);
    }
    // A shell begins its own line where ours ends.
    if io::stdout().is_terminal() && last.is_some_and(|last| last != b'\n') {
        written(writeln!(io::stdout()))?;
    }
    Ok(())
}

fn failure(status: StatusCode, words: &str) -> Failure {
    let line = format!("{status}: {}", words.trim_end());
    if may_pass(status) { Failure::Failed(line) } else { Failure::Refused(line) }
}

fn broken(error: Error) -> Failure {
    Failure::Failed(format!("answer broke off: {error}"))
}

fn written(outcome: io::Result<()>) -> Result<(), Failure> {
    outcome.map_err(|error| Failure::Failed(format!("cannot write the answer: {error}")))
}
