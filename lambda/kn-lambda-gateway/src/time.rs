//! A time, as API Gateway writes it.

use chrono::Utc;

/// The same moment twice.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Time {
    /// In UTC, such as `21/Nov/2026:09:30:00 +0000`.
    pub text: String,
    /// In milliseconds since 1970.
    pub epoch: i64,
}

impl Time {
    /// The time that it is.
    pub fn now() -> Self {
        let now = Utc::now();
        Self { text: now.format("%d/%b/%Y:%H:%M:%S %z").to_string(), epoch: now.timestamp_millis() }
    }
}
