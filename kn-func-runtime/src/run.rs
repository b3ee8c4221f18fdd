//! The way in for a whole process: environment, log, runtime, signals, server.

use std::fmt;
use std::future::{Future, pending};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::pin::pin;
use std::process::ExitCode;

use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::select;

use crate::config::{Config, ConfigError};
use crate::error::{Error, Result};
use crate::function::Function;
use crate::panic;
use crate::server::{Server, Signals, bind};

/// Serves a function until SIGTERM or SIGINT, then drains. This is what [`kn_function`](crate::kn_function) calls.
///
/// `start` opens the function's state and may fail; the server listens when it is done.
///
/// Gives 0 after a drain, 1 if the `stop` hook failed, and 2 if the process did not start, after one line on stderr that says why:
/// which variable cannot be understood, or what `start` said. A second signal ends the process at once.
///
/// ```no_run
/// use kn_func_runtime::{Context, Function, run};
/// use std::process::ExitCode;
///
/// async fn hello(_: Context) -> &'static str {
///     "hello"
/// }
///
/// fn main() -> ExitCode {
///     run(async || Ok(Function::new(hello)))
/// }
/// ```
pub fn run<F, Fut>(start: F) -> ExitCode
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = Result<Function>>,
{
    match try_run(start) {
        Ok(()) => ExitCode::SUCCESS,
        // The log has it already.
        Err(ServeError(Fault::Stop(_))) => ExitCode::FAILURE,
        Err(fault) => {
            // There is nobody else to tell.
            let _ = writeln!(io::stderr(), "{fault}");
            ExitCode::from(2)
        }
    }
}

/// Serves a function on the tokio runtime of the caller, until SIGTERM, SIGINT or `stop`, then drains.
///
/// It reads the environment and writes the log as [`run`] does, for programs that have a `main` of their own. A second signal ends
/// the process at once.
///
/// # Errors
///
/// What keeps it from listening, in one line: which variable cannot be understood, or which address cannot be had. After the
/// drain, what the `stop` hook said.
///
/// ```no_run
/// use kn_func_runtime::{Context, Function, serve};
/// use std::future::pending;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// serve(Function::new(async |_: Context| "hello"), pending()).await?;
/// # Ok(())
/// # }
/// ```
pub async fn serve(function: Function, stop: impl Future<Output = ()>) -> Result<(), ServeError> {
    let config = prepare()?;
    let signals = Signals::new().map_err(Fault::System)?;
    until_drained(function, config, signals, stop).await
}

/// Why a function does not serve, in one line: [`Debug`](fmt::Debug) says it too, as a `main` that returns it prints that.
pub struct ServeError(Fault);

enum Fault {
    Environment(ConfigError),
    Address(String),
    System(io::Error),
    Start(Error),
    Stop(Error),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match &self.0 {
            Fault::Environment(error) => error.to_string(),
            Fault::Address(words) => words.clone(),
            Fault::System(error) => format!("cannot start: {error}"),
            Fault::Start(error) => format!("function did not start: {}", reason(error)),
            Fault::Stop(error) => format!("function did not stop: {}", reason(error)),
        };
        f.write_str(&one_line(&words))
    }
}

impl fmt::Debug for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ServeError {}

impl From<ConfigError> for ServeError {
    fn from(error: ConfigError) -> Self {
        Self(Fault::Environment(error))
    }
}

impl From<Fault> for ServeError {
    fn from(fault: Fault) -> Self {
        Self(fault)
    }
}

fn reason(error: &Error) -> String {
    error.cause_chain().unwrap_or_else(|| error.message().to_owned())
}

/// What a failed assertion says, for one, has several.
fn one_line(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

fn try_run<F, Fut>(start: F) -> Result<(), ServeError>
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = Result<Function>>,
{
    let config = prepare()?;
    let runtime = runtime(&config).map_err(Fault::System)?;
    let outcome = runtime.block_on(async {
        let signals = Signals::new().map_err(Fault::System)?;
        let started = panic::catch(async { start().await }).await;
        let function = started.unwrap_or_else(|panic| Err(panic.into())).map_err(Fault::Start)?;
        until_drained(function, config, signals, pending()).await
    });
    // Whatever the user left on blocking threads does not hold the exit.
    runtime.shutdown_background();
    outcome
}

fn prepare() -> Result<Config, Fault> {
    #[cfg(any(feature = "metrics", feature = "otel"))]
    crate::measure::process_age();
    let config = Config::from_env().map_err(Fault::Environment)?;
    #[cfg(feature = "logging")]
    crate::logging::start(&config);
    panic::remember_places();
    Ok(config)
}

fn runtime(config: &Config) -> io::Result<Runtime> {
    // The standard library reads the CPU quota of the cgroup.
    let cpus = || std::thread::available_parallelism().map_or(1, usize::from);
    match config.workers.unwrap_or_else(cpus) {
        1 => Builder::new_current_thread().enable_all().build(),
        workers => Builder::new_multi_thread().worker_threads(workers).enable_all().build(),
    }
}

async fn until_drained(
    function: Function,
    #[cfg_attr(not(feature = "metrics"), expect(unused_mut, reason = "nobody else looks on"))] mut config: Config,
    signals: Signals,
    stop: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    // Before anybody can know that it listens: from here on a signal is a wish to drain, also when the drain has begun without one.
    let mut signal = pin!(signals.first());
    let listeners = listen(&config)?;
    #[cfg(feature = "metrics")]
    let _until_drained = crate::metrics::serve(&mut config).map_err(Fault::Address)?;
    announce(&config, &listeners);
    let stop = async {
        select! {
            () = &mut signal => {}
            () = stop => {}
        }
    };
    Server::new(function).config(config).serve_all(listeners, stop).await.map_err(|error| Fault::Stop(error).into())
}

fn listen(config: &Config) -> Result<Vec<TcpListener>, Fault> {
    let mut listeners = Vec::new();
    for address in &config.listen {
        let bound = bind(address).map_err(|error| {
            Fault::Address(format!(
                "cannot listen on {address}: {error}; PORT, ADDRESS or LISTEN_ADDRESS can name another"
            ))
        })?;
        listeners.extend(bound);
    }
    Ok(listeners)
}

fn announce(config: &Config, listeners: &[TcpListener]) {
    let addresses: Vec<SocketAddr> = listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect();
    let Config { name, revision, configuration, .. } = config;
    let version = env!("CARGO_PKG_VERSION");
    tracing::info!(?addresses, function = name, revision, configuration, version, "listening");
}
