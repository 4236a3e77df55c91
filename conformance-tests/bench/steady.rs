//! How fast is a workload that goes on and on, and how near to its ceilings?
//!
//! Ceilings and workload take turns, so that a machine that is slower for a minute is slower for all of them.

use std::collections::BTreeMap;
use std::io;

use conformance_tests::process::Process;

use crate::ceiling::Ceiling;
use crate::drive::{Script, Tally, drive};
use crate::gauge;
use crate::options::{LEAD, Options};
use crate::report::{Measure, Share};
use crate::stage::{Running, Stage};

/// A workload that goes on and on.
pub(crate) struct Steady<'a> {
    pub(crate) name: &'static str,
    /// What it is compared to.
    pub(crate) ceilings: &'static [Ceiling],
    /// What the connection of this number says.
    pub(crate) script: &'a dyn Fn(usize) -> Box<dyn Script>,
}

/// One measurement of one process.
struct Turn {
    per_second: f64,
    p50_us: f64,
    p99_us: f64,
    cpu_us: f64,
}

/// Measures at every concurrency that was asked for.
pub(crate) fn measure(stage: &Stage, server: &Running, steady: &Steady<'_>) -> io::Result<Vec<Measure>> {
    stage
        .options
        .connections
        .iter()
        .map(|connections| measure_at(stage, server, steady, *connections))
        .collect()
}

fn measure_at(
    stage: &Stage,
    server: &Running,
    steady: &Steady<'_>,
    connections: usize,
) -> io::Result<Measure> {
    let options = &stage.options;
    let mut turns = Vec::new();
    let mut ceilings: BTreeMap<Ceiling, Vec<Turn>> = BTreeMap::new();
    for _ in 0..options.rounds {
        for ceiling in steady.ceilings {
            let scripts = |worker| ceiling.script(worker);
            let turn = take_turn(options, &stage.ceilings, connections, &scripts)?;
            ceilings.entry(*ceiling).or_default().push(turn);
        }
        turns.push(take_turn(options, &server.process, connections, steady.script)?);
    }
    let per_second = median(&turns, |turn| turn.per_second);
    let shares = ceilings.iter().map(|(ceiling, turns)| {
        let ceiling_per_second = median(turns, |turn| turn.per_second);
        let share = Share {
            per_second: ceiling_per_second,
            ratio: per_second / ceiling_per_second,
            cpu_us: median(turns, |turn| turn.cpu_us),
        };
        (ceiling.name().to_owned(), share)
    });
    Ok(Measure {
        workload: steady.name.to_owned(),
        connections,
        per_second,
        p50_us: median(&turns, |turn| turn.p50_us),
        p99_us: median(&turns, |turn| turn.p99_us),
        cpu_us: median(&turns, |turn| turn.cpu_us),
        resident_bytes: gauge::resident_bytes(server.process.id())?,
        disk_bytes: server.store.disk_bytes()?,
        ceilings: shares.collect(),
        figures: BTreeMap::new(),
    })
}

fn take_turn(
    options: &Options,
    process: &Process,
    connections: usize,
    script: &dyn Fn(usize) -> Box<dyn Script>,
) -> io::Result<Turn> {
    let scripts = || (0..connections).map(script).collect();
    let generators = std::cmp::min(options.generators, connections);
    drive(process.address(), scripts(), generators, LEAD)?.flawless()?;
    let cpu_before = gauge::cpu_micros(process.id())?;
    let tally: Tally = drive(process.address(), scripts(), generators, options.length)?.flawless()?;
    let cpu = gauge::cpu_micros(process.id())? - cpu_before;
    Ok(Turn {
        per_second: tally.per_second(),
        p50_us: tally.times.micros(500),
        p99_us: tally.times.micros(990),
        cpu_us: cpu as f64 / tally.times.total() as f64,
    })
}

/// The middle one of several figures.
fn median<T>(list: &[T], figure: impl Fn(&T) -> f64) -> f64 {
    let mut figures: Vec<f64> = list.iter().map(figure).collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one() {
        assert_eq!(median(&[9.0, 1.0, 2.0], |figure| *figure), 2.0);
    }
}
