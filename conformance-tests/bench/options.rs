//! What was asked of this run?

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::workloads;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
usage: bench [WORKLOAD…] [OPTION VALUE]…

workloads: read read-cold vread create update mix apart load search startup terminology (default: all that can run)

  --connections 64     concurrencies, separated by commas
  --seconds 3          length of one measurement
  --rounds 3           measurements of each figure; the median is printed
  --database URL       PostgreSQL instead of SQLite; the user must be allowed to create databases
  --data FOLDER        where the stores of this run are made, to choose the disk (default: the temporary folder)
  --synthea FOLDER     transaction Bundles for `load`
  --copies 5           how often `load` posts each Bundle
  --generators 1       threads that generate load
  --json FILE          write the figures for later
  --compare FILE       print ratios to the figures of an earlier run";

/// Warm-up before each measurement: connections open, caches filled, nothing counted.
pub(crate) const LEAD: Duration = Duration::from_millis(300);

/// The options, all of which have a default.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) workloads: Vec<String>,
    pub(crate) connections: Vec<usize>,
    pub(crate) length: Duration,
    pub(crate) rounds: usize,
    pub(crate) database: Option<String>,
    pub(crate) data: Option<PathBuf>,
    pub(crate) synthea: Option<PathBuf>,
    pub(crate) copies: usize,
    pub(crate) generators: usize,
    pub(crate) json: Option<PathBuf>,
    pub(crate) compare: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            workloads: Vec::new(),
            connections: vec![64],
            length: Duration::from_secs(3),
            rounds: 3,
            database: None,
            data: None,
            synthea: None,
            copies: 5,
            generators: 1,
            json: None,
            compare: None,
        }
    }
}

impl Options {
    /// Reads the command line; none means that help was asked for.
    pub(crate) fn parse(arguments: &[OsString]) -> io::Result<Option<Self>> {
        let mut options = Self::default();
        let mut arguments = arguments.iter().map(|argument| argument.to_string_lossy().into_owned());
        while let Some(argument) = arguments.next() {
            if matches!(argument.as_str(), "--help" | "-h") {
                return Ok(None);
            }
            if let Some(option) = argument.strip_prefix("--") {
                let value = arguments.next().ok_or_else(|| refused(&argument, "a value behind it"))?;
                options.set(option, &value)?;
            } else if workloads::ALL.iter().any(|workload| workload.name == argument) {
                options.workloads.push(argument);
            } else {
                return Err(refused(&argument, "a workload; `--help` lists them"));
            }
        }
        Ok(Some(options))
    }

    /// Whether a workload is part of this run.
    pub(crate) fn wants(&self, workload: &str) -> bool {
        self.workloads.is_empty() || self.workloads.iter().any(|wanted| wanted == workload)
    }

    fn set(&mut self, option: &str, value: &str) -> io::Result<()> {
        match option {
            "connections" => {
                self.connections =
                    value.split(',').map(|part| number(option, part)).collect::<io::Result<_>>()?;
            }
            "seconds" => {
                let seconds =
                    value.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
                self.length = seconds.ok_or_else(|| refused(value, "a number of seconds"))?;
            }
            "rounds" => self.rounds = number(option, value)?,
            "copies" => self.copies = number(option, value)?,
            "generators" => self.generators = number(option, value)?,
            "database" => self.database = Some(value.to_owned()),
            "data" => self.data = Some(value.into()),
            "synthea" => self.synthea = Some(value.into()),
            "json" => self.json = Some(value.into()),
            "compare" => self.compare = Some(value.into()),
            _ => return Err(refused(option, "an option; `--help` lists them")),
        }
        Ok(())
    }
}

fn number(option: &str, value: &str) -> io::Result<usize> {
    value
        .parse()
        .ok()
        .filter(|number| *number > 0)
        .ok_or_else(|| refused(value, &format!("a number for `{option}`")))
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
            Ok(Some(options)) => format!(
                "{:?} {:?} {:?} {}",
                options.workloads, options.connections, options.length, options.rounds
            ),
            Ok(None) => "help".to_owned(),
            Err(error) => error.to_string(),
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn workloads_and_options_may_be_mixed_and_have_defaults() {
        check("", "[] [64] 3s 3");
        check("read --connections 1,16 mix --seconds 0.5", r#"["read", "mix"] [1, 16] 500ms 3"#);
        check("read --help", "help");
    }

    #[test]
    fn what_is_not_understood_is_refused_with_what_was_expected() {
        check("swim", "`swim` was given where a workload; `--help` lists them was expected");
        check("--rounds 0", "`0` was given where a number for `rounds` was expected");
        check("--rounds", "`--rounds` was given where a value behind it was expected");
    }
}
