//! What the standard variables of OpenTelemetry say, checked.

mod values;

use std::env::{self, VarError};
use std::fs;
use std::time::Duration;

use http::{HeaderMap, Uri};
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::trace::Sampler;

use self::values::{
    boolean, compression, endpoint, exporter, headers, limit, milliseconds, pairs, propagators, protocol, ratio,
    sampler, temporality,
};
use crate::client::Roots;
use crate::config::ConfigError;

/// Where a Collector listens that runs beside the function.
const ENDPOINT: &str = "http://localhost:4318";

const TIMEOUT: Duration = Duration::from_secs(10);

/// What is exported, and how.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) traces: Option<Traces>,
    pub(super) metrics: Option<Metrics>,
    pub(super) propagators: Vec<Propagator>,
    pub(super) service_name: Option<String>,
    pub(super) attributes: Vec<(String, String)>,
}

#[derive(Debug)]
pub(super) struct Traces {
    pub(super) target: Target,
    pub(super) sampler: Sampler,
    pub(super) delay: Duration,
    pub(super) queue: usize,
    pub(super) batch: usize,
}

#[derive(Debug)]
pub(super) struct Metrics {
    pub(super) target: Target,
    pub(super) interval: Duration,
    pub(super) temporality: Temporality,
}

/// Where one kind of telemetry goes.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) endpoint: Uri,
    pub(super) headers: HeaderMap,
    pub(super) timeout: Duration,
    pub(super) roots: Roots,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Propagator {
    TraceContext,
    Baggage,
}

/// The names of the variables that traces and metrics each have, besides those for both.
#[derive(Debug, Clone, Copy)]
struct Signal {
    exporter: &'static str,
    path: &'static str,
    endpoint: &'static str,
    protocol: &'static str,
    headers: &'static str,
    timeout: &'static str,
    certificate: &'static str,
    compression: &'static str,
    client_certificate: &'static str,
    client_key: &'static str,
    /// Another limit of the time that an export takes.
    export_timeout: &'static str,
}

const TRACES: Signal = Signal {
    exporter: "OTEL_TRACES_EXPORTER",
    path: "/v1/traces",
    endpoint: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    protocol: "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    headers: "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    timeout: "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
    certificate: "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
    compression: "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
    client_certificate: "OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE",
    client_key: "OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY",
    export_timeout: "OTEL_BSP_EXPORT_TIMEOUT",
};

const METRICS: Signal = Signal {
    exporter: "OTEL_METRICS_EXPORTER",
    path: "/v1/metrics",
    endpoint: "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    protocol: "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL",
    headers: "OTEL_EXPORTER_OTLP_METRICS_HEADERS",
    timeout: "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT",
    certificate: "OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE",
    compression: "OTEL_EXPORTER_OTLP_METRICS_COMPRESSION",
    client_certificate: "OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE",
    client_key: "OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY",
    export_timeout: "OTEL_METRIC_EXPORT_TIMEOUT",
};

/// What may hold a secret is not shown.
const HIDDEN: &str = "…";

const BOOL: &str = "true or false";
const EXPORTER: &str = "otlp or none";
const ENDPOINTS: &str = "an http or https URL such as http://collector:4318, without a password";
const PROTOCOL: &str = "http/protobuf";
const HEADERS: &str = "pairs such as key=value, separated by commas";
const MILLISECONDS: &str = "a number of milliseconds above 0";
const COUNT: &str = "a number above 0";
const CERTIFICATES: &str = "the path of a file with certificates in PEM";
const COMPRESSION: &str = "gzip or none";
const NO_CLIENT_CERTIFICATE: &str = "nothing, as no client certificate is sent";
const SAMPLERS: &str = "always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off or \
                        parentbased_traceidratio";
const RATIO: &str = "a number from 0 to 1";
const PROPAGATORS: &str = "tracecontext, baggage, both separated by a comma, or none";
const TEMPORALITY: &str = "cumulative, delta or lowmemory";
const BATCH: &str = "a number above 0 and not above OTEL_BSP_MAX_QUEUE_SIZE";

/// Limits that the SDK reads itself, and that it would not complain of.
const LIMITS: [&str; 3] =
    ["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_SPAN_EVENT_COUNT_LIMIT", "OTEL_SPAN_LINK_COUNT_LIMIT"];

impl Settings {
    /// Reads the environment of the process; gives nothing if nothing is switched on.
    pub(super) fn from_env() -> Result<Option<Self>, ConfigError> {
        Self::from_lookup(|name| match env::var(name) {
            Ok(value) => Ok(Some(value)),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => Err(ConfigError::new(name, HIDDEN, "UTF-8 text")),
        })
    }

    pub(super) fn from_lookup(
        look: impl Fn(&'static str) -> Result<Option<String>, ConfigError>,
    ) -> Result<Option<Self>, ConfigError> {
        let vars = Vars { look };
        if vars.read("OTEL_SDK_DISABLED", BOOL, boolean)? == Some(true) {
            return Ok(None);
        }
        let (exports_traces, exports_metrics) = (vars.exports(TRACES)?, vars.exports(METRICS)?);
        if !exports_traces && !exports_metrics {
            return Ok(None);
        }
        let propagators = vars.read("OTEL_PROPAGATORS", PROPAGATORS, propagators)?;
        Ok(Some(Self {
            traces: exports_traces.then(|| vars.traces()).transpose()?,
            metrics: exports_metrics.then(|| vars.metrics()).transpose()?,
            propagators: propagators.unwrap_or_else(|| vec![Propagator::TraceContext, Propagator::Baggage]),
            service_name: vars.read("OTEL_SERVICE_NAME", "a name", |name| Some(name.to_owned()))?,
            attributes: vars.read("OTEL_RESOURCE_ATTRIBUTES", HEADERS, pairs)?.unwrap_or_default(),
        }))
    }
}

struct Vars<F> {
    look: F,
}

impl<F: Fn(&'static str) -> Result<Option<String>, ConfigError>> Vars<F> {
    /// A variable that is empty is not set.
    fn text(&self, name: &'static str) -> Result<Option<String>, ConfigError> {
        let value = (self.look)(name)?;
        Ok(value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()))
    }

    fn read<T>(
        &self,
        name: &'static str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(value) = self.text(name)? else { return Ok(None) };
        parse(&value).map(Some).ok_or_else(|| ConfigError::new(name, value, expected))
    }

    /// What is said for one kind of telemetry, else what is said for all.
    fn either<T>(
        &self,
        names: [&'static str; 2],
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, ConfigError> {
        let [one, all] = names;
        match self.read(one, expected, &parse)? {
            Some(value) => Ok(Some(value)),
            None => self.read(all, expected, &parse),
        }
    }

    /// A name of an exporter switches it on or off; without one, an address switches it on.
    fn exports(&self, signal: Signal) -> Result<bool, ConfigError> {
        if let Some(exports) = self.read(signal.exporter, EXPORTER, exporter)? {
            return Ok(exports);
        }
        Ok(self.text(signal.endpoint)?.is_some() || self.text("OTEL_EXPORTER_OTLP_ENDPOINT")?.is_some())
    }

    fn traces(&self) -> Result<Traces, ConfigError> {
        for name in LIMITS {
            self.read(name, COUNT, limit)?;
        }
        let ratio = self.read("OTEL_TRACES_SAMPLER_ARG", RATIO, ratio)?.unwrap_or(1.0);
        let sampler = self.read("OTEL_TRACES_SAMPLER", SAMPLERS, |name| sampler(name, ratio))?;
        let queue = self.read("OTEL_BSP_MAX_QUEUE_SIZE", COUNT, count)?.unwrap_or(2048);
        let batch =
            self.read("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", BATCH, |text| count(text).filter(|batch| *batch <= queue))?;
        Ok(Traces {
            target: self.target(TRACES)?,
            sampler: sampler.unwrap_or_else(|| Sampler::ParentBased(Box::new(Sampler::AlwaysOn))),
            delay: self.read("OTEL_BSP_SCHEDULE_DELAY", MILLISECONDS, milliseconds)?.unwrap_or(Duration::from_secs(5)),
            queue,
            batch: batch.unwrap_or(512.min(queue)),
        })
    }

    fn metrics(&self) -> Result<Metrics, ConfigError> {
        let interval = self.read("OTEL_METRIC_EXPORT_INTERVAL", MILLISECONDS, milliseconds)?;
        let preference = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE";
        Ok(Metrics {
            target: self.target(METRICS)?,
            interval: interval.unwrap_or(Duration::from_secs(60)),
            temporality: self.read(preference, TEMPORALITY, temporality)?.unwrap_or_default(),
        })
    }

    fn target(&self, signal: Signal) -> Result<Target, ConfigError> {
        let protocols = [signal.protocol, "OTEL_EXPORTER_OTLP_PROTOCOL"];
        self.either(protocols, PROTOCOL, protocol)?;
        self.either([signal.compression, "OTEL_EXPORTER_OTLP_COMPRESSION"], COMPRESSION, compression)?;
        for name in [
            signal.client_certificate,
            signal.client_key,
            "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
            "OTEL_EXPORTER_OTLP_CLIENT_KEY",
        ] {
            self.read(name, NO_CLIENT_CERTIFICATE, |_| None::<()>)?;
        }
        let timeout = self.either([signal.timeout, "OTEL_EXPORTER_OTLP_TIMEOUT"], MILLISECONDS, milliseconds)?;
        let timeout = timeout.unwrap_or(TIMEOUT);
        let most = self.read(signal.export_timeout, MILLISECONDS, milliseconds)?.unwrap_or(timeout);
        Ok(Target {
            endpoint: self.endpoint(signal)?,
            headers: self.headers([signal.headers, "OTEL_EXPORTER_OTLP_HEADERS"])?,
            timeout: timeout.min(most),
            roots: self.roots([signal.certificate, "OTEL_EXPORTER_OTLP_CERTIFICATE"])?,
        })
    }

    /// An address for one kind of telemetry is taken as it is; that for all gets a path of the kind.
    fn endpoint(&self, signal: Signal) -> Result<Uri, ConfigError> {
        for (name, path) in [(signal.endpoint, ""), ("OTEL_EXPORTER_OTLP_ENDPOINT", signal.path)] {
            if let Some(text) = self.text(name)? {
                let shown = if text.contains(['@', '?']) { HIDDEN.to_owned() } else { text.clone() };
                return endpoint(&text, path).ok_or_else(|| ConfigError::new(name, shown, ENDPOINTS));
            }
        }
        Ok(endpoint(ENDPOINT, signal.path).expect("the default is an address"))
    }

    /// They may hold a secret, which no error may show.
    fn headers(&self, names: [&'static str; 2]) -> Result<HeaderMap, ConfigError> {
        for name in names {
            if let Some(text) = self.text(name)? {
                return headers(&text).ok_or_else(|| ConfigError::new(name, HIDDEN, HEADERS));
            }
        }
        Ok(HeaderMap::new())
    }

    fn roots(&self, names: [&'static str; 2]) -> Result<Roots, ConfigError> {
        let mut roots = Roots::public();
        for name in names {
            if let Some(path) = self.text(name)? {
                let added = fs::read(&path).is_ok_and(|pem| roots.add(&pem).is_ok());
                return if added { Ok(roots) } else { Err(ConfigError::new(name, path, CERTIFICATES)) };
            }
        }
        Ok(roots)
    }
}

fn count(text: &str) -> Option<usize> {
    text.parse().ok().filter(|count| *count > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(vars: &[(&str, &str)]) -> Result<Option<Settings>, ConfigError> {
        Settings::from_lookup(|name| {
            Ok(vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
        })
    }

    fn on(vars: &[(&str, &str)]) -> Settings {
        settings(vars).unwrap().unwrap()
    }

    #[test]
    fn nothing_is_on_unless_a_variable_switches_it_on() {
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");
        for off in [
            &[][..],
            &[("OTEL_EXPORTER_OTLP_ENDPOINT", "")],
            &[("OTEL_SERVICE_NAME", "shop"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")],
            &[endpoint, ("OTEL_SDK_DISABLED", "true")],
            &[endpoint, ("OTEL_TRACES_EXPORTER", "none"), ("OTEL_METRICS_EXPORTER", "none")],
        ] {
            assert!(settings(off).unwrap().is_none(), "{off:?}");
        }
    }

    #[test]
    fn traces_and_metrics_are_switched_on_together_or_each_alone() {
        let is_on = |vars: &[(&str, &str)]| {
            let settings = on(vars);
            (settings.traces.is_some(), settings.metrics.is_some())
        };
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");
        assert_eq!(is_on(&[endpoint]), (true, true));
        assert_eq!(is_on(&[endpoint, ("OTEL_SDK_DISABLED", "false")]), (true, true));
        assert_eq!(is_on(&[endpoint, ("OTEL_TRACES_EXPORTER", "none")]), (false, true));
        assert_eq!(is_on(&[("OTEL_TRACES_EXPORTER", "otlp")]), (true, false));
        assert_eq!(is_on(&[("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://collector:4318/")]), (false, true));
    }

    #[test]
    fn an_address_for_all_gets_a_path_and_one_for_a_kind_is_taken_as_it_is() {
        let traces = |vars: &[(&str, &str)]| on(vars).traces.unwrap().target.endpoint.to_string();
        assert_eq!(traces(&[("OTEL_TRACES_EXPORTER", "otlp")]), "http://localhost:4318/v1/traces");
        assert_eq!(traces(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "https://c/otlp/")]), "https://c/otlp/v1/traces");
        let own = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a"), ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://b/in")];
        assert_eq!(traces(&own), "http://b/in");
        assert_eq!(on(&own).metrics.unwrap().target.endpoint, "http://a/v1/metrics");
    }

    #[test]
    fn what_is_said_for_a_kind_wins_over_what_is_said_for_all() {
        let settings = on(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Basic%20YTpi, x-tenant = shop "),
            ("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "x-tenant=metrics"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "4000"),
            ("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "2000"),
            ("OTEL_METRIC_EXPORT_TIMEOUT", "1000"),
        ]);
        let (traces, metrics) = (settings.traces.unwrap().target, settings.metrics.unwrap().target);
        assert_eq!(traces.headers["authorization"], "Basic YTpi");
        assert_eq!(traces.headers["x-tenant"], "shop");
        assert_eq!(metrics.headers["x-tenant"], "metrics");
        assert_eq!(metrics.headers.len(), 1);
        assert_eq!(traces.timeout, Duration::from_secs(4));
        assert_eq!(metrics.timeout, Duration::from_secs(1));
    }

    #[test]
    fn how_spans_are_sampled_and_sent_has_the_defaults_of_the_specification() {
        let settings = on(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318")]);
        let traces = settings.traces.unwrap();
        assert_eq!(format!("{:?}", traces.sampler), "ParentBased(AlwaysOn)");
        assert_eq!((traces.delay, traces.queue, traces.batch), (Duration::from_secs(5), 2048, 512));
        assert_eq!(traces.target.timeout, Duration::from_secs(10));
        let metrics = settings.metrics.unwrap();
        assert_eq!(metrics.interval, Duration::from_secs(60));
        assert_eq!(metrics.temporality, Temporality::Cumulative);
        assert_eq!(settings.propagators, [Propagator::TraceContext, Propagator::Baggage]);
    }

    #[test]
    fn a_sampler_may_have_a_ratio() {
        let sampled = on(&[
            ("OTEL_TRACES_EXPORTER", "otlp"),
            ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
            ("OTEL_TRACES_SAMPLER_ARG", "0.25"),
        ]);
        assert_eq!(format!("{:?}", sampled.traces.unwrap().sampler), "ParentBased(TraceIdRatioBased(0.25))");
    }

    #[test]
    fn attributes_of_the_resource_are_percent_decoded() {
        let vars = [("OTEL_TRACES_EXPORTER", "otlp"), ("OTEL_RESOURCE_ATTRIBUTES", "k8s.pod.name=a%2Cb,team= shop")];
        let expected = [("k8s.pod.name", "a,b"), ("team", "shop")];
        assert_eq!(on(&vars).attributes, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn what_is_known_and_not_here_is_left_out() {
        let vars = [
            ("OTEL_TRACES_EXPORTER", "otlp"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
            ("OTEL_PROPAGATORS", "tracecontext,baggage,b3"),
        ];
        assert_eq!(on(&vars).propagators, [Propagator::TraceContext, Propagator::Baggage]);
    }

    #[test]
    fn what_cannot_be_understood_is_named_with_what_would_be_right() {
        for (name, value, expected) in [
            ("OTEL_SDK_DISABLED", "maybe", BOOL),
            ("OTEL_TRACES_EXPORTER", "zipkin", EXPORTER),
            ("OTEL_METRICS_EXPORTER", "prometheus", EXPORTER),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317", ENDPOINTS),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "grpc://collector", ENDPOINTS),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", PROTOCOL),
            ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/json", PROTOCOL),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "zip", COMPRESSION),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s", MILLISECONDS),
            ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere/ca.pem", CERTIFICATES),
            ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/tls/key.pem", NO_CLIENT_CERTIFICATE),
            ("OTEL_TRACES_SAMPLER", "jaeger_remote", SAMPLERS),
            ("OTEL_TRACES_SAMPLER_ARG", "2", RATIO),
            ("OTEL_PROPAGATORS", "tracecontext,b4", PROPAGATORS),
            ("OTEL_BSP_SCHEDULE_DELAY", "0", MILLISECONDS),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "0", COUNT),
            ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4096", BATCH),
            ("OTEL_BSP_EXPORT_TIMEOUT", "-1", MILLISECONDS),
            ("OTEL_METRIC_EXPORT_INTERVAL", "often", MILLISECONDS),
            ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "sum", TEMPORALITY),
            ("OTEL_SPAN_EVENT_COUNT_LIMIT", "many", COUNT),
            ("OTEL_RESOURCE_ATTRIBUTES", "team", HEADERS),
        ] {
            let vars = [(name, value), ("OTEL_TRACES_EXPORTER", "otlp"), ("OTEL_METRICS_EXPORTER", "otlp")];
            let error = settings(&vars).unwrap_err();
            assert_eq!(error.to_string(), format!("{name} is `{value}`; expected {expected}"));
        }
    }

    #[test]
    fn no_error_shows_a_header_or_a_password() {
        let vars = [("OTEL_TRACES_EXPORTER", "otlp"), ("OTEL_EXPORTER_OTLP_HEADERS", "authorization: Bearer secret")];
        let error = settings(&vars).unwrap_err().to_string();
        assert_eq!(error, format!("OTEL_EXPORTER_OTLP_HEADERS is `…`; expected {HEADERS}"));
        let error = settings(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:secret@collector")]).unwrap_err().to_string();
        assert_eq!(error, format!("OTEL_EXPORTER_OTLP_ENDPOINT is `…`; expected {ENDPOINTS}"));
    }
}
