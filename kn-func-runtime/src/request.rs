//! What a function over a streaming request knows and can do, as one over [`Context`](crate::Context) does.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use crate::body::Request;
use crate::error::Result;
use crate::panic;
use crate::scope::Scope;

/// A request seen from elsewhere: for functions that hand their work to a task or a thread of their own.
///
/// ```
/// use kn_func_runtime::{Context, Error, Result};
///
/// async fn count(ctx: Context) -> Result<String> {
///     let handle = ctx.handle();
///     let work = async move { format!("{} bytes", ctx.body().len()) };
///     tokio::spawn(handle.run(work)).await?
/// }
/// ```
#[derive(Debug, Clone)]
pub struct RequestHandle(Arc<Scope>);

impl RequestHandle {
    pub(crate) fn new(scope: Arc<Scope>) -> Self {
        Self(scope)
    }

    /// Runs work as part of the request, wherever it is polled: its log lines carry the request, and the drain waits for it.
    ///
    /// # Errors
    ///
    /// 500 if the work panics.
    pub async fn run<F: Future>(self, work: F) -> Result<F::Output> {
        let _present = self.0.host().token();
        let scope = self.0.clone();
        Ok(scope.around(panic::catch(work)).await.inspect_err(|_| self.0.panicked())?)
    }

    /// Runs a piece of code as part of the request.
    ///
    /// # Errors
    ///
    /// 500 if it panics.
    pub fn enter<T>(&self, code: impl FnOnce() -> T) -> Result<T> {
        Ok(self.0.around_now(|| panic::catch_now(code)).inspect_err(|_| self.0.panicked())?)
    }
}

/// What surrounds a [`Request`]: its id, its peer, its deadline, and the server that drains.
///
/// For functions that take the body while it streams, or the connection itself.
///
/// ```
/// use kn_func_runtime::{Body, Request, RequestExt};
///
/// async fn count(request: Request) -> Body {
///     let draining = request.draining();
///     request.spawn(async move {
///         draining.await;
///         println!("stopping");
///     });
///     Body::from(request.request_id())
/// }
/// ```
pub trait RequestExt {
    /// The id of the request: its `X-Request-Id`, or a new one. Every log line of the request carries it.
    fn request_id(&self) -> String;

    /// The address of the peer, which on Knative is the queue proxy. Unknown without a socket.
    fn remote_addr(&self) -> Option<SocketAddr>;

    /// When the request is answered with 504, if `FUNC_REQUEST_TIMEOUT` is set.
    fn deadline(&self) -> Option<Instant>;

    /// Runs work that outlives the response. It goes on when the client goes away, and the drain waits for it.
    ///
    /// On Knative the CPU may be taken away while no request is active, so this is for what ends soon, or for a connection that
    /// was taken over.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static);

    /// Resolves when the server begins to drain, for streams and sockets that would go on for ever.
    fn draining(&self) -> impl Future<Output = ()> + Send + 'static;

    /// The request for the task that does the work.
    fn handle(&self) -> RequestHandle;
}

impl<B> RequestExt for Request<B> {
    fn request_id(&self) -> String {
        Scope::of(self).request_id_text().to_owned()
    }

    fn remote_addr(&self) -> Option<SocketAddr> {
        Scope::of(self).remote_addr()
    }

    fn deadline(&self) -> Option<Instant> {
        Scope::of(self).deadline()
    }

    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        Scope::of(self).spawn(work);
    }

    fn draining(&self) -> impl Future<Output = ()> + Send + 'static {
        Scope::of(self).host().draining()
    }

    fn handle(&self) -> RequestHandle {
        RequestHandle::new(Scope::of(self))
    }
}
