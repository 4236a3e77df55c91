//! What was asked of this run?

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
usage: bench rules --suites FOLDER [OPTION VALUE]…

  --suites FOLDER        the public suites: official examples and the official JSON Schema
  --synthea FOLDER       transaction Bundles, whose resources of about 2 KB are measured too
  --node-modules FOLDER  where npm's fhirpath is installed; without it our engine is measured alone
  --exchange FOLDER      where expressions and resources for other engines are written (default: a temporary folder)
  --seconds 2            length of one measurement
  --rounds 3             measurements of each figure; the median is printed
  --json FILE            write the figures for later";

/// The options.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) suites: PathBuf,
    pub(crate) synthea: Option<PathBuf>,
    pub(crate) node_modules: Option<PathBuf>,
    pub(crate) exchange: Option<PathBuf>,
    pub(crate) length: Duration,
    pub(crate) rounds: usize,
    pub(crate) json: Option<PathBuf>,
}

impl Options {
    /// Reads the command line; none means that help was asked for.
    pub(crate) fn parse(arguments: &[OsString]) -> io::Result<Option<Self>> {
        let mut suites = None;
        let mut options = Self {
            suites: PathBuf::new(),
            synthea: None,
            node_modules: None,
            exchange: None,
            length: Duration::from_secs(2),
            rounds: 3,
            json: None,
        };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let name = argument.to_string_lossy();
            if matches!(&*name, "--help" | "-h") {
                return Ok(None);
            }
            let value = arguments.next().ok_or_else(|| refused(&name, "an option with a value behind it"))?;
            let path = PathBuf::from(value);
            match &*name {
                "--suites" => suites = Some(path),
                "--synthea" => options.synthea = Some(path),
                "--node-modules" => options.node_modules = Some(path),
                "--exchange" => options.exchange = Some(path),
                "--json" => options.json = Some(path),
                "--seconds" => options.length = seconds(&value.to_string_lossy())?,
                "--rounds" => options.rounds = count(&value.to_string_lossy())?,
                _ => return Err(refused(&name, "an option; `rules --help` lists them")),
            }
        }
        options.suites = suites.ok_or_else(|| refused("rules", "`rules --suites FOLDER`"))?;
        Ok(Some(options))
    }
}

fn seconds(value: &str) -> io::Result<Duration> {
    let length = value.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    length.ok_or_else(|| refused(value, "a number of seconds"))
}

fn count(value: &str) -> io::Result<usize> {
    value.parse().ok().filter(|count| *count > 0).ok_or_else(|| refused(value, "a number of rounds"))
}

fn refused(given: &str, expected: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("`{given}` was given where {expected} was expected"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(arguments: &str, expected: &str) {
        let arguments: Vec<OsString> = arguments.split_whitespace().map(Into::into).collect();
        let shown = match Options::parse(&arguments) {
            Ok(Some(options)) => format!("{:?} {:?} {}", options.suites, options.length, options.rounds),
            Ok(None) => "help".to_owned(),
            Err(error) => error.to_string(),
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn the_suites_are_needed_and_all_else_has_a_default() {
        check("--suites here", r#""here" 2s 3"#);
        check("--rounds 5 --suites here --seconds 0.5", r#""here" 500ms 5"#);
        check("", "`rules` was given where `rules --suites FOLDER` was expected");
        check("--suites here --help", "help");
    }

    #[test]
    fn what_is_not_understood_is_refused_with_what_was_expected() {
        check("--rounds 0", "`0` was given where a number of rounds was expected");
        check("--swim 1", "`--swim` was given where an option; `rules --help` lists them was expected");
        check("--suites", "`--suites` was given where an option with a value behind it was expected");
    }
}
