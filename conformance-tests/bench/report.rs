//! What is printed and kept of a run?

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::options::Options;

/// All figures of one run.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) database: String,
    pub(crate) processors: usize,
    pub(crate) seconds: f64,
    pub(crate) rounds: usize,
    pub(crate) measures: Vec<Measure>,
}

/// The figures of one workload at one concurrency; medians over the rounds.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Measure {
    pub(crate) workload: String,
    pub(crate) connections: usize,
    pub(crate) per_second: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    /// Processor time of the server for one request, with what it puts off until it rests.
    pub(crate) cpu_us: f64,
    /// Memory of the server when the workload was done.
    pub(crate) resident_bytes: u64,
    /// The store when the workload was done; unknown for PostgreSQL.
    pub(crate) disk_bytes: Option<u64>,
    pub(crate) ceilings: BTreeMap<String, Share>,
    /// What this workload alone can tell.
    pub(crate) figures: BTreeMap<String, f64>,
}

/// A ceiling and how near the workload came to it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Share {
    pub(crate) per_second: f64,
    pub(crate) ratio: f64,
    pub(crate) cpu_us: f64,
}

impl Report {
    /// A report without figures yet.
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            database: database(options).to_owned(),
            processors: processors(),
            seconds: options.length.as_secs_f64(),
            rounds: options.rounds,
            measures: Vec::new(),
        }
    }

    /// Reads an earlier report.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Ok(serde_json::from_slice(&std::fs::read(path)?)?)
    }

    /// Writes the report for later.
    pub(crate) fn save(&self, path: &Path) -> io::Result<()> {
        let mut json = serde_json::to_vec_pretty(self)?;
        json.push(b'\n');
        std::fs::write(path, json)
    }
}

/// Prints what the figures below have in common.
pub(crate) fn print_heading(options: &Options) {
    println!(
        "{} on {} processors, load generator included; median of {} × {:.1} s",
        database(options),
        processors(),
        options.rounds,
        options.length.as_secs_f64(),
    );
    println!(
        "{:<12} {:>5} {:>9} {:>9} {:>9} {:>7} {:>9} {:>9}  of the ceilings",
        "workload", "conns", "per s", "p50 µs", "p99 µs", "CPU µs", "RSS MB", "disk MB"
    );
}

/// Prints one row.
pub(crate) fn print_measure(measure: &Measure) {
    let ceilings = measure.ceilings.iter().map(|(name, share)| {
        format!("{:.2} of {name} ({:.0}/s, {:.1} µs)", share.ratio, share.per_second, share.cpu_us)
    });
    let figures = measure.figures.iter().map(|(name, figure)| format!("{name} {figure:.3}"));
    println!(
        "{:<10} {:>5} {:>9.0} {:>9.0} {:>9.0} {:>7.1} {:>9.1} {:>9}  {}",
        measure.workload,
        measure.connections,
        measure.per_second,
        measure.p50_us,
        measure.p99_us,
        measure.cpu_us,
        megabytes(measure.resident_bytes),
        measure.disk_bytes.map_or("-".to_owned(), |bytes| format!("{:.1}", megabytes(bytes))),
        ceilings.chain(figures).collect::<Vec<_>>().join(", "),
    );
}

/// Prints how this run differs from an earlier one; above 1 is more.
pub(crate) fn print_comparison(old: &Report, new: &Report) {
    println!("\nnew / old   conns     per s       p99       CPU");
    for measure in &new.measures {
        let before = old
            .measures
            .iter()
            .find(|old| old.workload == measure.workload && old.connections == measure.connections);
        match before {
            Some(old) => println!(
                "{:<11} {:>5} {:>9.2} {:>9.2} {:>9.2}",
                measure.workload,
                measure.connections,
                measure.per_second / old.per_second,
                measure.p99_us / old.p99_us,
                measure.cpu_us / old.cpu_us,
            ),
            None => println!("{:<11} {:>5} was not measured before", measure.workload, measure.connections),
        }
    }
}

fn database(options: &Options) -> &'static str {
    if options.database.is_some() { "PostgreSQL" } else { "SQLite" }
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
