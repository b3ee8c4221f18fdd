//! What was measured, as a markdown table.

use std::fmt;

/// Metrics in the order in which they came, each with all that was measured of both sides.
pub(crate) struct Table {
    sides: [&'static str; 2],
    rows: Vec<Row>,
}

struct Row {
    metric: String,
    samples: [Vec<f64>; 2],
}

impl Table {
    pub(crate) fn new(sides: [&'static str; 2]) -> Self {
        Self { sides, rows: Vec::new() }
    }

    pub(crate) fn add(&mut self, side: usize, metric: &str, value: f64) {
        let known = self.rows.iter().position(|row| row.metric == metric);
        let row = known.unwrap_or_else(|| {
            self.rows.push(Row { metric: metric.to_owned(), samples: Default::default() });
            self.rows.len() - 1
        });
        self.rows[row].samples[side].push(value);
    }
}

/// Medians; the ratio is the median of the ratios of the rounds, so that what disturbs a round disturbs both sides of it.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [ours, theirs] = self.sides;
        writeln!(f, "| metric | {ours} | {theirs} | ratio |\n|---|--:|--:|--:|")?;
        for Row { metric, samples: [ours, theirs] } in &self.rows {
            let ratios = ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs);
            let ratio = median(ratios);
            let [ours, theirs] = [ours, theirs].map(|samples| rounded(median(samples.iter().copied())));
            writeln!(f, "| {metric} | {ours} | {theirs} | {ratio:.2} |")?;
        }
        Ok(())
    }
}

fn median(samples: impl Iterator<Item = f64>) -> f64 {
    let mut samples: Vec<_> = samples.collect();
    samples.sort_unstable_by(f64::total_cmp);
    samples[samples.len() / 2]
}

fn rounded(value: f64) -> String {
    if value < 100.0 { format!("{value:.2}") } else { format!("{value:.0}") }
}
