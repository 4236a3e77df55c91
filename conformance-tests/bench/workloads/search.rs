//! How fast is what clients ask for all day found, in the store that `load` leaves?
//!
//! Each query is a row of its own. `of a read` is its processor time as a part of what 2 + n plain reads of the same
//! server take, where n is how many entries it returns.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use conformance_tests::chance::Chance;
use conformance_tests::client::{Answer, Connection};

use crate::drive::{Script, expect_status};
use crate::queries::{self, Known, Query};
use crate::report::Measure;
use crate::samples;
use crate::stage::{Running, Stage};
use crate::steady::{Steady, measure};
use crate::workloads::Workload;

pub(crate) const WORKLOAD: Workload = Workload { name: "search", run };

/// What each entry of a searchset begins with.
const ENTRY: &[u8] = b"{\"fullUrl\":";

fn run(stage: &Stage) -> io::Result<Vec<Measure>> {
    let Some(store) = stage.loaded.borrow_mut().take() else {
        println!("search     was left out: it needs the store of `load`");
        return Ok(Vec::new());
    };
    let server = Running { process: store.serve()?, store };
    let known = Arc::new(known(&server)?);
    let mut measures = Vec::new();
    let mut read_cpu_us = 0.0;
    for query in queries::ALL {
        let (asked, entries) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let script = |worker: usize| {
            Box::new(Searching {
                base: server.process.base().to_owned(),
                query,
                known: Arc::clone(&known),
                chance: Chance::from_seed(worker as u64),
                asked: Arc::clone(&asked),
                entries: Arc::clone(&entries),
            }) as _
        };
        for mut measured in
            measure(stage, &server, &Steady { name: query.name, ceilings: &[], script: &script })?
        {
            let returned = entries.load(Ordering::Relaxed) as f64 / asked.load(Ordering::Relaxed) as f64;
            if query.name == queries::READ {
                read_cpu_us = measured.cpu_us;
            }
            let share = measured.cpu_us / (read_cpu_us * (2.0 + returned));
            measured.figures =
                BTreeMap::from([("entries".to_owned(), returned), ("of a read".to_owned(), share)]);
            measures.push(measured);
        }
    }
    server.process.stop()?;
    stage.loaded.replace(Some(server.store));
    Ok(measures)
}

/// What is there to be asked for.
fn known(server: &Running) -> io::Result<Known> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut connection = Connection::open(server.process.address()).await?;
        let mut request = Vec::new();
        let mut pages = BTreeMap::new();
        for (name, path) in queries::FIRST {
            samples::write_get(&mut request, &format!("{}/{path}", server.process.base()));
            let answer = connection.ask(&request).await?;
            expect_status(&answer, &[200]).map_err(io::Error::other)?;
            pages.insert(*name, serde_json::from_slice(answer.body)?);
        }
        Known::read(&pages)
    })
}

struct Searching {
    base: String,
    query: &'static Query,
    known: Arc<Known>,
    chance: Chance,
    asked: Arc<AtomicU64>,
    entries: Arc<AtomicU64>,
}

impl Script for Searching {
    fn next(&mut self, request: &mut Vec<u8>) -> bool {
        let path = (self.query.path)(&self.known, &mut self.chance);
        samples::write_get(request, &format!("{}/{path}", self.base));
        true
    }

    fn answered(&mut self, answer: &Answer<'_>) -> Result<(), String> {
        expect_status(answer, &[200])?;
        let entries = answer.body.windows(ENTRY.len()).filter(|window| *window == ENTRY).count();
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.entries.fetch_add(entries as u64, Ordering::Relaxed);
        Ok(())
    }
}
