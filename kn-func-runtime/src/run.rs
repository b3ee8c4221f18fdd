//! The way in for a whole process: environment, log, runtime, signals, server.

use std::env;
use std::ffi::OsString;
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
#[cfg(feature = "logging")]
use crate::logging::Output;
use crate::once::{Failure, Work};
use crate::panic;
use crate::server::{Server, Signals, bind, inherited};

/// Serves a function until SIGTERM or SIGINT, then drains. This is what [`kn_function`](crate::kn_function) calls.
///
/// `start` opens the function's state and may fail; the server listens when it is done.
///
/// Gives 0 after a drain, 1 if the `stop` hook failed, and 2 if the process did not start, after one line on stderr that says why:
/// which variable cannot be understood, or what `start` said. A second signal ends the process at once.
///
/// # Without a server
///
/// One piece of work is done and printed instead, on the whole way of a request, if the program is called so:
///
/// - `--event order.json` or `--event -`: the event, or the batch of events, in this file or on stdin.
/// - `--request GET '/?descriptions=cold'`, and for others `--header 'content-type: text/plain'` and `--body hello`, `--body @file` or
///   `--body -`.
/// - in a Job that Knative's `JobSink` has started (`K_EXECUTION_MODE=batch`): the event in the folder `K_EVENT_PATH`.
///
/// The answer goes to stdout, an event as one line of JSON; the log goes to stderr. The exit code is 0 if it went well, 4 if it is
/// refused for good, 5 if another try may help, by the rules of Knative Eventing, and 2 if it did not start.
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
        Err(error) => {
            // There is nobody else to tell.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::from(match error.0 {
                Fault::Once(Failure::Refused(_)) => 4,
                Fault::Once(Failure::Failed(_)) => 5,
                _ => 2,
            })
        }
    }
}

/// Serves a function on the tokio runtime of the caller, until SIGTERM, SIGINT or `stop`, then drains.
///
/// It reads the environment and writes the log as [`run`] does, for programs that have a `main` of their own. A second signal ends
/// the process at once. It takes over the sockets that `LISTEN_FDS` names, and removes that variable; call it before other threads look at
/// the environment. In a Job of Knative's `JobSink` it does its one piece of work instead; the arguments are the program's own.
///
/// # Errors
///
/// What keeps it from listening, in one line: which variable cannot be understood, or which address cannot be had. After the
/// drain, what the `stop` hook said. Of a Job, why it failed.
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
    let process = Process::new([])?;
    let signals = Signals::new().map_err(Fault::System)?;
    process.observed(async |process| process.work(function, signals, stop).await).await
}

/// Why a function does not serve, in one line: [`Debug`](fmt::Debug) says it too, as a `main` that returns it prints that.
pub struct ServeError(Fault);

enum Fault {
    Environment(ConfigError),
    Address(String),
    Inherited(io::Error),
    System(io::Error),
    Start(Error),
    Stop(Error),
    Once(Failure),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match &self.0 {
            Fault::Environment(error) => error.to_string(),
            Fault::Address(words) => words.clone(),
            Fault::Inherited(error) => format!("LISTEN_FDS names no listening TCP socket: {error}"),
            Fault::System(error) => format!("cannot start: {error}"),
            Fault::Start(error) => format!("function did not start: {}", reason(error)),
            Fault::Stop(error) => format!("function did not stop: {}", reason(error)),
            Fault::Once(Failure::Refused(words) | Failure::Failed(words)) => words.clone(),
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
    let process = Process::new(env::args_os().skip(1))?;
    let runtime = runtime(&process.config).map_err(Fault::System)?;
    let outcome = runtime.block_on(process.observed(async |process| {
        let signals = Signals::new().map_err(Fault::System)?;
        let started = panic::catch(async { start().await }).await;
        let function = started.unwrap_or_else(|panic| Err(panic.into())).map_err(Fault::Start)?;
        process.work(function, signals, pending()).await
    }));
    // Whatever the user left on blocking threads does not hold the exit.
    runtime.shutdown_background();
    outcome
}

/// What environment and arguments ask for.
struct Process {
    config: Config,
    work: Option<Work>,
    inherited: Vec<std::net::TcpListener>,
}

impl Process {
    fn new(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, ServeError> {
        #[cfg(any(feature = "metrics", feature = "otel"))]
        crate::measure::process_age();
        let config = Config::from_env().map_err(Fault::Environment)?;
        let work = Work::asked(arguments)?;
        // Before there are threads, as it changes the environment.
        let inherited = inherited().map_err(Fault::Inherited)?;
        Ok(Self { config, work, inherited })
    }

    /// Runs it all with a log and with whatever else looks on, and waits until those have said what they saw.
    #[cfg_attr(not(any(feature = "logging", feature = "otel")), expect(unused_mut, reason = "nobody looks on"))]
    async fn observed(mut self, run: impl AsyncFnOnce(Self) -> Result<(), ServeError>) -> Result<(), ServeError> {
        #[cfg(feature = "otel")]
        let telemetry = crate::otel::start(&mut self.config)?;
        #[cfg(feature = "logging")]
        crate::logging::start(&mut self.config, self.work.as_ref().map_or(Output::Stdout, |_| Output::Stderr));
        panic::remember_places();
        let outcome = run(self).await;
        #[cfg(feature = "otel")]
        telemetry.flush().await;
        outcome
    }

    /// Serves until it is drained, or does its one piece of work.
    async fn work(
        self,
        function: Function,
        signals: Signals,
        stop: impl Future<Output = ()>,
    ) -> Result<(), ServeError> {
        // Before anybody can know that it listens: from here on a signal is a wish to drain, also when the drain has begun without one.
        let mut signal = pin!(signals.first());
        let stop = async {
            select! {
                () = &mut signal => {}
                () = stop => {}
            }
        };
        #[cfg_attr(not(feature = "metrics"), expect(unused_mut, reason = "nobody else looks on"))]
        let Self { mut config, work, inherited } = self;
        if let Some(work) = work {
            return work.run(function, &config, stop).await.map_err(|failure| Fault::Once(failure).into());
        }
        let is_followed = !inherited.is_empty();
        let listeners = if is_followed { taken_over(inherited)? } else { listen(&config)? };
        #[cfg(feature = "metrics")]
        let _until_drained = crate::metrics::serve(&mut config).map_err(Fault::Address)?;
        announce(&config, &listeners);
        #[cfg(feature = "otel")]
        crate::otel::ready();
        let server = Server::new(function).config(config).followed(is_followed);
        server.serve_all(listeners, stop).await.map_err(|error| Fault::Stop(error).into())
    }
}

fn runtime(config: &Config) -> io::Result<Runtime> {
    // The standard library reads the CPU quota of the cgroup.
    let cpus = || std::thread::available_parallelism().map_or(1, usize::from);
    match config.workers.unwrap_or_else(cpus) {
        1 => Builder::new_current_thread().enable_all().build(),
        workers => Builder::new_multi_thread().worker_threads(workers).enable_all().build(),
    }
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

fn taken_over(inherited: Vec<std::net::TcpListener>) -> Result<Vec<TcpListener>, Fault> {
    inherited.into_iter().map(TcpListener::from_std).collect::<io::Result<_>>().map_err(Fault::Inherited)
}

fn announce(config: &Config, listeners: &[TcpListener]) {
    let addresses: Vec<SocketAddr> = listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect();
    let Config { name, revision, configuration, .. } = config;
    let version = env!("CARGO_PKG_VERSION");
    tracing::info!(?addresses, function = name, revision, configuration, version, "listening");
}
