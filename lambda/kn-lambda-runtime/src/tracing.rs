//! AWS's `tracing` module, whose default subscriber writes our log.

pub use lambda_runtime::tracing::*;

/// Writes the log as every function on Knative does: JSON lines on stdout with the request id, text on a terminal.
///
/// `LOG_LEVEL`, `LOG_FORMAT` and `RUST_LOG` say how. A subscriber that is there already stays.
pub fn init_default_subscriber() {
    // A variable that cannot be understood stops the start, where there is somebody to tell.
    let _ = kn_func_runtime::init_logging();
}
