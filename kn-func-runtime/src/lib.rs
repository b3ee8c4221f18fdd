//! Function runtime for Knative: write one function, get a production server for HTTP and CloudEvents.

// Words: what everything else speaks of.
mod error;
pub use error::{BoxError, Error, Result};

// Values: what functions take and give.
pub mod event;
