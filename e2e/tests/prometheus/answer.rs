//! What Prometheus answers to a query: values by labels.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde_json::Value;

/// The values, each with its labels as in `status="200",method="GET"`, in the order of the alphabet.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Answer(BTreeMap<String, f64>);

/// What an answer has to be.
#[derive(Debug)]
pub(crate) enum Expected {
    Exactly(Answer),
    /// What has happened so often while Prometheus watched, as a rate over [`WINDOW`].
    Happened(Answer),
    /// One value without labels.
    Within(RangeInclusive<f64>),
}

/// The seconds that rates are taken over: more than a test takes.
pub(crate) const WINDOW: f64 = 300.0;

impl Answer {
    /// The result of a query for an instant.
    pub(crate) fn of(result: &Value) -> Self {
        let series = result.as_array().into_iter().flatten();
        Self(series.map(|series| (labels(&series["metric"]), value(&series["value"][1]))).collect())
    }

    /// The answer of one value without labels.
    pub(crate) fn one(value: f64) -> Self {
        Self::from([("", value)])
    }

    pub(crate) fn value(&self) -> Option<f64> {
        self.0.get("").copied().filter(|_| self.0.len() == 1)
    }
}

impl<const N: usize> From<[(&str, f64); N]> for Answer {
    fn from(values: [(&str, f64); N]) -> Self {
        Self(values.into_iter().map(|(labels, value)| (labels.to_owned(), value)).collect())
    }
}

fn labels(metric: &Value) -> String {
    let labels = metric.as_object().into_iter().flatten().filter(|(name, _)| *name != "__name__");
    labels.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(",")
}

fn value(text: &Value) -> f64 {
    text.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("`{text}` is no value"))
}

impl Expected {
    pub(crate) fn is(&self, answer: &Answer) -> bool {
        match self {
            Self::Exactly(expected) => answer == expected,
            Self::Within(range) => answer.value().is_some_and(|value| range.contains(&value)),
            Self::Happened(times) => {
                let same = answer.0.keys().eq(times.0.keys());
                same && times.0.values().zip(answer.0.values()).all(|(times, rate)| is_rate(*times, *rate))
            }
        }
    }
}

/// A rate is of a little more than was seen: Prometheus adds what may have happened before its first scrape and after its last.
fn is_rate(times: f64, rate: f64) -> bool {
    let seen = rate * WINDOW;
    (times * 0.999..=times * 1.2).contains(&seen)
}
