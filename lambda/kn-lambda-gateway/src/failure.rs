//! How AWS says that an invocation failed.

use std::fmt;

use http::StatusCode;
use kn_func_runtime::Error;
use serde::{Deserialize, Serialize};

/// AWS's error JSON, `{"errorType": ..., "errorMessage": ...}`.
///
/// ```
/// use http::StatusCode;
/// use kn_lambda_gateway::Failure;
///
/// let failure = Failure::read(br#"{"errorType": "NoSuchOrder", "errorMessage": "order 7", "stackTrace": ["main"]}"#);
/// assert_eq!(failure, Failure::new("NoSuchOrder", "order 7"));
/// assert_eq!(failure.into_error(StatusCode::INTERNAL_SERVER_ERROR).message(), "NoSuchOrder: order 7");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Failure {
    error_type: String,
    error_message: String,
}

impl Default for Failure {
    fn default() -> Self {
        Self::new("Unhandled", "")
    }
}

impl Failure {
    /// A failure of a type, with words for the caller.
    pub fn new(error_type: impl Into<String>, error_message: impl Into<String>) -> Self {
        Self { error_type: error_type.into(), error_message: error_message.into() }
    }

    /// Reads what a runtime reports. What is no such JSON is an `Unhandled` failure with the start of it as its words.
    pub fn read(report: &[u8]) -> Self {
        serde_json::from_slice(report).unwrap_or_else(|_| {
            let words: String = String::from_utf8_lossy(report).chars().take(1024).collect();
            Self::new("Unhandled", words)
        })
    }

    /// The answer: the failure as JSON. The log gets it too.
    pub fn into_error(self, status: StatusCode) -> Error {
        let json = serde_json::json!({ "errorType": self.error_type, "errorMessage": self.error_message });
        Error::new(status, self.to_string()).with_json(json)
    }

    /// 400: what came is nothing to invoke a function with.
    pub(crate) fn bad_request(words: impl Into<String>) -> Error {
        Self::new("InvalidRequestContentException", words).into_error(StatusCode::BAD_REQUEST)
    }

    /// 502: what the function answered cannot be sent.
    pub(crate) fn bad_gateway(words: impl Into<String>) -> Error {
        Self::new("Runtime.InvalidResponse", words).into_error(StatusCode::BAD_GATEWAY)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.error_message.as_str() {
            "" => f.write_str(&self.error_type),
            words => write!(f, "{}: {words}", self.error_type),
        }
    }
}
