//! What does npm's `fhirpath` take for the same?
//!
//! It runs in a process of its own, [`SCRIPT`], which reads what was written for it and prints one line of JSON.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::options::Options;

const SCRIPT: &str = include_str!("fhirpath.mjs");

/// What the script prints.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    /// The version of the package.
    pub(crate) version: String,
    /// What each evaluation came to: a line for each resource, a character for each expression.
    pub(crate) verdicts: Vec<String>,
    /// The nanoseconds of one evaluation that neither engine gave up.
    pub(crate) nanos: f64,
}

/// Runs the script on the input in `exchange`; none where there is no node or no package.
pub(crate) fn run(node_modules: &Path, exchange: &Path, options: &Options) -> io::Result<Option<Answer>> {
    if !node_modules.join("fhirpath/package.json").exists() {
        return Ok(None);
    }
    let script = exchange.join("fhirpath.mjs");
    std::fs::write(&script, SCRIPT)?;
    let mut command = Command::new("node");
    command.arg(&script).arg(std::path::absolute(node_modules)?).arg(exchange);
    command.arg(options.rounds.to_string()).arg(options.length.as_millis().to_string());
    let output = match command.stderr(Stdio::inherit()).output() {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if !output.status.success() {
        return Err(io::Error::other(format!("node ended with {}", output.status)));
    }
    Ok(Some(serde_json::from_slice(&output.stdout)?))
}
