//! Which workloads are there?

mod create;
mod load;
mod mix;
mod read;
mod read_cold;
mod startup;
mod update;
mod vread;

use std::io;

use crate::report::Measure;
use crate::stage::Stage;

/// A workload: its name, and how it is measured.
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&Stage) -> io::Result<Vec<Measure>>,
}

/// All of them, in the order in which they run; `startup` starts on the store that `load` leaves.
pub(crate) static ALL: &[Workload] = &[
    read::WORKLOAD,
    read_cold::WORKLOAD,
    vread::WORKLOAD,
    create::WORKLOAD,
    update::WORKLOAD,
    mix::WORKLOAD,
    load::WORKLOAD,
    startup::WORKLOAD,
];
