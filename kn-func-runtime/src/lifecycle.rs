//! What a function's state does besides being used: say that it is well, and stop.

use async_trait::async_trait;

use crate::error::Result;

/// The hooks of a function's state. All have defaults, so `impl Lifecycle for App {}` is enough.
///
/// Starting is not among them: that is the `init` function, which is finished before the server listens.
///
/// ```
/// use kn_func_runtime::{Error, Lifecycle, Result, async_trait};
///
/// struct App {
///     connected: bool,
/// }
///
/// #[async_trait]
/// impl Lifecycle for App {
///     async fn ready(&self) -> Result<()> {
///         if self.connected { Ok(()) } else { Err(Error::unavailable("no database")) }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no state of a function",
    label = "a function cannot share this",
    note = "`impl Lifecycle for {Self} {{}}` is enough"
)]
#[async_trait]
pub trait Lifecycle: Send + Sync + 'static {
    /// Whether requests may come, asked at each `GET /health/readiness`. An error is a 503 with its words.
    async fn ready(&self) -> Result<()> {
        Ok(())
    }

    /// Whether the process is worth keeping, asked at each `GET /health/liveness`. An error is a 503 with its words, after some of
    /// which Kubernetes restarts the container.
    async fn alive(&self) -> Result<()> {
        Ok(())
    }

    /// Called once after the last request and the last [`Context::spawn`](crate::Context::spawn), before the process exits.
    /// An error is logged and makes the exit code 1, and so is a hook that takes longer than `FUNC_DRAIN_TIMEOUT`, if that is set.
    async fn stop(&self) -> Result<()> {
        Ok(())
    }
}

impl Lifecycle for () {}
