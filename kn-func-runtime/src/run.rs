//! The way in for a whole process: environment, log, runtime, signals, server.

use std::fmt;
use std::future::Future;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;

use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

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
        Ok(code) => code,
        Err(fault) => {
            // There is nobody else to tell.
            let _ = writeln!(io::stderr(), "{}", one_line(&fault.to_string()));
            ExitCode::from(2)
        }
    }
}

/// Why a process does not start.
enum Fault {
    Environment(ConfigError),
    Address(String),
    System(io::Error),
    Start(Error),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(error) => error.fmt(f),
            Self::Address(words) => f.write_str(words),
            Self::System(error) => write!(f, "cannot start: {error}"),
            Self::Start(error) => match error.cause_chain() {
                Some(cause) => write!(f, "function did not start: {cause}"),
                None => write!(f, "function did not start: {}", error.message()),
            },
        }
    }
}

/// What a failed assertion says, for one, has several.
fn one_line(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

fn try_run<F, Fut>(start: F) -> Result<ExitCode, Fault>
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = Result<Function>>,
{
    let config = Config::from_env().map_err(Fault::Environment)?;
    #[cfg(feature = "logging")]
    crate::logging::start(&config);
    panic::remember_places();
    let runtime = runtime(&config).map_err(Fault::System)?;
    let outcome = runtime.block_on(serve(start, config));
    // Whatever the user left on blocking threads does not hold the exit.
    runtime.shutdown_background();
    outcome
}

fn runtime(config: &Config) -> io::Result<Runtime> {
    // The standard library reads the CPU quota of the cgroup.
    let cpus = || std::thread::available_parallelism().map_or(1, usize::from);
    match config.workers.unwrap_or_else(cpus) {
        1 => Builder::new_current_thread().enable_all().build(),
        workers => Builder::new_multi_thread().worker_threads(workers).enable_all().build(),
    }
}

async fn serve<F, Fut>(start: F, config: Config) -> Result<ExitCode, Fault>
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = Result<Function>>,
{
    let signals = Signals::new().map_err(Fault::System)?;
    let started = panic::catch(async { start().await }).await;
    let function = started.unwrap_or_else(|panic| Err(panic.into())).map_err(Fault::Start)?;
    // Before anybody can know that it listens: from here on a signal is a wish to drain.
    let stop = signals.first();
    let listeners = listen(&config)?;
    announce(&config, &listeners);
    let stopped = Server::new(function).config(config).serve_all(listeners, stop).await;
    Ok(if stopped.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
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
