//! Metrics for Prometheus, with the feature `metrics`: a page at `/metrics` on `FUNC_METRICS_PORT`, off unless that is set.
//!
//! It is [`run`](crate::run) and [`serve`](crate::serve) that look at the variable: a [`Server`] of your own is not watched.
//!
//! The page has what the runtime counts of each function, and what the function [registers](register) itself:
//!
//! | metric | type | labels | what it is |
//! |---|---|---|---|
//! | `http_server_requests_total` | counter | method, status | requests that ended |
//! | `http_server_request_duration_seconds` | histogram | method, status | arrival to the last byte of the answer |
//! | `http_server_request_body_size_bytes` | histogram | method, status | bytes of the body that were read |
//! | `http_server_response_body_size_bytes` | histogram | method, status | bytes of the body that were sent |
//! | `http_server_active_requests` | gauge | method | requests in flight |
//! | `kn_function_events_total` | counter | `cloudevents_event_type` | calls with an event; a batch counts as its first one |
//! | `kn_function_panics_total` | counter | | of the function, its streams and its spawned work |
//! | `kn_function_shed_requests_total` | counter | | refused at `FUNC_CONCURRENCY` |
//! | `kn_function_timeouts_total` | counter | | out of the time of `FUNC_REQUEST_TIMEOUT` |
//! | `kn_function_broken_answers_total` | counter | | streaming answers that failed in the middle |
//! | `kn_function_client_disconnects_total` | counter | | clients that went away before the end of the answer |
//! | `faas_init_duration_seconds` | histogram | | cold start: from the exec of the process until it listens |
//! | `kn_function_build_info` | info | version, function, revision, configuration | 1 |
//!
//! The labels of a request are `http_request_method`, with `_OTHER` for a method of no standard, and `http_response_status_code`,
//! which is 499 for a client that went away before there was an answer. The first hundred types of events are told apart; all others
//! are `_OTHER`. Health probes are not counted.

mod page;
mod requests;
#[cfg(test)]
mod tests;

use std::future::pending;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use tokio::task::JoinSet;

use self::requests::Requests;
use crate::config::{Address, Config, Interface};
use crate::measure;
use crate::server::{Server, bind};

pub use prometheus_client;

static USERS: LazyLock<Mutex<Registry>> = LazyLock::new(Mutex::default);

/// Puts metrics of your own on the page, from `init` or from anywhere else.
///
/// What the closure returns is handed on. It must not register anything itself, nor may a collector when the page is made: both would wait
/// for ever. The metrics are those of the crate [`prometheus_client`], in the version that is here.
/// They can be registered and counted whether or not `FUNC_METRICS_PORT` is set. Names that begin with `http_server_`, `faas_` or
/// `kn_function_` are taken.
///
/// ```
/// use kn_func_runtime::metrics::prometheus_client::metrics::counter::Counter;
/// use kn_func_runtime::{Context, Function, Lifecycle, Result, TestClient, metrics};
/// use std::sync::Arc;
///
/// struct Shop {
///     orders: Counter,
/// }
///
/// impl Lifecycle for Shop {}
///
/// async fn open() -> Result<Shop> {
///     let orders = Counter::default();
///     metrics::register(|registry| registry.register("shop_orders", "Orders that were taken", orders.clone()));
///     Ok(Shop { orders })
/// }
///
/// async fn order(shop: Arc<Shop>, _: Context) -> &'static str {
///     shop.orders.inc();
///     "thank you"
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let shop = Arc::new(open().await?);
/// let client = TestClient::new(Function::with_state(shop.clone(), order));
/// client.post("/").send().await;
/// assert_eq!(shop.orders.get(), 1);
/// # Result::<()>::Ok(())
/// # })?;
/// # Ok::<(), kn_func_runtime::Error>(())
/// ```
pub fn register<T>(register: impl FnOnce(&mut Registry) -> T) -> T {
    register(&mut USERS.lock().unwrap_or_else(PoisonError::into_inner))
}

/// The page, for as long as this is kept.
#[derive(Debug)]
pub(crate) struct Served {
    #[cfg_attr(not(test), expect(dead_code, reason = "it ends its task when it is dropped"))]
    until_dropped: JoinSet<()>,
}

#[derive(Debug)]
struct Counting {
    registry: Registry,
    cold_start: Histogram,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Build {
    version: &'static str,
    function: String,
    revision: Option<String>,
    configuration: Option<String>,
}

/// Counts from now on and serves the page, if there is a port for it. The function is ready.
///
/// # Errors
///
/// Why the port cannot be had, in one line.
pub(crate) fn serve(config: &mut Config) -> Result<Served, String> {
    let mut serving = JoinSet::new();
    if let Some(port) = config.metrics_port {
        let address = Address { host: Interface::All, port };
        let listeners = bind(&address)
            .map_err(|error| format!("cannot listen on {address}: {error}; FUNC_METRICS_PORT can name another"))?;
        let port = listeners.iter().find_map(|listener| listener.local_addr().ok()).map(|local| local.port());
        tracing::info!(port, "metrics are at /metrics");
        let Counting { registry, cold_start } = Counting::start(config);
        cold_start.observe(measure::process_age().as_secs_f64());
        let server = Server::new(page::function(Arc::new(registry))).config(without_health());
        serving.spawn(async move {
            // Nothing stops it but the end of the process, and it has no hook that could fail.
            let _ = server.serve_all(listeners, pending()).await;
        });
    }
    Ok(Served { until_dropped: serving })
}

impl Counting {
    fn start(config: &mut Config) -> Self {
        let mut registry = Registry::default();
        config.observers.push(Arc::new(Requests::register(&mut registry)));
        let cold_start = Histogram::new(measure::SECONDS);
        registry.register_with_unit(
            "faas_init_duration",
            "Cold start: from the exec of the process until it listens",
            Unit::Seconds,
            cold_start.clone(),
        );
        let build = Build {
            version: env!("CARGO_PKG_VERSION"),
            function: config.name.clone(),
            revision: config.revision.clone(),
            configuration: config.configuration.clone(),
        };
        registry.register("kn_function_build", "What runs, with the version of kn-func-runtime", Info::new(build));
        Self { registry, cold_start }
    }
}

/// Health is asked for on the port of the function, so here no path means it.
fn without_health() -> Config {
    Config::default().liveness_path("").readiness_path("")
}
