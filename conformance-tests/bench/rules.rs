//! What do the rules cost: structure, validation, FHIRPath?
//!
//! Without a server and on one thread: the official examples, held against the definitions by our code and, in the
//! same run, by others' where they are at hand. Only what all accept is measured, because refusing ends early.

mod fhirpath;
mod input;
mod invariants;
mod node;
mod options;
mod report;
mod structure;
mod timing;
mod validation;

use std::ffi::OsString;
use std::io;

use options::Options;
use report::Report;

/// Runs the benchmark: `bench rules --suites DIR`.
pub(crate) fn run(arguments: &[OsString]) -> io::Result<()> {
    let Some(options) = Options::parse(arguments)? else {
        println!("{}", options::HELP);
        return Ok(());
    };
    let sets = input::sets(&options)?;
    let mut report = Report::default();
    for set in &sets {
        report.heading(set);
        let accepted = structure::run(set, &options, &mut report)?;
        validation::run(set, &accepted, &options, &mut report);
    }
    if let Some(examples) = sets.first() {
        fhirpath::run(examples, &options, &mut report)?;
    }
    match &options.json {
        Some(path) => report.save(path),
        None => Ok(()),
    }
}
