//! What is printed and kept of a run?

use std::io;
use std::path::Path;

use serde::Serialize;

use super::input::Set;

/// All figures of one run.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    figures: Vec<Figure>,
    ratios: Vec<Ratio>,
}

/// What one of many takes.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    /// What was measured.
    pub(crate) name: String,
    /// On what.
    pub(crate) set: String,
    /// How many.
    pub(crate) count: usize,
    /// Microseconds for one.
    pub(crate) micros: f64,
}

/// How two figures compare, and how they should.
#[derive(Debug, Serialize)]
pub(crate) struct Ratio {
    pub(crate) name: String,
    pub(crate) set: String,
    pub(crate) ratio: f64,
    /// The bar and which side of it is good.
    pub(crate) bar: Bar,
    pub(crate) is_kept: bool,
}

/// What a ratio is held against.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) enum Bar {
    /// It should be no less.
    AtLeast(f64),
    /// It should be no more.
    AtMost(f64),
}

impl Report {
    /// Prints what the figures below have in common.
    pub(crate) fn heading(&self, set: &Set) {
        let bytes: usize = set.samples.iter().map(|sample| sample.bytes).sum();
        let mean = bytes / set.samples.len().max(1);
        println!("\n{}: {} resources of {mean} bytes on average, one thread", set.name, set.samples.len());
    }

    /// Prints and keeps a figure, and hands it back to be compared.
    pub(crate) fn figure(&mut self, figure: Figure) -> Figure {
        println!("  {:<58} {:>10.2} µs  ({} of them)", figure.name, figure.micros, figure.count);
        self.figures.push(figure.clone());
        figure
    }

    /// Prints and keeps how many times as long as the second the first takes.
    pub(crate) fn ratio(&mut self, first: &Figure, second: &Figure, bar: Bar) {
        let ratio = first.micros / second.micros;
        let (is_kept, side, mark) = match bar {
            Bar::AtLeast(mark) => (ratio >= mark, "at least", mark),
            Bar::AtMost(mark) => (ratio <= mark, "at most", mark),
        };
        let verdict = if is_kept { "kept" } else { "MISSED" };
        let name = format!("{} / {}", first.name, second.name);
        println!("  {name:<76} {ratio:>7.2}  {side} {mark}: {verdict}");
        self.ratios.push(Ratio { name, set: first.set.clone(), ratio, bar, is_kept });
    }

    /// Prints what is no figure.
    pub(crate) fn remark(&self, text: &str) {
        println!("  {text}");
    }

    /// Writes the report for later.
    pub(crate) fn save(&self, path: &Path) -> io::Result<()> {
        let mut json = serde_json::to_vec_pretty(self)?;
        json.push(b'\n');
        std::fs::write(path, json)
    }
}
