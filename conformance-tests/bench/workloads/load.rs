//! How fast are Synthea's transaction Bundles loaded, and what do they weigh afterwards?

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use conformance_tests::client::Answer;

use crate::ceiling::Ceiling;
use crate::drive::{Script, drive, expect_status};
use crate::gauge;
use crate::options::LEAD;
use crate::report::{Measure, Share};
use crate::samples;
use crate::stage::Stage;
use crate::workloads::Workload;

/// Bundles on their way at the same time. A Bundle is hundreds of resources, so more would only wait.
const CONNECTIONS: usize = 8;

/// A load that takes longer has failed.
const TIME_MAX: Duration = Duration::from_secs(1800);

pub(crate) const WORKLOAD: Workload = Workload { name: "load", run };

/// A Bundle, ready to be sent, and what it holds.
struct Parcel {
    request: Vec<u8>,
    resources: u64,
    compact_bytes: u64,
    /// Where the last four digits of each UUID stand.
    marks: Vec<usize>,
}

impl Parcel {
    /// Makes other patients of a copy: their identifiers are UUIDs, whose last digits become the copy's number. Links
    /// between the entries change alike.
    fn mark(&self, request: &mut [u8], copy: usize) {
        if copy > 0 {
            let digits = format!("{copy:04x}");
            self.marks.iter().for_each(|place| request[*place..place + 4].copy_from_slice(digits.as_bytes()));
        }
    }
}

/// Where the last four digits of each UUID stand.
fn marks(request: &[u8]) -> Vec<usize> {
    const LENGTH: usize = 36;
    let is_uuid = |text: &[u8]| {
        text.iter().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    };
    let mut marks = Vec::new();
    let mut place = 0;
    while place + LENGTH <= request.len() {
        // Most places are ruled out by where a hyphen would stand.
        if request[place + 8] == b'-' && is_uuid(&request[place..place + LENGTH]) {
            marks.push(place + LENGTH - 4);
            place += LENGTH;
        } else {
            place += 1;
        }
    }
    marks
}

fn run(stage: &Stage) -> io::Result<Vec<Measure>> {
    let Some(folder) = &stage.options.synthea else {
        println!("load       was left out: it needs --synthea FOLDER");
        return Ok(Vec::new());
    };
    let server = stage.fresh_server(WORKLOAD.name)?;
    let parcels = Arc::new(parcels(folder, server.process.base())?);
    let memory_per_second = memory_ceiling(stage)?;
    let process = server.process.id();
    let (taken, cpu_before) = (Arc::new(AtomicUsize::new(0)), gauge::cpu_micros(process)?);
    let end = parcels.len() * stage.options.copies;
    let scripts = (0..CONNECTIONS)
        .map(|_| Box::new(Loading { parcels: Arc::clone(&parcels), taken: Arc::clone(&taken), end }) as _);
    let tally = drive(server.process.address(), scripts.collect(), 1, TIME_MAX)?.flawless()?;
    let cpu = gauge::cpu_micros(process)? - cpu_before;

    let copies = stage.options.copies as f64;
    let resources = parcels.iter().map(|parcel| parcel.resources).sum::<u64>() as f64 * copies;
    let compact_bytes = parcels.iter().map(|parcel| parcel.compact_bytes).sum::<u64>() as f64 * copies;
    let per_second = resources / tally.length.as_secs_f64();
    let resident_bytes = gauge::resident_bytes(process)?;
    let resident_bytes_peak = gauge::resident_bytes_peak(process)? as f64 / f64::from(1 << 20);
    // What remains on disk is counted after an orderly end, when the log has gone into the database.
    server.process.stop()?;
    let disk_bytes = server.store.disk_bytes()?;
    stage.loaded.replace(Some(server.store));
    let mut figures = BTreeMap::from([
        ("resources".to_owned(), resources),
        ("RSS peak MB".to_owned(), resident_bytes_peak),
        ("compact JSON MB".to_owned(), compact_bytes / f64::from(1 << 20)),
    ]);
    figures.extend(disk_bytes.map(|bytes| ("disk / compact JSON".to_owned(), bytes as f64 / compact_bytes)));
    let share = Share { per_second: memory_per_second, ratio: per_second / memory_per_second, cpu_us: 0.0 };
    Ok(vec![Measure {
        workload: WORKLOAD.name.to_owned(),
        connections: CONNECTIONS,
        per_second,
        p50_us: tally.times.micros(500),
        p99_us: tally.times.micros(990),
        cpu_us: cpu as f64 / resources,
        resident_bytes,
        disk_bytes,
        ceilings: BTreeMap::from([(Ceiling::Memory.name().to_owned(), share)]),
        figures,
    }])
}

/// Answers from memory in a second: the scale that the promise for loading is given in.
fn memory_ceiling(stage: &Stage) -> io::Result<f64> {
    let connections = *stage.options.connections.iter().max().expect("there is a default");
    let scripts = || (0..connections).map(|worker| Ceiling::Memory.script(worker)).collect();
    let address = stage.ceilings.address();
    drive(address, scripts(), stage.options.generators, LEAD)?.flawless()?;
    Ok(drive(address, scripts(), stage.options.generators, stage.options.length)?.flawless()?.per_second())
}

/// Reads the transaction Bundles of a folder; what else lies there is not theirs.
fn parcels(folder: &Path, base: &str) -> io::Result<Vec<Parcel>> {
    let paths = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut paths = paths.collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let mut parcels = Vec::new();
    for path in paths {
        let text = std::fs::read(&path)?;
        let bundle: serde_json::Value = serde_json::from_slice(&text)?;
        if bundle["resourceType"] != "Bundle" || bundle["type"] != "transaction" {
            continue;
        }
        let entries = bundle["entry"].as_array().map(Vec::as_slice).unwrap_or_default();
        let compact_bytes = entries.iter().map(|entry| entry["resource"].to_string().len() as u64).sum();
        let mut request = Vec::new();
        samples::write_with_body(&mut request, "POST", base, &text);
        let marks = marks(&request);
        parcels.push(Parcel { request, resources: entries.len() as u64, compact_bytes, marks });
    }
    if parcels.is_empty() {
        return Err(io::Error::other(format!("{} holds no transaction Bundles", folder.display())));
    }
    Ok(parcels)
}

struct Loading {
    parcels: Arc<Vec<Parcel>>,
    /// How many were taken, by all connections together.
    taken: Arc<AtomicUsize>,
    end: usize,
}

impl Script for Loading {
    fn next(&mut self, request: &mut Vec<u8>) -> bool {
        let place = self.taken.fetch_add(1, Ordering::Relaxed);
        if place < self.end {
            let parcel = &self.parcels[place % self.parcels.len()];
            request.clone_from(&parcel.request);
            parcel.mark(request, place / self.parcels.len());
        }
        place < self.end
    }

    fn answered(&mut self, answer: &Answer<'_>) -> Result<(), String> {
        expect_status(answer, &[200])
    }
}
