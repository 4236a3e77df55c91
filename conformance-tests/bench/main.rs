//! How fast is the server, and how near to what the machine could do?
//!
//! Starts the server in a process of its own on a fresh store, drives it over HTTP/1.1 with keep-alive
//! connections, and prints every figure beside ceilings that were measured in the same run on the same
//! machine: the same HTTP stack answering from memory, a bare point read, a bare durable insert.

#![expect(clippy::print_stdout, reason = "a program that reports on the terminal")]

mod ceiling;
mod drive;
mod gauge;
mod histogram;
mod options;
mod queries;
mod release;
mod report;
mod rules;
mod samples;
mod seed;
mod stage;
mod steady;
mod workloads;

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use options::Options;
use report::Report;
use stage::Stage;

/// The server's own allocator, for the server and the ceilings that this program becomes.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let word = |place: usize| arguments.get(place).and_then(|word| word.to_str());
    match word(0) {
        Some("serve" | "check") => server::run(std::env::args_os().collect()),
        Some(stage::WITHOUT_ROWS) => {
            let words = std::env::args_os().map(|word| match word.to_str() {
                Some(stage::WITHOUT_ROWS) => "serve".into(),
                _ => word,
            });
            server::run_as(words.collect(), |settings| settings.rows = server::Rows::None)
        }
        // The workload is called as the command is.
        Some("terminology") if word(1) == Some("load") => server::run(std::env::args_os().collect()),
        Some("rules") => finish(rules::run(&arguments[1..])),
        Some("ceiling") => finish(ceiling::run(&arguments[1..])),
        _ => finish(run(&arguments)),
    }
}

fn finish(result: io::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[OsString]) -> io::Result<()> {
    let Some(options) = Options::parse(arguments)? else {
        println!("{}", options::HELP);
        return Ok(());
    };
    let stage = Stage::set(options)?;
    let mut report = Report::new(&stage.options);
    report::print_heading(&stage.options);
    for workload in workloads::ALL {
        if !stage.options.wants(workload.name) {
            continue;
        }
        for measure in (workload.run)(&stage)? {
            report::print_measure(&measure);
            report.measures.push(measure);
        }
    }
    if let Some(path) = &stage.options.json {
        report.save(path)?;
    }
    if let Some(path) = &stage.options.compare {
        report::print_comparison(&Report::open(path)?, &report);
    }
    Ok(())
}
