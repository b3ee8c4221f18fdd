//! How often a sink is tried, and how long is waited between.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::{Duration, SystemTime};

use http::HeaderValue;

/// How often, and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Patience {
    pub(super) retries: u32,
    pub(super) backoff: Duration,
    pub(super) longest_wait: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { retries: 5, backoff: Duration::from_millis(200), longest_wait: Duration::from_secs(10) }
    }
}

impl Patience {
    /// Whether there is another try after so many.
    pub(super) fn allows(&self, tries: u32) -> bool {
        tries <= self.retries
    }

    /// The time to wait after so many tries. What the sink asked for is the least, as far as it is not unreasonable.
    pub(super) fn wait(&self, tries: u32, retry_after: Option<Duration>) -> Duration {
        let whole = self.longest(tries);
        // Senders that failed together should not come back together.
        let cut = whole / 2 / 1000 * (RandomState::new().hash_one(tries) % 1001) as u32;
        let asked = retry_after.unwrap_or_default().min(self.longest_wait);
        (whole - cut).max(asked)
    }

    fn longest(&self, tries: u32) -> Duration {
        let doubled = 2u32.saturating_pow(tries.saturating_sub(1));
        self.backoff.saturating_mul(doubled).min(self.longest_wait)
    }
}

/// The time of a `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date.
pub(super) fn retry_after(value: &HeaderValue) -> Option<Duration> {
    let text = value.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.parse().map_or(Duration::MAX, Duration::from_secs));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLISECOND: Duration = Duration::from_millis(1);

    #[test]
    fn each_wait_is_twice_the_one_before_up_to_the_longest() {
        let patience = Patience::default();
        let waits: Vec<_> = (1..=9).map(|tries| patience.longest(tries).as_millis()).collect();
        assert_eq!(waits, [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000]);
        assert_eq!(patience.longest(u32::MAX), Duration::from_secs(10));
    }

    #[test]
    fn a_wait_is_cut_by_half_at_most() {
        let patience = Patience::default();
        let waits: Vec<_> = (0..1000).map(|_| patience.wait(1, None)).collect();
        assert!(waits.iter().all(|wait| (100 * MILLISECOND..=200 * MILLISECOND).contains(wait)), "{waits:?}");
        assert!(waits.iter().any(|wait| *wait != waits[0]), "all senders wait alike");
    }

    #[test]
    fn what_the_sink_asks_for_is_the_least_up_to_the_longest() {
        let patience = Patience::default();
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(patience.wait(1, seconds(7)), Duration::from_secs(7));
        assert_eq!(patience.wait(1, seconds(3600)), Duration::from_secs(10));
        assert!(patience.wait(5, seconds(0)) >= 1600 * MILLISECOND);
    }

    #[test]
    fn there_is_one_try_more_than_retries() {
        let patience = Patience { retries: 2, ..Patience::default() };
        assert!(patience.allows(2) && !patience.allows(3));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let time = |text: &str| retry_after(&HeaderValue::from_str(text).unwrap());
        assert_eq!(time("120"), Some(Duration::from_secs(120)));
        assert_eq!(time("99999999999999999999999"), Some(Duration::MAX));
        assert_eq!(time("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        let soon = SystemTime::now() + Duration::from_secs(60);
        let left = time(&httpdate::fmt_http_date(soon)).unwrap();
        assert!((58..=60).contains(&left.as_secs()), "{left:?}");
        for text in ["", "-1", "soon", "1.5", "1994-11-06T08:49:37Z"] {
            assert_eq!(time(text), None, "{text}");
        }
    }
}
