//! Traces and metrics for an OpenTelemetry Collector, with the feature `otel`: off unless the standard variables switch them on.
//!
//! `OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318` is enough: traces and metrics go there by OTLP over HTTP. `OTEL_TRACES_EXPORTER`
//! and `OTEL_METRICS_EXPORTER` are `otlp` or `none`, each for its own; `OTEL_SDK_DISABLED=true` switches all off. A value that makes no
//! sense stops the start with one line that names the variable; `gzip` and propagators other than those of W3C make sense and are left
//! out. What is on stops with the process: after the drain all that is left is sent, for five seconds at most. A Collector that cannot be
//! reached costs telemetry and one warning, never a request.
//!
//! It is [`run`](crate::run) and [`serve`](crate::serve) that look at the variables: a [`Server`](crate::Server) of your own is not
//! watched.
//!
//! # Traces
//!
//! Each request has one span of the kind `SERVER`; health probes have none. Its parent is that of the W3C headers `traceparent` and
//! `tracestate`, else of the attributes of the same names that an event has; where there are both, it is linked to those. Its name is the
//! method, or `{source} process` for an event; its attributes are those of the semantic conventions for HTTP, messaging, CloudEvents and
//! FaaS. The query of a URL is left out, as it may hold a secret. An answer of 500 and above, a panic and a stream that breaks off make
//! it an error.
//!
//! Spans of the crate `tracing` become its children, down to the level `info`, or `LOG_LEVEL` if that is more; so does what
//! [`Context::spawn`](crate::Context::spawn) runs and what a streaming answer does. [`propagate`](crate::propagate) adds the headers of
//! the trace to requests that the function makes. Log lines carry `trace_id` and `span_id`.
//!
//! # Metrics
//!
//! | metric | type | attributes | what it is |
//! |---|---|---|---|
//! | `http.server.request.duration` | histogram, s | method, scheme, status, error | arrival to the last byte of the answer |
//! | `http.server.request.body.size` | histogram, By | as above | bytes of the body that were read |
//! | `http.server.response.body.size` | histogram, By | as above | bytes of the body that were sent |
//! | `http.server.active_requests` | sum | method, scheme | requests in flight |
//! | `kn.function.events` | sum | `cloudevents.event_type` | calls with an event; a batch counts as its first one |
//! | `kn.function.panics` | sum | | of the function, its streams and its spawned work |
//! | `kn.function.shed_requests` | sum | | refused at `FUNC_CONCURRENCY` |
//! | `kn.function.timeouts` | sum | | out of the time of `FUNC_REQUEST_TIMEOUT` |
//! | `kn.function.broken_answers` | sum | | streaming answers that failed in the middle |
//! | `kn.function.client_disconnects` | sum | | clients that went away before the end of the answer |
//! | `faas.init_duration` | histogram, s | | cold start: from the exec of the process until it listens |
//!
//! Metrics and spans of your own need no more than [`opentelemetry`], in the version that is here: its global providers are set before
//! `init` runs, and what is made without them does nothing.
//!
//! ```no_run
//! use kn_func_runtime::otel::opentelemetry::global;
//! use kn_func_runtime::otel::opentelemetry::metrics::Counter;
//! use kn_func_runtime::{Context, Lifecycle, Result, kn_function};
//! use std::sync::Arc;
//!
//! struct Shop {
//!     orders: Counter<u64>,
//! }
//!
//! impl Lifecycle for Shop {}
//!
//! async fn open() -> Result<Shop> {
//!     let orders = global::meter("shop").u64_counter("shop.orders").with_description("Orders that were taken").build();
//!     Ok(Shop { orders })
//! }
//!
//! #[kn_function(init = open)]
//! async fn main(shop: Arc<Shop>, _: Context) -> &'static str {
//!     shop.orders.add(1, &[]);
//!     "thank you"
//! }
//! ```

mod attributes;
#[cfg(test)]
mod exported;
mod exporter;
#[cfg(feature = "logging")]
mod late;
mod metrics;
mod propagation;
mod resource;
mod settings;
mod traces;

use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::trace::{TraceContextExt, TracerProvider};
use opentelemetry::{Context, global};
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracer, SdkTracerProvider};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::registry::LookupSpan;

use self::metrics::Requests;
use self::propagation::Propagation;
use self::settings::Settings;
use self::traces::Traces;
use crate::config::{Config, ConfigError};
use crate::measure;

pub use opentelemetry;

/// How long the end of the process waits for what is not sent yet.
const FLUSH_LIMIT: Duration = Duration::from_secs(5);

/// Who makes spans and metrics, in their own names.
const SCOPE: &str = "kn-func-runtime";

/// What makes spans of the spans of `tracing`.
static TRACER: OnceLock<(SdkTracer, LevelFilter)> = OnceLock::new();

/// What counts the cold start.
static REQUESTS: OnceLock<Requests> = OnceLock::new();

/// What exports, until it is flushed.
#[derive(Debug, Default)]
pub(crate) struct Running {
    traces: Option<SdkTracerProvider>,
    metrics: Option<SdkMeterProvider>,
}

/// Exports from now on what the environment says, if it says anything. Needs a runtime around it.
///
/// # Errors
///
/// The first variable that cannot be understood.
pub(crate) fn start(config: &mut Config) -> Result<Running, ConfigError> {
    Ok(Running::start(Settings::from_env()?, config))
}

impl Running {
    fn start(settings: Option<Settings>, config: &mut Config) -> Self {
        let Some(settings) = settings else { return Self::default() };
        let resource = resource::resource(&settings, config);
        let mut running = Self::default();
        if let Some(traces) = &settings.traces {
            let batch = BatchConfigBuilder::default()
                .with_max_queue_size(traces.queue)
                .with_max_export_batch_size(traces.batch)
                .with_scheduled_delay(traces.delay);
            let processor =
                BatchSpanProcessor::builder(exporter::spans(traces)).with_batch_config(batch.build()).build();
            let provider = SdkTracerProvider::builder()
                .with_sampler(traces.sampler.clone())
                .with_resource(resource.clone())
                .with_span_processor(processor)
                .build();
            global::set_tracer_provider(provider.clone());
            let level = config.log_level.max(LevelFilter::INFO);
            // A second server of the same process makes no spans of those of `tracing`: there is only one subscriber.
            let _ = TRACER.set((provider.tracer(SCOPE), level));
            let propagation = Propagation::new(&settings.propagators);
            config.observers.push(Arc::new(Traces::new(provider.tracer(SCOPE), propagation)));
            running.traces = Some(provider);
        }
        if let Some(metrics) = &settings.metrics {
            let reader = PeriodicReader::builder(exporter::metrics(metrics)).with_interval(metrics.interval).build();
            let provider = SdkMeterProvider::builder().with_resource(resource).with_reader(reader).build();
            global::set_meter_provider(provider.clone());
            let requests = Requests::new(&global::meter(SCOPE));
            config.observers.push(Arc::new(requests.clone()));
            // There is one cold start of a process.
            let _ = REQUESTS.set(requests);
            running.metrics = Some(provider);
        }
        running
    }

    /// Sends what is not sent yet. A Collector that is slow or absent holds the end of the process for five seconds at most.
    pub(crate) async fn flush(self) {
        let begin = Instant::now();
        let Self { traces, metrics } = self;
        let traces = traces.map(|traces| elsewhere(move || traces.shutdown_with_timeout(FLUSH_LIMIT)));
        let metrics = metrics.map(|metrics| elsewhere(move || metrics.shutdown_with_timeout(FLUSH_LIMIT)));
        let both = async {
            for flushed in [traces, metrics].into_iter().flatten() {
                // A thread that ends without a word has nothing to flush any more.
                let _ = flushed.await;
            }
        };
        // The SDK gives up at the same time, and may be first to say so.
        if timeout(FLUSH_LIMIT, both).await.is_err() || begin.elapsed() >= FLUSH_LIMIT {
            tracing::warn!("telemetry that was not sent within {FLUSH_LIMIT:?} gets lost");
        }
    }
}

/// The process listens from now on.
pub(crate) fn ready() {
    if let Some(requests) = REQUESTS.get() {
        requests.is_ready(measure::process_age());
    }
}

/// Runs what blocks on a thread of its own, which nobody waits for if it takes too long: the runtime's own threads would be.
fn elsewhere<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> oneshot::Receiver<T> {
    let (done, outcome) = oneshot::channel();
    let thread = thread::Builder::new().name("telemetry-flush".to_owned());
    // Where no thread can be had, the sender is dropped, and so nothing is waited for.
    let _ = thread.spawn(move || done.send(work()));
    outcome
}

/// Makes spans for the Collector of the spans of `tracing`. None if traces are not switched on.
///
/// With the feature `logging` it is there already. Without it, `init` may install a subscriber of its own with it.
///
/// ```no_run
/// use kn_func_runtime::{Context, Function, otel, run};
/// use std::process::ExitCode;
/// use tracing_subscriber::layer::SubscriberExt;
/// use tracing_subscriber::util::SubscriberInitExt;
///
/// async fn hello(_: Context) -> &'static str {
///     "hello"
/// }
///
/// fn main() -> ExitCode {
///     run(async || {
///         tracing_subscriber::registry().with(otel::layer()).init();
///         Ok(Function::new(hello))
///     })
/// }
/// ```
pub fn layer<S>() -> Option<impl Layer<S>>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let (tracer, level) = TRACER.get()?;
    Some(spans(tracer.clone(), *level))
}

fn spans<S>(tracer: SdkTracer, level: LevelFilter) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    unfiltered(tracer).with_filter(levels(level))
}

/// As [`layer`], for a log that begins before it is known whether traces are switched on.
#[cfg(feature = "logging")]
pub(crate) fn late_layer<S>(level: LevelFilter) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    late::Late::new().with_filter(levels(level.max(LevelFilter::INFO)))
}

fn unfiltered<S>(tracer: SdkTracer) -> OpenTelemetryLayer<S, SdkTracer>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let layer = tracing_opentelemetry::layer().with_tracer(tracer);
    // What each span would have besides: where it stands in the code, its thread, how long it was idle.
    layer.with_location(false).with_threads(false).with_tracked_inactivity(false).with_target(false)
}

/// What the runtime stands on makes spans of each frame.
fn levels(level: LevelFilter) -> Targets {
    let beneath = ["h2", "hyper", "hyper_util", "rustls", "tokio"].map(|target| (target, LevelFilter::INFO));
    Targets::new().with_default(level).with_targets(beneath)
}

/// The ids of the trace and of the innermost span, for each line of a log of your own; the feature `logging` has them already.
///
/// ```
/// use kn_func_runtime::{Context, otel};
///
/// async fn hello(_: Context) -> String {
///     match otel::ids() {
///         Some((trace_id, span_id)) => format!("span {span_id} of trace {trace_id}"),
///         None => "no trace".to_owned(),
///     }
/// }
/// ```
pub fn ids() -> Option<(String, String)> {
    Context::map_current(|cx| {
        let span = cx.span();
        let ids = span.span_context();
        ids.is_valid().then(|| (ids.trace_id().to_string(), ids.span_id().to_string()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started(vars: &[(&str, &str)]) -> (Running, Config) {
        let look = |name| Ok(vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()));
        let mut config = Config::default();
        (Running::start(Settings::from_lookup(look).unwrap(), &mut config), config)
    }

    #[test]
    fn what_is_off_installs_nothing() {
        let (running, config) = started(&[]);
        assert!(config.observers.is_empty(), "{:?}", config.observers);
        assert!(running.traces.is_none() && running.metrics.is_none());
    }

    #[tokio::test]
    async fn what_is_on_looks_on() {
        let (running, config) = started(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")]);
        assert_eq!(config.observers.len(), 2);
        assert!(running.traces.is_some() && running.metrics.is_some());
    }
}
