//! The log: one JSON object a line, or readable text on a terminal.

mod fields;
mod requests;

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{SecondsFormat, Utc};
use serde_json::Value;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Registry};

use crate::config::{Config, ConfigError, LogFormat};
use crate::error::excerpt;
use crate::scope::Scope;
use crate::trace::TraceParent;
use fields::Fields;
use requests::Requests;

/// Writes what `tracing` says to stdout from now on, as [`run`](crate::run) and [`serve`](crate::serve) do by themselves, for programs
/// that log before. A subscriber that is there already stays.
///
/// # Errors
///
/// The first variable of the environment that cannot be understood.
///
/// ```
/// kn_func_runtime::init_logging()?;
/// # Ok::<(), kn_func_runtime::ConfigError>(())
/// ```
pub fn init_logging() -> Result<(), ConfigError> {
    let config = Config::from_env()?;
    let subscriber = Registry::default();
    #[cfg(feature = "otel")]
    let subscriber = subscriber.with(crate::otel::late_layer(config.log_level));
    install(subscriber, &config, format(&config, Output::Stdout));
    Ok(())
}

static TO_STDERR: AtomicBool = AtomicBool::new(false);

/// Where lines go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    Stdout,
    /// Where stdout is for the answer.
    Stderr,
}

impl Output {
    fn is_terminal(self) -> bool {
        match self {
            Self::Stdout => io::stdout().is_terminal(),
            Self::Stderr => io::stderr().is_terminal(),
        }
    }

    /// Where lines go now: what is known of it may change after the log has begun.
    fn now() -> Self {
        if TO_STDERR.load(Ordering::Relaxed) { Self::Stderr } else { Self::Stdout }
    }

    fn write(self, line: &str) {
        // There is nobody to tell that the log cannot be written.
        let _ = match self {
            Self::Stdout => io::stdout().lock().write_all(line.as_bytes()),
            Self::Stderr => io::stderr().lock().write_all(line.as_bytes()),
        };
    }
}

/// Writes what `tracing` says from now on, in text also each request; a subscriber that is there already stays.
pub(crate) fn start(config: &mut Config, output: Output) {
    TO_STDERR.store(output == Output::Stderr, Ordering::Relaxed);
    let format = format(config, output);
    if format == LogFormat::Text {
        config.observers.push(Arc::new(Requests));
    }
    let subscriber = Registry::default();
    #[cfg(feature = "otel")]
    let subscriber = subscriber.with(crate::otel::layer());
    install(subscriber, config, format);
}

fn format(config: &Config, output: Output) -> LogFormat {
    config.log_format.unwrap_or(if output.is_terminal() { LogFormat::Text } else { LogFormat::Json })
}

fn install<S>(subscriber: S, config: &Config, format: LogFormat)
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    let subscriber = subscriber.with(Lines { format }.with_filter(filter(config)));
    // Whoever installed another one knows why.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// `RUST_LOG` says what to log of each module, as `LOG_LEVEL` does of all.
fn filter(config: &Config) -> Targets {
    let by_module = config.log_filter.as_ref().and_then(|filter| filter.parse().ok());
    by_module.unwrap_or_else(|| Targets::new().with_default(config.log_level))
}

struct Lines {
    format: LogFormat,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Lines {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
                values.record(fields);
            }
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        for span in context.event_scope(event).into_iter().flat_map(|spans| spans.from_root()) {
            if let Some(of_span) = span.extensions().get::<Fields>() {
                fields.0.extend(of_span.0.iter().cloned());
            }
        }
        event.record(&mut fields);
        let message = fields.take("message");
        Scope::current(|scope| about(scope, &mut fields));
        #[cfg(feature = "otel")]
        if let Some((trace_id, span_id)) = crate::otel::ids() {
            fields.set("trace_id", trace_id);
            fields.set("span_id", span_id);
        }
        let line = match self.format {
            LogFormat::Json => json(event, message, fields),
            LogFormat::Text => text(event, &message, &fields),
        };
        Output::now().write(&line);
    }
}

/// Which request a line belongs to.
fn about(scope: &Scope, fields: &mut Fields) {
    fields.set("request_id", scope.request_id_text());
    if let Some(TraceParent { trace_id, span_id }) = scope.trace() {
        fields.set("trace_id", trace_id);
        fields.set("span_id", span_id);
    }
    if let Some(event) = scope.event().filter(|event| !event.id.is_empty()) {
        fields.set("event_id", event.id.as_str());
        fields.set("event_type", excerpt(&event.ty));
    }
}

fn json(event: &Event<'_>, message: Value, fields: Fields) -> String {
    let metadata = event.metadata();
    let mut line = Fields::default();
    line.set("severity", severity(*metadata.level()));
    line.set("timestamp", Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true));
    line.set("message", message);
    line.set("target", metadata.target());
    let heads = line.0.len();
    for (name, value) in fields.0 {
        // A field of the user's does not take the place of one of ours.
        let is_taken = line.0.iter().take(heads).any(|(head, _)| *head == name);
        line.set(if is_taken { format!("field.{name}") } else { name }, value);
    }
    let mut text = String::from("{");
    for (name, value) in &line.0 {
        let comma = if text.len() > 1 { "," } else { "" };
        let _ = write!(text, "{comma}{}:{value}", Value::from(name.as_str()));
    }
    text.push_str("}\n");
    text
}

fn text(event: &Event<'_>, message: &Value, fields: &Fields) -> String {
    let metadata = event.metadata();
    let now = Utc::now().format("%H:%M:%S%.3f");
    let mut line = format!("{now} {:5} {}: {}", metadata.level(), metadata.target(), plain(message));
    for (name, value) in &fields.0 {
        let _ = write!(line, " {name}={value}");
    }
    line.push('\n');
    line
}

fn plain(message: &Value) -> &str {
    message.as_str().unwrap_or_default()
}

fn severity(level: Level) -> &'static str {
    match level {
        Level::ERROR => "ERROR",
        Level::WARN => "WARNING",
        Level::INFO => "INFO",
        _ => "DEBUG",
    }
}
