//! What is measured of requests and of the process, whoever asks for it: Prometheus or OpenTelemetry.

use std::collections::HashSet;
use std::fs;
use std::sync::{LazyLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use http::Method;

use crate::error::excerpt;
use crate::observer::Outcome;

/// What stands for all that has no name of its own, as OpenTelemetry has it.
pub(crate) const OTHER: &str = "_OTHER";

/// The buckets that OpenTelemetry advises for durations, in seconds.
pub(crate) const SECONDS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// From what fits into a packet to more than the default limit of a request's body.
pub(crate) const BYTES: [f64; 9] =
    [256.0, 1024.0, 4096.0, 16384.0, 65536.0, 262144.0, 1048576.0, 4194304.0, 16777216.0];

/// What a proxy writes into its log for a client that went away before there was an answer.
pub(crate) const CLIENT_GONE: u16 = 499;

/// How many types of events are told apart.
const MOST_EVENT_TYPES: usize = 100;

/// The kernel counts the start of a process in hundredths of a second.
const TICKS: f64 = 100.0;

/// The name of a method; one that no standard has could be anything.
pub(crate) fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        Method::CONNECT => "CONNECT",
        Method::TRACE => "TRACE",
        _ => OTHER,
    }
}

/// The status that a request ended with.
pub(crate) fn status(outcome: &Outcome<'_>) -> u16 {
    outcome.status.map_or(CLIENT_GONE, |status| status.as_u16())
}

/// The types of events that are told apart: the first hundred. Who sends events chooses their types, so there may be any number.
#[derive(Debug, Default)]
pub(crate) struct EventTypes(RwLock<HashSet<String>>);

impl EventTypes {
    /// What to call a type.
    pub(crate) fn name<'a>(&self, ty: &'a str) -> &'a str {
        let ty = excerpt(ty);
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if known.contains(ty) {
            return ty;
        }
        if known.len() >= MOST_EVENT_TYPES {
            return OTHER;
        }
        drop(known);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // Another request may have been faster.
        if known.contains(ty) || (known.len() < MOST_EVENT_TYPES && known.insert(ty.to_owned())) { ty } else { OTHER }
    }
}

/// When the process was first asked for its age, and how old it was then.
static FIRST: LazyLock<(Instant, Duration)> = LazyLock::new(|| (Instant::now(), since_exec().unwrap_or_default()));

/// How old the process is, to a hundredth of a second: since its exec where the kernel tells, else since this was first asked.
pub(crate) fn process_age() -> Duration {
    let (first, age) = *FIRST;
    age + first.elapsed()
}

/// There is no such file elsewhere than on Linux.
fn since_exec() -> Option<Duration> {
    let uptime = fs::read_to_string("/proc/uptime").ok()?;
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    age(&uptime, &stat)
}

fn age(uptime: &str, stat: &str) -> Option<Duration> {
    let now: f64 = uptime.split_whitespace().next()?.parse().ok()?;
    // The second field is the name of the program, which may hold anything; the start is the twenty-second (proc_pid_stat(5)).
    let (_, fields) = stat.rsplit_once(')')?;
    let start: f64 = fields.split_whitespace().nth(19)?.parse().ok()?;
    // Both are rounded, so the process may seem to begin in the future.
    Duration::try_from_secs_f64((now - start / TICKS).max(0.0)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_of_no_standard_has_no_name_of_its_own() {
        assert_eq!(method(&Method::GET), "GET");
        assert_eq!(method(&Method::from_bytes(b"BREW").unwrap()), "_OTHER");
    }

    #[test]
    fn the_first_hundred_types_of_events_are_told_apart() {
        let types = EventTypes::default();
        for number in 0..200 {
            let ty = format!("type.{number}");
            assert_eq!(types.name(&ty), if number < 100 { ty.as_str() } else { OTHER });
        }
        assert_eq!(types.name("type.99"), "type.99");
        assert_eq!(types.name("type.100"), OTHER);
    }

    #[test]
    fn a_long_type_is_cut() {
        assert_eq!(EventTypes::default().name(&"t".repeat(10_000)).len(), 256);
    }

    #[test]
    fn the_age_is_counted_from_the_start_in_ticks() {
        let rest = "S 1 2 3 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 123456 1000 100";
        let age = |uptime: &str, stat: &str| age(uptime, stat).map(|age| (age.as_secs_f64() * 100.0).round());
        assert_eq!(age("1240.06 100.00\n", &format!("7 (function) {rest}")), Some(550.0));
        assert_eq!(age("1240.06 100.00\n", &format!("7 (a ) b (c) {rest}")), Some(550.0));
        assert_eq!(age("1234.55 100.00\n", &format!("7 (function) {rest}")), Some(0.0));
        assert_eq!(age("", ""), None);
        assert_eq!(age("1240.06", "7 (function) S 1"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_kernel_tells_the_start_of_this_process() {
        assert!(since_exec().is_some());
    }
}
