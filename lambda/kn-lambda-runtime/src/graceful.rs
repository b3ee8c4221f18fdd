//! What runs before the process ends.

use std::sync::{Mutex, PoisonError};

use lambda_runtime::BoxFuture;

type Hook = Box<dyn FnOnce() -> BoxFuture<'static, ()> + Send>;

static HOOKS: Mutex<Vec<Hook>> = Mutex::new(Vec::new());

/// Runs a hook when the process stops: after SIGTERM or SIGINT, when all requests are answered, before `run` returns.
///
/// `FUNC_DRAIN_TIMEOUT` is how long it may take, if it is set. On Lambda the hook runs while requests may still be at work, and has
/// half a second. There is no extension to register here, so nothing is awaited.
///
/// ```no_run
/// use kn_lambda_runtime::{Error, LambdaEvent, run, service_fn, spawn_graceful_shutdown_handler};
/// use serde_json::Value;
///
/// #[tokio::main]
/// async fn main() -> Result<(), Error> {
///     spawn_graceful_shutdown_handler(|| async { println!("flushed") }).await;
///     run(service_fn(async |event: LambdaEvent<Value>| Ok::<_, Error>(event.payload))).await
/// }
/// ```
#[cfg(feature = "graceful-shutdown")]
pub async fn spawn_graceful_shutdown_handler<Fut>(shutdown_hook: impl FnOnce() -> Fut + Send + 'static)
where
    Fut: Future<Output = ()> + Send + 'static,
{
    let hook: Hook = Box::new(|| Box::pin(shutdown_hook()));
    HOOKS.lock().unwrap_or_else(PoisonError::into_inner).push(hook);
}

/// Runs the hooks, in the order in which they came.
pub(crate) async fn stop() {
    let hooks = std::mem::take(&mut *HOOKS.lock().unwrap_or_else(PoisonError::into_inner));
    for hook in hooks {
        // In a task of its own, as with AWS: one that panics does not keep the others.
        if let Err(error) = tokio::spawn(async move { hook().await }).await {
            tracing::error!(%error, "shutdown hook failed");
        }
    }
}
