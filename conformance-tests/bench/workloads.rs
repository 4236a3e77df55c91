//! Which workloads are there?

mod apart;
mod create;
mod load;
mod mix;
mod read;
mod read_cold;
mod search;
mod startup;
mod terminology;
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

/// All of them, in the order in which they run; `search` and `startup` use the store that `load` leaves.
pub(crate) static ALL: &[Workload] = &[
    read::WORKLOAD,
    read_cold::WORKLOAD,
    vread::WORKLOAD,
    create::WORKLOAD,
    update::WORKLOAD,
    mix::WORKLOAD,
    apart::WORKLOAD,
    load::WORKLOAD,
    search::WORKLOAD,
    startup::WORKLOAD,
    terminology::WORKLOAD,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_on_the_list_under_its_name() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/bench/workloads");
        let files = std::fs::read_dir(folder).expect("the folder is part of the source");
        let mut files: Vec<_> = files
            .map(|entry| entry.expect("it can be listed").path())
            .filter_map(|path| Some(path.file_stem()?.to_str()?.replace('_', "-")))
            .collect();
        let mut listed: Vec<_> = ALL.iter().map(|workload| workload.name.to_owned()).collect();
        files.sort();
        listed.sort();
        assert_eq!(files, listed);
    }
}
