//! How the server runs: what the environment says, checked.

mod address;
mod values;

use std::env::{self, VarError};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tracing::level_filters::LevelFilter;

use crate::event::Profile;
use crate::function::Function;
use crate::host::Host;
use crate::invoker::{Health, Invoker, Limits};
use crate::observer::Observer;

pub(crate) use address::{Address, Interface};
use address::{addresses, interface, without_doubles};
use values::{
    boolean, bytes, count, duration, level, log_filter, log_format, metrics_port, name, path, profile, workers,
};

const PORT: u16 = 8080;
const BODY_LIMIT: u64 = 10 * 1024 * 1024;

/// As many as a semaphore can count.
const MOST_AT_ONCE: usize = usize::MAX >> 3;

/// How a server runs. [`Config::from_env`] reads it from the environment, as [`run`](crate::run) does; the README has the table of
/// all variables. [`Config::default`] is what an empty environment gives.
///
/// ```
/// use kn_func_runtime::{Config, Context, Function, TestClient};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let config = Config::default().body_limit(4);
/// let client = TestClient::with_config(Function::new(async |_: Context| "ok"), config);
/// assert_eq!(client.post("/").body("12345").send().await.status(), 413);
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Config {
    pub(crate) listen: Vec<Address>,
    pub(crate) body_limit: u64,
    pub(crate) request_timeout: Option<Duration>,
    pub(crate) concurrency: Option<usize>,
    pub(crate) drain_timeout: Option<Duration>,
    pub(crate) workers: Option<usize>,
    pub(crate) liveness_path: String,
    pub(crate) readiness_path: String,
    pub(crate) expose_errors: bool,
    pub(crate) metrics_port: Option<u16>,
    pub(crate) profile: Profile,
    pub(crate) name: String,
    pub(crate) revision: Option<String>,
    pub(crate) configuration: Option<String>,
    pub(crate) log_level: LevelFilter,
    #[cfg_attr(not(feature = "logging"), expect(dead_code, reason = "another subscriber has its own"))]
    pub(crate) log_format: Option<LogFormat>,
    #[cfg_attr(not(feature = "logging"), expect(dead_code, reason = "another subscriber has its own"))]
    pub(crate) log_filter: Option<String>,
    pub(crate) observers: Vec<Arc<dyn Observer>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Json,
    Text,
}

/// A variable that cannot be understood: its name, what it holds, and what would be right.
///
/// ```
/// use kn_func_runtime::Config;
///
/// let error = Config::from_vars([("PORT", "80a")]).unwrap_err();
/// assert_eq!(error.to_string(), "PORT is `80a`; expected a number from 0 to 65535");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    variable: &'static str,
    value: String,
    expected: String,
}

impl ConfigError {
    /// A variable of a crate that stands beside this one.
    pub fn new(variable: &'static str, value: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { variable, value: value.into(), expected: expected.into() }
    }

    /// The variable at fault.
    pub fn variable(&self) -> &'static str {
        self.variable
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is `{}`; expected {}", self.variable, self.value.escape_debug(), self.expected)
    }
}

impl std::error::Error for ConfigError {}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: vec![Address { host: Interface::All, port: PORT }],
            body_limit: BODY_LIMIT,
            request_timeout: None,
            concurrency: None,
            drain_timeout: None,
            workers: None,
            liveness_path: "/health/liveness".into(),
            readiness_path: "/health/readiness".into(),
            expose_errors: false,
            metrics_port: None,
            profile: Profile::default(),
            name: "function".into(),
            revision: None,
            configuration: None,
            log_level: LevelFilter::INFO,
            log_format: None,
            log_filter: None,
            observers: Vec::new(),
        }
    }
}

impl Config {
    /// Reads the environment of the process.
    ///
    /// # Errors
    ///
    /// The first variable that cannot be understood.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_lookup(|name| match env::var(name) {
            Ok(value) => Ok(Some(value)),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(value)) => Err(ConfigError::new(name, value.to_string_lossy(), "UTF-8 text")),
        })
    }

    /// Reads these variables instead of the environment, for tests.
    ///
    /// # Errors
    ///
    /// The first variable that cannot be understood.
    pub fn from_vars<'a>(vars: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, ConfigError> {
        let vars: Vec<_> = vars.into_iter().collect();
        Self::from_lookup(|name| {
            let var = vars.iter().rev().find(|(key, _)| *key == name);
            Ok(var.map(|(_, value)| (*value).to_owned()))
        })
    }

    fn from_lookup(look: impl Fn(&'static str) -> Result<Option<String>, ConfigError>) -> Result<Self, ConfigError> {
        let vars = Vars { look };
        let default = Self::default();
        let config = Self {
            listen: vars.listen()?,
            body_limit: vars.read("FUNC_BODY_LIMIT", BYTES, bytes)?.unwrap_or(default.body_limit),
            request_timeout: vars.read("FUNC_REQUEST_TIMEOUT", TIME_ABOVE_0, |text| {
                duration(text).filter(|timeout| !timeout.is_zero())
            })?,
            concurrency: vars.read("FUNC_CONCURRENCY", COUNT, count)?,
            drain_timeout: vars.read("FUNC_DRAIN_TIMEOUT", TIME, duration)?,
            workers: vars.read("FUNC_WORKERS", WORKERS, workers)?,
            liveness_path: vars.read("FUNC_LIVENESS_PATH", PATH, path)?.unwrap_or(default.liveness_path),
            readiness_path: vars.read("FUNC_READINESS_PATH", PATH, path)?.unwrap_or(default.readiness_path),
            expose_errors: vars.read("FUNC_EXPOSE_ERRORS", BOOL, boolean)?.unwrap_or(default.expose_errors),
            metrics_port: vars.metrics_port()?,
            profile: vars.read("FUNC_STRICT_EVENTS", BOOL, profile)?.unwrap_or(default.profile),
            name: vars.read("K_SERVICE", NAME, name)?.unwrap_or(default.name),
            revision: vars.read("K_REVISION", NAME, name)?,
            configuration: vars.read("K_CONFIGURATION", NAME, name)?,
            log_level: vars.read("LOG_LEVEL", LEVEL, level)?.unwrap_or(default.log_level),
            log_format: vars.read("LOG_FORMAT", "json or text", log_format)?,
            log_filter: vars.read("RUST_LOG", FILTER, log_filter)?,
            observers: default.observers,
        };
        if config.liveness_path == config.readiness_path {
            let expected = "another path than that of liveness";
            return Err(ConfigError::new("FUNC_READINESS_PATH", config.readiness_path, expected));
        }
        if let Some(port) =
            config.metrics_port.filter(|port| config.listen.iter().any(|it| it.port == *port && *port != 0))
        {
            return Err(ConfigError::new(
                "FUNC_METRICS_PORT",
                port.to_string(),
                "another port than that of the function",
            ));
        }
        Ok(config)
    }

    /// The largest body of a request, in bytes: `FUNC_BODY_LIMIT`, 10 MiB. More is a 413.
    pub fn body_limit(self, bytes: u64) -> Self {
        Self { body_limit: bytes, ..self }
    }

    /// How long the function may take to answer: `FUNC_REQUEST_TIMEOUT`, no limit. Longer is a 504.
    pub fn request_timeout(self, timeout: Duration) -> Self {
        Self { request_timeout: Some(timeout), ..self }
    }

    /// How many requests may be at work at once, at least one: `FUNC_CONCURRENCY`, no limit. More are a 503 with `Retry-After`.
    pub fn concurrency(self, most: usize) -> Self {
        Self { concurrency: Some(most.clamp(1, MOST_AT_ONCE)), ..self }
    }

    /// How long the drain waits for requests: `FUNC_DRAIN_TIMEOUT`, until all are done.
    pub fn drain_timeout(self, timeout: Duration) -> Self {
        Self { drain_timeout: Some(timeout), ..self }
    }

    /// Whether the caller sees the cause of a 500: `FUNC_EXPOSE_ERRORS`, no.
    pub fn expose_errors(self, expose: bool) -> Self {
        Self { expose_errors: expose, ..self }
    }

    /// How closely events have to follow the specification: `FUNC_STRICT_EVENTS`, leniently.
    pub fn profile(self, profile: Profile) -> Self {
        Self { profile, ..self }
    }

    /// The name of the function, which is the source of its reply events: `K_SERVICE`, `function`.
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// Where to ask whether the process lives: `FUNC_LIVENESS_PATH`, `/health/liveness`.
    pub fn liveness_path(self, path: impl Into<String>) -> Self {
        Self { liveness_path: path.into(), ..self }
    }

    /// Where to ask whether requests may come: `FUNC_READINESS_PATH`, `/health/readiness`.
    pub fn readiness_path(self, path: impl Into<String>) -> Self {
        Self { readiness_path: path.into(), ..self }
    }

    /// What answers requests to a function under this config.
    pub(crate) fn invoker(&self, function: Function) -> Invoker {
        Invoker {
            function,
            host: Arc::new(Host::new(self.name.clone(), self.profile, self.observers.clone())),
            health: Health::new(self.liveness_path.clone(), self.readiness_path.clone()),
            limits: Limits::new(self.body_limit, self.request_timeout, self.concurrency),
            expose_errors: self.expose_errors,
        }
    }
}

const BYTES: &str = "a number of bytes, such as 1048576, 10MiB or 500KB";
const TIME: &str = "a duration, such as 30s, 500ms or 2m";
const TIME_ABOVE_0: &str = "a duration above 0, such as 30s, 500ms or 2m";
const COUNT: &str = "a number above 0";
const WORKERS: &str = "a number from 1 to 256";
const PATH: &str = "a path, such as /healthz";
const BOOL: &str = "true or false";
const NAME: &str = "a name of printable ASCII";
const LEVEL: &str = "error, warn, info, debug, trace or off";
const FILTER: &str = "a level such as info, or levels by module such as info,my_function=debug";
const PORTS: &str = "a number from 0 to 65535";
const METRICS_PORTS: &str =
    "a number from 0 to 65535, but not 8008, 8012, 8013, 8022, 8112, 9090 or 9091, which are Knative's";
const WITH_METRICS: &str = "a program that is built with the feature `metrics` of kn-func-runtime";
const ADDRESSES: &str = "addresses such as [::]:8080 or 127.0.0.1:, separated by commas";

struct Vars<F> {
    look: F,
}

impl<F: Fn(&'static str) -> Result<Option<String>, ConfigError>> Vars<F> {
    /// A variable that is empty is not set.
    fn read<T>(
        &self,
        name: &'static str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(value) = (self.look)(name)?.filter(|value| !value.is_empty()) else { return Ok(None) };
        parse(value.trim()).map(Some).ok_or_else(|| ConfigError::new(name, value, expected))
    }

    /// A port that is set and empty is any free one.
    fn port(&self) -> Result<Option<u16>, ConfigError> {
        match (self.look)("PORT")? {
            Some(port) if port.is_empty() => Ok(Some(0)),
            _ => self.read("PORT", PORTS, |port| port.parse().ok()),
        }
    }

    fn metrics_port(&self) -> Result<Option<u16>, ConfigError> {
        let expected = if cfg!(feature = "metrics") { METRICS_PORTS } else { WITH_METRICS };
        self.read("FUNC_METRICS_PORT", expected, |port| metrics_port(port).filter(|_| cfg!(feature = "metrics")))
    }

    fn listen(&self) -> Result<Vec<Address>, ConfigError> {
        let port = self.port()?;
        let Some(listen) = self.read("LISTEN_ADDRESS", ADDRESSES, addresses)? else {
            let host = self.read("ADDRESS", "an address, such as 0.0.0.0 or ::", interface)?;
            return Ok(vec![Address { host: host.unwrap_or(Interface::All), port: port.unwrap_or(PORT) }]);
        };
        // Knative sends to PORT, whatever address a builder has baked into the image.
        let on_knative = (self.look)("K_SERVICE")?.is_some();
        let port = port.filter(|_| on_knative);
        let listen = listen.into_iter().map(|it| Address { port: port.unwrap_or(it.port), ..it });
        Ok(without_doubles(listen.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listen(vars: &[(&str, &str)]) -> String {
        let config = Config::from_vars(vars.iter().copied()).unwrap();
        let shown = config.listen.iter().map(|Address { host, port }| match host {
            Interface::All => format!("all:{port}"),
            Interface::One(ip) => format!("{ip}:{port}"),
            Interface::Named(name) => format!("{name}:{port}"),
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_default_is_all_interfaces_on_8080() {
        assert_eq!(listen(&[]), "all:8080");
    }

    #[test]
    fn address_and_port_each_have_their_default() {
        assert_eq!(listen(&[("PORT", "9000")]), "all:9000");
        assert_eq!(listen(&[("ADDRESS", "127.0.0.1")]), "127.0.0.1:8080");
        assert_eq!(listen(&[("ADDRESS", "0.0.0.0"), ("PORT", "9000")]), "0.0.0.0:9000");
    }

    #[test]
    fn an_empty_port_is_any_free_one() {
        assert_eq!(listen(&[("PORT", "")]), "all:0");
        assert_eq!(listen(&[("PORT", "0")]), "all:0");
        assert_eq!(listen(&[("LISTEN_ADDRESS", "127.0.0.1:")]), "127.0.0.1:0");
    }

    #[test]
    fn listen_address_wins_and_may_be_a_list() {
        let vars =
            [("LISTEN_ADDRESS", "127.0.0.1:1, [::1]:2,localhost:3,:4"), ("PORT", "9000"), ("ADDRESS", "10.0.0.1")];
        assert_eq!(listen(&vars), "all:4 127.0.0.1:1 ::1:2 localhost:3");
    }

    #[test]
    fn on_knative_the_port_is_that_of_port() {
        let vars = [("LISTEN_ADDRESS", "[::]:8080,0.0.0.0:8080"), ("PORT", "9000"), ("K_SERVICE", "shop")];
        assert_eq!(listen(&vars), "all:9000");
        assert_eq!(listen(&[("LISTEN_ADDRESS", "127.0.0.1:1"), ("PORT", "9000"), ("K_SERVICE", "")]), "127.0.0.1:9000");
    }

    #[test]
    fn both_kinds_of_all_interfaces_are_one_address() {
        assert_eq!(listen(&[("LISTEN_ADDRESS", "[::]:8080,0.0.0.0:8080")]), "all:8080");
        assert_eq!(listen(&[("LISTEN_ADDRESS", "[::]:8080,0.0.0.0:8081")]), "all:8080 0.0.0.0:8081");
    }

    #[test]
    fn an_address_among_all_interfaces_is_not_taken_twice() {
        assert_eq!(listen(&[("LISTEN_ADDRESS", "[::]:8080,127.0.0.1:8080,localhost:8080")]), "all:8080");
        let vars = [("LISTEN_ADDRESS", "[::]:8080,127.0.0.1:8081"), ("PORT", "9000"), ("K_SERVICE", "shop")];
        assert_eq!(listen(&vars), "all:9000");
    }

    #[test]
    fn what_cannot_be_understood_is_named_with_what_would_be_right() {
        let wrong = [
            ("PORT", "80a", PORTS),
            ("PORT", "65536", PORTS),
            ("PORT", "-1", PORTS),
            ("LISTEN_ADDRESS", "8080", ADDRESSES),
            ("LISTEN_ADDRESS", "::1:80", ADDRESSES),
            ("LISTEN_ADDRESS", "127.0.0.1:80,", ADDRESSES),
            ("LISTEN_ADDRESS", "a b:80", ADDRESSES),
            ("FUNC_BODY_LIMIT", "10 apples", BYTES),
            ("FUNC_BODY_LIMIT", "99999999999GiB", BYTES),
            ("FUNC_REQUEST_TIMEOUT", "0", TIME_ABOVE_0),
            ("FUNC_REQUEST_TIMEOUT", "soon", TIME_ABOVE_0),
            ("FUNC_REQUEST_TIMEOUT", "1e400", TIME_ABOVE_0),
            ("FUNC_DRAIN_TIMEOUT", "99999999999999h", TIME),
            ("FUNC_CONCURRENCY", "0", COUNT),
            ("FUNC_CONCURRENCY", "18446744073709551615", COUNT),
            ("FUNC_WORKERS", "two", WORKERS),
            ("FUNC_WORKERS", "257", WORKERS),
            ("FUNC_LIVENESS_PATH", "healthz", PATH),
            ("FUNC_LIVENESS_PATH", "/a?b", PATH),
            ("FUNC_EXPOSE_ERRORS", "maybe", BOOL),
            ("FUNC_STRICT_EVENTS", "2", BOOL),
            ("K_SERVICE", "two words", NAME),
            ("LOG_LEVEL", "loud", LEVEL),
            ("LOG_FORMAT", "xml", "json or text"),
            ("RUST_LOG", "inof", FILTER),
            ("RUST_LOG", "info/foo", FILTER),
            ("RUST_LOG", "a[b]=debug", FILTER),
            ("RUST_LOG", "my_function=loud", FILTER),
        ];
        for (variable, value, expected) in wrong {
            let error = Config::from_vars([(variable, value)]).unwrap_err();
            assert_eq!(error.to_string(), format!("{variable} is `{value}`; expected {expected}"));
        }
    }

    #[test]
    #[cfg(feature = "metrics")]
    fn metrics_have_a_port_of_their_own() {
        assert_eq!(Config::from_vars([]).unwrap().metrics_port, None);
        assert_eq!(Config::from_vars([("FUNC_METRICS_PORT", "9095")]).unwrap().metrics_port, Some(9095));
        let any = [("FUNC_METRICS_PORT", "0"), ("PORT", "0")];
        assert_eq!(Config::from_vars(any).unwrap().metrics_port, Some(0));
        for port in ["8008", "8012", "8013", "8022", "8112", "9090", "9091", "no", "-1", "65536", "9095/tcp"] {
            let error = Config::from_vars([("FUNC_METRICS_PORT", port)]).unwrap_err();
            assert_eq!(error.to_string(), format!("FUNC_METRICS_PORT is `{port}`; expected {METRICS_PORTS}"));
        }
        let doubled = [
            &[("FUNC_METRICS_PORT", "8080")][..],
            &[("FUNC_METRICS_PORT", "9095"), ("PORT", "9095")],
            &[("FUNC_METRICS_PORT", "9095"), ("LISTEN_ADDRESS", "127.0.0.1:1,127.0.0.1:9095")],
        ];
        for vars in doubled {
            let error = Config::from_vars(vars.iter().copied()).unwrap_err().to_string();
            assert!(error.ends_with("; expected another port than that of the function"), "{error}");
        }
    }

    #[test]
    #[cfg(not(feature = "metrics"))]
    fn a_port_of_metrics_needs_the_feature() {
        let error = Config::from_vars([("FUNC_METRICS_PORT", "9095")]).unwrap_err();
        assert_eq!(error.to_string(), format!("FUNC_METRICS_PORT is `9095`; expected {WITH_METRICS}"));
    }

    #[test]
    fn the_two_health_paths_differ() {
        let error = Config::from_vars([("FUNC_READINESS_PATH", "/health/liveness")]).unwrap_err();
        assert_eq!(error.variable(), "FUNC_READINESS_PATH");
    }
}
