//! What is exported, the whole way of a request.

mod counts;
mod spans;

use std::sync::{Arc, Mutex};

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider, SimpleSpanProcessor, SpanData, SpanExporter};
use tracing::level_filters::LevelFilter;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::Registry;

use super::propagation::Propagation;
use super::settings::Propagator;
use super::traces::Traces;
use crate::config::Config;
use crate::function::Function;
use crate::observer::Observer;
use crate::testing::TestClient;

/// Keeps the spans that are exported, in the order in which they end.
#[derive(Debug, Clone, Default)]
struct Spans(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Spans {
    async fn export(&self, spans: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().unwrap().extend(spans);
        Ok(())
    }
}

impl Spans {
    fn all(&self) -> Vec<SpanData> {
        self.0.lock().unwrap().clone()
    }

    /// The only span that there is.
    fn one(&self) -> SpanData {
        let spans = self.all();
        assert_eq!(spans.len(), 1, "{spans:#?}");
        spans.into_iter().next().unwrap()
    }

    fn named(&self, name: &str) -> SpanData {
        let spans = self.all();
        let names: Vec<_> = spans.iter().map(|span| span.name.clone()).collect();
        spans.into_iter().find(|span| span.name == name).unwrap_or_else(|| panic!("no `{name}` in {names:?}"))
    }
}

/// A function whose requests are traced.
struct Traced {
    client: TestClient,
    spans: Spans,
    tracer: SdkTracer,
}

fn traced(function: Function) -> Traced {
    traced_with(function, Config::default(), Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
}

fn traced_with(function: Function, config: Config, sampler: Sampler) -> Traced {
    let spans = Spans::default();
    let processor = SimpleSpanProcessor::new(spans.clone());
    let tracer =
        SdkTracerProvider::builder().with_sampler(sampler).with_span_processor(processor).build().tracer("test");
    let propagation = Propagation::new(&[Propagator::TraceContext, Propagator::Baggage]);
    let observers: Vec<Arc<dyn Observer>> = vec![Arc::new(Traces::new(tracer.clone(), propagation))];
    Traced { client: TestClient::with_config(function, Config { observers, ..config }), spans, tracer }
}

impl Traced {
    /// From now on spans of `tracing` of this thread are exported too.
    fn with_tracing(&self) -> DefaultGuard {
        let layer = super::spans(self.tracer.clone(), LevelFilter::INFO);
        tracing::subscriber::set_default(Registry::default().with(layer))
    }
}

fn attribute(span: &SpanData, name: &str) -> Option<String> {
    span.attributes.iter().find(|it| it.key.as_str() == name).map(|it| it.value.to_string())
}
