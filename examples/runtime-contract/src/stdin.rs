//! What stdin has: at its end at once, as Knative promises.

use std::io::{self, Read};
use std::sync::{Arc, OnceLock};
use std::thread;

use serde::Serialize;

/// Somebody who reads from stdin, which may take for ever.
#[derive(Default)]
pub(crate) struct Reader {
    found: Arc<OnceLock<Stdin>>,
}

#[derive(Clone, Default, Serialize)]
pub(crate) struct Stdin {
    #[serde(skip_serializing_if = "Option::is_none")]
    eof: Option<bool>,
    #[serde(skip_serializing_if = "String::is_empty")]
    error: String,
}

impl Reader {
    /// Begins to read. The thread that does so does not hold the end of the process.
    pub(crate) fn begin() -> Self {
        let reader = Self::default();
        let found = reader.found.clone();
        thread::spawn(move || found.set(Stdin::of(io::stdin())));
        reader
    }

    /// What was found until now.
    pub(crate) fn found(&self) -> Stdin {
        let nothing = || Stdin { error: "it has not ended".into(), ..Stdin::default() };
        self.found.get().cloned().unwrap_or_else(nothing)
    }
}

impl Stdin {
    fn of(mut input: impl Read) -> Self {
        match input.read(&mut [0]) {
            Ok(0) => Self { eof: Some(true), ..Self::default() },
            Ok(_) => Self { error: "there is something to read".into(), ..Self::default() },
            Err(error) => Self { error: error.to_string(), ..Self::default() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_told_from_a_byte() {
        assert_eq!(Stdin::of(io::empty()).eof, Some(true));
        assert_eq!(Stdin::of(&b"x"[..]).error, "there is something to read");
    }

    #[test]
    fn who_has_read_nothing_says_so() {
        assert_eq!(Reader::default().found().error, "it has not ended");
    }
}
