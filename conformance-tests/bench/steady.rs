//! How fast is a workload that goes on and on, and how near to its ceilings?
//!
//! Ceilings and workload take turns, so that a machine that is slower for a minute is slower for all of them.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use conformance_tests::harness;
use conformance_tests::process::Process;

use crate::ceiling::Ceiling;
use crate::drive::{Script, Tally, drive};
use crate::gauge;
use crate::options::{LEAD, Options};
use crate::report::{Measure, Share};
use crate::stage::{Running, Stage};

/// How long a server's processor time is looked at to tell whether it rests: longer than anything in it waits.
const REST_LOOK: Duration = Duration::from_millis(1200);

/// The processor time that a server takes in that while and rests nevertheless.
const REST_CPU_MICROS: u64 = 20_000;

/// A server that does not come to rest is measured all the same.
const REST_TIME_MAX: Duration = Duration::from_secs(20);

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

/// A server and what is asked of it.
pub(crate) struct Entrant<'a> {
    pub(crate) name: &'static str,
    pub(crate) server: &'a Running,
    /// What the connection of this number says.
    pub(crate) script: &'a dyn Fn(usize) -> Box<dyn Script>,
}

/// Measures at every concurrency that was asked for.
pub(crate) fn measure(stage: &Stage, server: &Running, steady: &Steady<'_>) -> io::Result<Vec<Measure>> {
    let entrant = Entrant { name: steady.name, server, script: steady.script };
    contest(stage, steady.ceilings, &[entrant])
}

/// Measures several servers in turn, beside the same ceilings, at every concurrency that was asked for.
pub(crate) fn contest(
    stage: &Stage,
    ceilings: &[Ceiling],
    entrants: &[Entrant<'_>],
) -> io::Result<Vec<Measure>> {
    let mut measures = Vec::new();
    for connections in &stage.options.connections {
        measures.extend(contest_at(stage, ceilings, entrants, *connections)?);
    }
    Ok(measures)
}

fn contest_at(
    stage: &Stage,
    ceilings: &[Ceiling],
    entrants: &[Entrant<'_>],
    connections: usize,
) -> io::Result<Vec<Measure>> {
    let options = &stage.options;
    let mut reached: BTreeMap<Ceiling, Vec<Turn>> = BTreeMap::new();
    let mut turns: Vec<Vec<Turn>> = entrants.iter().map(|_| Vec::new()).collect();
    for _ in 0..options.rounds {
        for ceiling in ceilings {
            let scripts = |worker| ceiling.script(worker);
            let turn = take_turn(options, &stage.ceilings, connections, &scripts)?;
            reached.entry(*ceiling).or_default().push(turn);
        }
        for (entrant, turns) in entrants.iter().zip(&mut turns) {
            turns.push(take_turn(options, &entrant.server.process, connections, entrant.script)?);
        }
    }
    let measures = entrants.iter().zip(&turns);
    measures.map(|(entrant, turns)| summary(entrant, connections, (turns.as_slice(), &reached))).collect()
}

/// The medians of an entrant's turns, beside those of the ceilings.
fn summary(
    entrant: &Entrant<'_>,
    connections: usize,
    (turns, ceilings): (&[Turn], &BTreeMap<Ceiling, Vec<Turn>>),
) -> io::Result<Measure> {
    let per_second = median(turns, |turn| turn.per_second);
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
        workload: entrant.name.to_owned(),
        connections,
        per_second,
        p50_us: median(turns, |turn| turn.p50_us),
        p99_us: median(turns, |turn| turn.p99_us),
        cpu_us: median(turns, |turn| turn.cpu_us),
        resident_bytes: gauge::resident_bytes(entrant.server.process.id())?,
        disk_bytes: entrant.server.store.disk_bytes()?,
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
    rest(process)?;
    let cpu = gauge::cpu_micros(process.id())? - cpu_before;
    Ok(Turn {
        per_second: tally.per_second(),
        p50_us: tally.times.micros(500),
        p99_us: tally.times.micros(990),
        cpu_us: cpu as f64 / tally.times.total() as f64,
    })
}

/// Waits until a server has done what it put off while it was busy: that counts for what it was asked, and is not to
/// slow down what is measured next.
fn rest(process: &Process) -> io::Result<()> {
    let begun_at = harness::now();
    while begun_at.elapsed() < REST_TIME_MAX {
        let before = gauge::cpu_micros(process.id())?;
        std::thread::sleep(REST_LOOK);
        if gauge::cpu_micros(process.id())? - before <= REST_CPU_MICROS {
            break;
        }
    }
    Ok(())
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
