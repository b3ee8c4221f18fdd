//! What stdin has: at its end at once, as Knative promises.

use std::io::{self, Read};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde::Serialize;

#[derive(Clone, Default, Serialize)]
pub(crate) struct Stdin {
    #[serde(skip_serializing_if = "Option::is_none")]
    eof: Option<bool>,
    #[serde(skip_serializing_if = "String::is_empty")]
    error: String,
}

/// How long to wait for an end; a terminal has none.
const PATIENCE: Duration = Duration::from_millis(200);

impl Stdin {
    /// Reads a byte. The thread that waits for one does not hold the end of the process.
    pub(crate) fn read() -> Self {
        let (told, read) = mpsc::channel();
        thread::spawn(move || told.send(io::stdin().read(&mut [0])));
        match read.recv_timeout(PATIENCE) {
            Ok(Ok(0)) => Self { eof: Some(true), ..Self::default() },
            Ok(Ok(_)) => Self { error: "there is something to read".into(), ..Self::default() },
            Ok(Err(error)) => Self { error: error.to_string(), ..Self::default() },
            Err(_) => Self { error: "it has no end".into(), ..Self::default() },
        }
    }
}
