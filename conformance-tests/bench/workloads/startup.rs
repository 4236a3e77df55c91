//! How long does it take from the start of the program to its first answer?

use std::collections::BTreeMap;
use std::io;

use conformance_tests::client::{Connection, write_request};
use conformance_tests::harness;
use conformance_tests::process::Process;

use crate::gauge;
use crate::report::Measure;
use crate::stage::{Stage, Store};
use crate::workloads::Workload;

pub(crate) const WORKLOAD: Workload = Workload { name: "startup", run };

fn run(stage: &Stage) -> io::Result<Vec<Measure>> {
    let empty = |round| stage.fresh_store(&format!("empty-{round}"));
    let stores = (0..stage.options.rounds).map(empty).collect::<io::Result<Vec<_>>>()?;
    let mut measures = vec![measure("startup", &stores.iter().collect::<Vec<_>>())?];
    match &*stage.loaded.borrow() {
        Some(store) => measures.push(measure("restart", &vec![store; stage.options.rounds])?),
        None => println!("restart    was left out: it needs the store of `load`"),
    }
    Ok(measures)
}

/// Starts a server on each store and reports the middle one.
fn measure(name: &str, stores: &[&Store]) -> io::Result<Measure> {
    let mut starts = Vec::new();
    for store in stores {
        let begun_at = harness::now();
        let process = store.serve()?;
        first_answer(&process)?;
        let took = begun_at.elapsed().as_secs_f64();
        starts.push((took, gauge::cpu_micros(process.id())?, gauge::resident_bytes(process.id())?));
        process.stop()?;
    }
    starts.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (took, cpu, resident_bytes) = starts[starts.len() / 2];
    Ok(Measure {
        workload: name.to_owned(),
        connections: 1,
        per_second: 1.0 / took,
        p50_us: took * 1e6,
        p99_us: starts[starts.len() - 1].0 * 1e6,
        cpu_us: cpu as f64,
        resident_bytes,
        disk_bytes: stores[0].disk_bytes()?,
        ceilings: BTreeMap::new(),
        figures: BTreeMap::from([("seconds to first answer".to_owned(), took)]),
    })
}

/// Asks what every client asks first.
fn first_answer(process: &Process) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut connection = Connection::open(process.address()).await?;
        let mut request = Vec::new();
        write_request(&mut request, &format!("GET {}/metadata", process.base()), &[], b"");
        match connection.ask(&request).await?.status {
            200 => Ok(()),
            status => Err(io::Error::other(format!("metadata was answered {status}"))),
        }
    })
}
