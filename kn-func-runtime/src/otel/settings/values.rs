//! What the values of variables mean.

use std::borrow::Cow;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::trace::Sampler;
use percent_encoding::percent_decode_str;

use super::Propagator;
use crate::client::is_reachable;

pub(super) fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// Whether it exports.
pub(super) fn exporter(text: &str) -> Option<bool> {
    match text {
        "otlp" => Some(true),
        "none" => Some(false),
        _ => None,
    }
}

pub(super) fn endpoint(text: &str, path: &str) -> Option<Uri> {
    let base = if path.is_empty() { text } else { text.trim_end_matches('/') };
    format!("{base}{path}").parse().ok().filter(is_reachable)
}

pub(super) fn protocol(text: &str) -> Option<()> {
    (text == "http/protobuf").then_some(())
}

/// A Collector takes what is not compressed too.
pub(super) fn compression(text: &str) -> Option<()> {
    matches!(text, "none" | "gzip").then_some(())
}

pub(super) fn milliseconds(text: &str) -> Option<Duration> {
    // A year is as good as for ever; further on, adding to the clock may fail.
    let most = 365 * 86_400_000;
    text.parse().ok().filter(|milliseconds| (1..=most).contains(milliseconds)).map(Duration::from_millis)
}

pub(super) fn limit(text: &str) -> Option<u32> {
    text.parse().ok()
}

pub(super) fn ratio(text: &str) -> Option<f64> {
    text.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio))
}

pub(super) fn sampler(name: &str, ratio: f64) -> Option<Sampler> {
    let parent_based = |root| Some(Sampler::ParentBased(Box::new(root)));
    match name {
        "always_on" => Some(Sampler::AlwaysOn),
        "always_off" => Some(Sampler::AlwaysOff),
        "traceidratio" => Some(Sampler::TraceIdRatioBased(ratio)),
        "parentbased_always_on" => parent_based(Sampler::AlwaysOn),
        "parentbased_always_off" => parent_based(Sampler::AlwaysOff),
        "parentbased_traceidratio" => parent_based(Sampler::TraceIdRatioBased(ratio)),
        _ => None,
    }
}

pub(super) fn propagators(list: &str) -> Option<Vec<Propagator>> {
    if list == "none" {
        return Some(Vec::new());
    }
    let mut known = Vec::new();
    for name in list.split(',') {
        match name.trim() {
            "tracecontext" => known.push(Propagator::TraceContext),
            "baggage" => known.push(Propagator::Baggage),
            // Nothing on Knative speaks them.
            "b3" | "b3multi" | "jaeger" | "xray" | "ottrace" => {}
            _ => return None,
        }
    }
    Some(known)
}

pub(super) fn temporality(text: &str) -> Option<Temporality> {
    text.to_ascii_lowercase().parse().ok()
}

/// Names and percent-encoded values, as in the header of W3C Baggage.
pub(super) fn pairs(list: &str) -> Option<Vec<(String, String)>> {
    let pair = |text: &str| {
        let (name, value) = text.split_once('=')?;
        let (name, value) = (name.trim(), percent_decode_str(value.trim()).decode_utf8().map(Cow::into_owned).ok()?);
        (!name.is_empty()).then(|| (name.to_owned(), value))
    };
    list.split(',').filter(|text| !text.trim().is_empty()).map(pair).collect()
}

pub(super) fn headers(list: &str) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs(list)? {
        let mut value = HeaderValue::try_from(value).ok()?;
        // It may be a key to the Collector.
        value.set_sensitive(true);
        headers.insert(HeaderName::try_from(name).ok()?, value);
    }
    Some(headers)
}
