//! How fast is a version read by its number?

use std::io;

use crate::report::Measure;
use crate::stage::Stage;
use crate::workloads::{Workload, read};

/// Resources read, as many as `read` has.
const VERSION_COUNT: u64 = 1000;

pub(crate) const WORKLOAD: Workload = Workload { name: "vread", run };

fn run(stage: &Stage) -> io::Result<Vec<Measure>> {
    read::measure_reads(stage, WORKLOAD.name, VERSION_COUNT, "/_history/1")
}
