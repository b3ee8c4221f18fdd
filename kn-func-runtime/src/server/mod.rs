//! A function on a socket.

mod accept;
mod connection;
mod listen;
mod signals;
mod unread;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::function::Function;
use crate::host::Host;
use crate::invoker::Invoker;
use crate::panic;

pub(crate) use listen::{bind, inherited};
pub(crate) use signals::Signals;

/// How long nothing may come during the drain before idle connections are closed: a client that is about to use its idle
/// connection should find it open, as it will not send a `POST` twice.
const QUIET: Duration = Duration::from_millis(500);

/// A server for those who own the socket and the signal; [`run`](crate::run) is for everybody else.
///
/// ```
/// use kn_func_runtime::{Context, Function, Server};
/// use tokio::net::TcpListener;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let stop = async { /* for example a signal */ };
/// let function = Function::new(async |_: Context| "hello");
/// Server::new(function).serve(listener, stop).await.map_err(|error| std::io::Error::other(error.to_string()))
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Server {
    function: Function,
    config: Config,
    is_followed: bool,
}

impl Server {
    /// A server with the default [`Config`].
    pub fn new(function: Function) -> Self {
        Self { function, config: Config::default(), is_followed: false }
    }

    /// Uses this config. Its addresses and its number of workers are for [`run`](crate::run) only.
    pub fn config(self, config: Config) -> Self {
        Self { config, ..self }
    }

    /// Another process listens on the same sockets when this one stops. What has not been accepted by then is for that one.
    pub(crate) fn followed(self, is_followed: bool) -> Self {
        Self { is_followed, ..self }
    }

    /// Serves until `stop` resolves, then drains: readiness is refused; whatever is in flight, comes late or was spawned is
    /// finished, unless `FUNC_DRAIN_TIMEOUT` ends it; then the `stop` hook runs.
    ///
    /// # Errors
    ///
    /// What the `stop` hook says. Faults of single connections are logged.
    pub async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()>) -> Result<()> {
        self.serve_all(vec![listener], stop).await
    }

    pub(crate) async fn serve_all(self, listeners: Vec<TcpListener>, stop: impl Future<Output = ()>) -> Result<()> {
        panic::remember_places();
        let connections = Connections::new(self.config.invoker(self.function.clone()));
        let host = connections.invoker.host.clone();
        // A caller that gives up the server gives up its connections too.
        let cut = CutOnDrop(connections.clone());
        let mut accepting = JoinSet::new();
        for listener in listeners {
            accepting.spawn(accept::connections(listener, connections.clone(), self.is_followed));
        }
        stop.await;
        // A client that is told to close its connection comes back with a new one, so who had one now is waited for.
        let is_alone = self.is_followed || connections.tasks.is_empty() && host.is_idle();
        host.drain();
        tracing::info!("draining");
        let drained = async {
            if !is_alone {
                quiet(&host).await;
            }
            close(&host, &connections, accepting).await;
        };
        match self.config.drain_timeout {
            None => drained.await,
            Some(limit) => {
                if timeout(limit, drained).await.is_err() {
                    tracing::warn!(unfinished = host.unfinished(), "drain took longer than {limit:?}");
                }
            }
        }
        drop(cut);
        // Those that look on have seen what was cut off before they are asked for it.
        connections.tasks.close();
        let _ = timeout(QUIET, connections.tasks.wait()).await;
        stop_hook(&self.function, self.config.drain_timeout).await
    }
}

/// Readiness says no already; now the requests that still come are answered, until no more do.
async fn quiet(host: &Host) {
    loop {
        host.idle().await;
        let late = host.late_requests();
        tokio::time::sleep(QUIET).await;
        if host.is_idle() && host.late_requests() == late {
            return;
        }
    }
}

/// Takes no more connections and ends those that there are, none in the middle of a request.
async fn close(host: &Host, connections: &Connections, mut accepting: JoinSet<()>) {
    connections.set(Phase::Closing);
    while accepting.join_next().await.is_some() {}
    connections.tasks.close();
    connections.tasks.wait().await;
    host.idle().await;
}

/// Runs the hook; it may take as long as the drain.
pub(crate) async fn stop_hook(function: &Function, limit: Option<Duration>) -> Result<()> {
    let hook = panic::catch(function.lifecycle().stop());
    let outcome = match limit {
        None => hook.await,
        Some(limit) => timeout(limit, hook)
            .await
            .unwrap_or_else(|_| Ok(Err(Error::internal(format!("it took longer than {limit:?}"))))),
    };
    let outcome = outcome.unwrap_or_else(|panic| Err(panic.into()));
    if let Err(error) = &outcome {
        tracing::error!(%error, "stop hook failed");
    }
    outcome
}

/// The open connections of a server, and what answers them.
#[derive(Debug, Clone)]
struct Connections {
    invoker: Arc<Invoker>,
    tasks: TaskTracker,
    phase: Arc<watch::Sender<Phase>>,
}

struct CutOnDrop(Connections);

impl Drop for CutOnDrop {
    fn drop(&mut self) {
        // Until the drain begins, connections listen for nothing else.
        self.0.invoker.host.cut();
        self.0.set(Phase::Cut);
    }
}

/// How far connections are on their way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Open,
    /// Idle connections close, others after their last answer.
    Closing,
    /// Whatever is left ends now.
    Cut,
}

impl Connections {
    fn new(invoker: Invoker) -> Self {
        let phase = Arc::new(watch::Sender::new(Phase::Open));
        Self { invoker: Arc::new(invoker), tasks: TaskTracker::new(), phase }
    }

    fn set(&self, phase: Phase) {
        self.phase.send_replace(phase);
    }

    /// Resolves when the phase is this one or a later one.
    fn reach(&self, phase: Phase) -> impl Future<Output = ()> + Send + 'static {
        let mut phases = self.phase.subscribe();
        async move { drop(phases.wait_for(|now| *now >= phase).await) }
    }
}
