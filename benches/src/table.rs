//! What was measured, as a markdown table.

use std::fmt;

/// Metrics in the order in which they came, each with all that was measured of every side.
#[derive(Debug)]
pub struct Table {
    sides: Vec<&'static str>,
    reference: usize,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    metric: String,
    samples: Vec<Vec<f64>>,
}

impl Table {
    /// A table of these sides; the others are compared with the one at `reference`.
    pub fn new(sides: impl Into<Vec<&'static str>>, reference: usize) -> Self {
        Self { sides: sides.into(), reference, rows: Vec::new() }
    }

    /// Adds what was measured of a side.
    pub fn add(&mut self, side: usize, metric: &str, value: f64) {
        let known = self.rows.iter().position(|row| row.metric == metric);
        let row = known.unwrap_or_else(|| {
            self.rows.push(Row { metric: metric.to_owned(), samples: vec![Vec::new(); self.sides.len()] });
            self.rows.len() - 1
        });
        self.rows[row].samples[side].push(value);
    }

    fn others(&self) -> impl Iterator<Item = usize> {
        (0..self.sides.len()).filter(|side| *side != self.reference)
    }
}

/// Medians; a ratio is the median of the ratios of the rounds, so that what disturbs a round disturbs all sides of it.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut heads = vec!["metric".to_owned()];
        heads.extend(self.sides.iter().map(|side| (*side).to_owned()));
        if self.sides.len() == 2 {
            heads.push("ratio".to_owned());
        } else {
            heads.extend(self.others().map(|side| format!("{}, ratio", self.sides[side])));
        }
        writeln!(f, "| {} |\n|---{}|", heads.join(" | "), "|--:".repeat(heads.len() - 1))?;
        for Row { metric, samples } in &self.rows {
            let reference = &samples[self.reference];
            let medians = samples.iter().map(|samples| rounded(median(samples.iter().copied())));
            let ratios = self.others().map(|side| {
                let ratios = samples[side].iter().zip(reference).map(|(one, other)| one / other);
                format!("{:.2}", median(ratios))
            });
            let cells: Vec<_> = medians.chain(ratios).collect();
            writeln!(f, "| {metric} | {} |", cells.join(" | "))?;
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
