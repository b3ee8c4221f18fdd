//! What a process made of a request.

use bytes::Bytes;
use http::HeaderValue;
use kn_func_runtime::{Body, Error};

/// What became of a request. That it is never said means that the process broke off.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The function's JSON.
    Whole(Bytes),
    /// The function's error, AWS's JSON.
    Failed(Bytes),
    /// An HTTP response: its head as JSON, then its body as it comes.
    Streamed {
        /// Status, headers and cookies.
        prelude: Bytes,
        /// What follows.
        body: Body,
    },
    /// Bytes as they come.
    Plain {
        /// What they are.
        media_type: HeaderValue,
        /// The bytes.
        body: Body,
    },
    /// No answer of the function's.
    Refused(Error),
}
