//! The way to the Collector: OTLP over HTTP, with one line in the log when it does not work.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, Uri};
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{
    MetricExporter, Protocol, SpanExporter as OtlpSpans, WithExportConfig as _, WithHttpConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::settings::{Metrics, Target, Traces};
use crate::client::{Client, Protocol as Wire};

/// What sends spans.
pub(super) fn spans(settings: &Traces) -> Told<OtlpSpans> {
    let sender = Sender::new(&settings.target);
    let (endpoint, state) = (settings.target.endpoint.clone(), sender.state.clone());
    let exporter = OtlpSpans::builder()
        .with_http()
        .with_endpoint(endpoint.to_string())
        .with_protocol(Protocol::HttpBinary)
        .with_timeout(settings.target.timeout)
        .with_headers(headers(&settings.target))
        .with_http_client(sender)
        .build();
    Told { exporter: exporter.expect("the settings were checked"), what: "traces", endpoint, state }
}

/// What sends metrics.
pub(super) fn metrics(settings: &Metrics) -> Told<MetricExporter> {
    let sender = Sender::new(&settings.target);
    let (endpoint, state) = (settings.target.endpoint.clone(), sender.state.clone());
    let exporter = MetricExporter::builder()
        .with_temporality(settings.temporality)
        .with_http()
        .with_endpoint(endpoint.to_string())
        .with_protocol(Protocol::HttpBinary)
        .with_timeout(settings.target.timeout)
        .with_headers(headers(&settings.target))
        .with_http_client(sender)
        .build();
    Told { exporter: exporter.expect("the settings were checked"), what: "metrics", endpoint, state }
}

fn headers(target: &Target) -> HashMap<String, String> {
    let text = |value: &http::HeaderValue| value.to_str().map(str::to_owned).ok();
    target.headers.iter().filter_map(|(name, value)| Some((name.to_string(), text(value)?))).collect()
}

/// Sends on the runtime of the function, whichever thread asks: the SDK's own threads know no runtime.
#[derive(Debug)]
struct Sender {
    client: Client,
    timeout: Duration,
    runtime: Handle,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Why the last try failed.
    trouble: Mutex<Option<String>>,
    fails: AtomicBool,
}

impl Sender {
    /// Needs a runtime around it.
    fn new(target: &Target) -> Self {
        let client = Client::new(target.roots.clone(), Wire::Agreed);
        Self { client, timeout: target.timeout, runtime: Handle::current(), state: Arc::default() }
    }
}

#[async_trait]
impl HttpClient for Sender {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (client, timeout) = (self.client.clone(), self.timeout);
        let (answer, answered) = oneshot::channel();
        self.runtime.spawn(async move { answer.send(client.send(request, timeout).await) });
        let outcome = answered.await.map_err(|_| "the runtime has ended".to_owned());
        let outcome = outcome.and_then(|answer| answer.map_err(|failure| failure.to_string()));
        let trouble = match &outcome {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("status {}", answer.status().as_u16())),
            Err(failure) => Some(failure.clone()),
        };
        *self.state.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
        Ok(outcome?)
    }
}

/// An address without its query, which may hold a key.
struct Shown<'a>(&'a Uri);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let authority = self.0.authority().map_or("", |authority| authority.as_str());
        write!(f, "{}://{authority}{}", self.0.scheme_str().unwrap_or("http"), self.0.path())
    }
}

/// An exporter that says once when it begins to fail, and once when it works again.
pub(super) struct Told<E> {
    exporter: E,
    what: &'static str,
    endpoint: Uri,
    state: Arc<State>,
}

impl<E> Told<E> {
    fn tell(&self, outcome: OTelSdkResult) -> OTelSdkResult {
        let Self { what, state, .. } = self;
        let endpoint = Shown(&self.endpoint);
        if state.fails.swap(outcome.is_err(), Ordering::Relaxed) == outcome.is_err() {
            return outcome;
        }
        match &outcome {
            Ok(()) => tracing::info!(%endpoint, "{what} are exported again"),
            Err(error) => {
                let trouble = state.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let error = trouble.unwrap_or_else(|| error.to_string());
                tracing::warn!(%endpoint, error, "{what} are not exported and get lost");
            }
        }
        outcome
    }
}

impl<E> fmt::Debug for Told<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Told")
            .field("what", &self.what)
            .field("endpoint", &format_args!("{}", Shown(&self.endpoint)))
            .finish_non_exhaustive()
    }
}

impl<E: SpanExporter> SpanExporter for Told<E> {
    async fn export(&self, spans: Vec<SpanData>) -> OTelSdkResult {
        self.tell(self.exporter.export(spans).await)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

impl<E: PushMetricExporter> PushMetricExporter for Told<E> {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        self.tell(self.exporter.export(metrics).await)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn temporality(&self) -> Temporality {
        self.exporter.temporality()
    }
}
