//! Spans of `tracing` for a log that begins before it is known where they go.

use std::sync::OnceLock;

use opentelemetry_sdk::trace::SdkTracer;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::{TRACER, unfiltered};

/// Does nothing until traces are switched on, and never if they are not.
pub(super) struct Late<S>(OnceLock<OpenTelemetryLayer<S, SdkTracer>>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Late<S> {
    pub(super) fn new() -> Self {
        Self(OnceLock::new())
    }

    fn spans(&self) -> Option<&OpenTelemetryLayer<S, SdkTracer>> {
        self.0.get().or_else(|| {
            let (tracer, _) = TRACER.get()?;
            Some(self.0.get_or_init(|| unfiltered(tracer.clone())))
        })
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Late<S> {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(spans) = self.spans() {
            spans.on_new_span(attributes, id, context);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(spans) = self.spans() {
            spans.on_record(id, values, context);
        }
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, context: Context<'_, S>) {
        if let Some(spans) = self.spans() {
            spans.on_follows_from(id, follows, context);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if let Some(spans) = self.spans() {
            spans.on_event(event, context);
        }
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        if let Some(spans) = self.spans() {
            spans.on_enter(id, context);
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        if let Some(spans) = self.spans() {
            spans.on_exit(id, context);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        if let Some(spans) = self.spans() {
            spans.on_close(id, context);
        }
    }
}
