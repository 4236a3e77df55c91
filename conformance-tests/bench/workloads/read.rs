//! How fast is a resource read that was read before?

use std::io;

use conformance_tests::chance::Chance;
use conformance_tests::client::Answer;

use crate::ceiling::Ceiling;
use crate::drive::{Script, expect_status};
use crate::report::Measure;
use crate::samples;
use crate::seed;
use crate::stage::Stage;
use crate::steady::{Steady, measure};
use crate::workloads::Workload;

/// Resources read: all of them fit any cache.
const WARM_COUNT: u64 = 1000;

pub(crate) const WORKLOAD: Workload = Workload { name: "read", run };

fn run(stage: &Stage) -> io::Result<Vec<Measure>> {
    measure_reads(stage, WORKLOAD.name, WARM_COUNT, "")
}

/// Measures reads of patients drawn at lot from `count`, with `suffix` behind the id.
pub(super) fn measure_reads(
    stage: &Stage,
    name: &'static str,
    count: u64,
    suffix: &'static str,
) -> io::Result<Vec<Measure>> {
    let server = stage.fresh_server(name)?;
    seed::patients(&server, count)?;
    let base = server.process.base();
    let script = |worker: usize| {
        let chance = Chance::from_seed(worker as u64);
        Box::new(Reading { path: format!("{base}/Patient/s"), suffix, count, chance }) as _
    };
    let ceilings = &[Ceiling::Memory, Ceiling::Point];
    measure(stage, &server, &Steady { name, ceilings, script: &script })
}

struct Reading {
    path: String,
    suffix: &'static str,
    count: u64,
    chance: Chance,
}

impl Script for Reading {
    fn next(&mut self, request: &mut Vec<u8>) -> bool {
        samples::write_get(
            request,
            &format!("{}{}{}", self.path, self.chance.below(self.count), self.suffix),
        );
        true
    }

    fn answered(&mut self, answer: &Answer<'_>) -> Result<(), String> {
        expect_status(answer, &[200])
    }
}
