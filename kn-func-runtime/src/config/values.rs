//! What the values of variables mean.

use std::str::FromStr;
use std::time::Duration;

use http::uri::PathAndQuery;
use tracing::level_filters::LevelFilter;

use super::{LogFormat, MOST_AT_ONCE};
use crate::event::Profile;

pub(super) fn bytes(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim_start() {
        "" | "B" => 1,
        "KB" | "K" | "k" => 1000,
        "MB" | "M" => 1_000_000,
        "GB" | "G" => 1_000_000_000,
        "KiB" | "Ki" => 1 << 10,
        "MiB" | "Mi" => 1 << 20,
        "GiB" | "Gi" => 1 << 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

pub(super) fn duration(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let (number, unit) = text.split_at(digits);
    let seconds = match unit.trim_start() {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    // A thousand years is for ever; further on, adding to the clock fails.
    let forever = 1000.0 * 365.0 * 86400.0;
    let seconds = number.parse::<f64>().ok()? * seconds;
    (seconds <= forever).then(|| Duration::try_from_secs_f64(seconds).ok())?
}

pub(super) fn count(text: &str) -> Option<usize> {
    text.parse().ok().filter(|count| (1..=MOST_AT_ONCE).contains(count))
}

/// More threads than that are a mistake, and a system that refuses them is no way to learn of it.
pub(super) fn workers(text: &str) -> Option<usize> {
    text.parse().ok().filter(|count| (1..=256).contains(count))
}

/// Knative's own: queue-proxy serves on these, and pods share their ports.
const TAKEN: [u16; 7] = [8008, 8012, 8013, 8022, 8112, 9090, 9091];

pub(super) fn metrics_port(text: &str) -> Option<u16> {
    text.parse().ok().filter(|port| !TAKEN.contains(port))
}

pub(super) fn path(text: &str) -> Option<String> {
    let path = PathAndQuery::from_str(text).ok()?;
    (text.starts_with('/') && path.query().is_none() && path.path() == text).then(|| text.to_owned())
}

pub(super) fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

pub(super) fn profile(text: &str) -> Option<Profile> {
    boolean(text).map(|strict| if strict { Profile::Strict } else { Profile::Lenient })
}

pub(super) fn name(text: &str) -> Option<String> {
    text.bytes().all(|byte| byte.is_ascii_graphic()).then(|| text.to_owned())
}

/// The names of Rust, and those of Python, which parliament took.
pub(super) fn level(text: &str) -> Option<LevelFilter> {
    match text.to_ascii_lowercase().as_str() {
        "off" | "disabled" => Some(LevelFilter::OFF),
        "critical" | "error" => Some(LevelFilter::ERROR),
        "warn" | "warning" => Some(LevelFilter::WARN),
        "info" => Some(LevelFilter::INFO),
        "debug" => Some(LevelFilter::DEBUG),
        "trace" | "notset" => Some(LevelFilter::TRACE),
        _ => None,
    }
}

/// Levels, and modules with levels. A module alone would be taken for all of its lines, but it is rather a misspelt level.
pub(super) fn log_filter(text: &str) -> Option<String> {
    let is_module =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'-'));
    let is_directive = |directive: &str| match directive.split_once('=') {
        Some((module, level)) => is_module(module) && level.parse::<LevelFilter>().is_ok(),
        None => directive.parse::<LevelFilter>().is_ok(),
    };
    text.split(',').all(|directive| is_directive(directive.trim())).then(|| text.to_owned())
}

pub(super) fn log_format(text: &str) -> Option<LogFormat> {
    match text.to_ascii_lowercase().as_str() {
        "json" => Some(LogFormat::Json),
        "text" => Some(LogFormat::Text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_have_units() {
        assert_eq!(bytes("512"), Some(512));
        assert_eq!(bytes("10MiB"), Some(10 * 1024 * 1024));
        assert_eq!(bytes("2 KB"), Some(2000));
        assert_eq!(duration("2"), Some(Duration::from_secs(2)));
        assert_eq!(duration("1.5s"), Some(Duration::from_millis(1500)));
        assert_eq!(duration("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(duration("1h"), Some(Duration::from_secs(3600)));
    }

    #[test]
    fn levels_have_the_names_of_rust_and_of_python() {
        assert_eq!(level("WARNING"), level("warn"));
        assert_eq!(level("CRITICAL"), level("error"));
        assert_eq!(level("DISABLED"), Some(LevelFilter::OFF));
        assert_eq!(level("NOTSET"), Some(LevelFilter::TRACE));
    }
}
