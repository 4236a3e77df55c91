//! How fast is a resource read that is probably not in memory?

use std::io;

use crate::report::Measure;
use crate::stage::Stage;
use crate::workloads::{Workload, read};

/// Resources read, two kilobytes each: several times what the server keeps in memory.
const COLD_COUNT: u64 = 120_000;

pub(crate) const WORKLOAD: Workload = Workload { name: "read-cold", run };

fn run(stage: &Stage) -> io::Result<Vec<Measure>> {
    read::measure_reads(stage, WORKLOAD.name, COLD_COUNT, "")
}
