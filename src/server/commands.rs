//! What can be asked of the program?
//!
//! One file a command and one line in [`ALL`]; the command line, its help and the settings' flags are
//! made from that list and from `config::SETTINGS`.

pub(crate) mod backup;
mod check;
mod client;
mod config;
mod load;
mod migrate;
mod package;
mod restore;
mod serve;
mod terminology;
mod user;
mod validate;

use std::ffi::OsString;
use std::future::Future;
use std::io::Write;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, value_parser};

use crate::config::{self as configuration, Configured, SETTINGS, Setting, Settings};
use crate::telemetry;

/// Something that the program can do.
pub(crate) struct Command {
    /// What it is called.
    name: &'static str,
    /// One sentence for people.
    about: &'static str,
    /// Adds what it wants to be told besides settings.
    arguments: fn(clap::Command) -> clap::Command,
    /// Does it.
    run: for<'a> fn(&'a Configured, &'a ArgMatches) -> Running<'a>,
}

/// How a command ended: well, with something found that is wrong, or not at all, for a reason.
pub(crate) type Verdict = Result<ExitCode, String>;

/// A command at work.
type Running<'a> = Pin<Box<dyn Future<Output = Verdict> + 'a>>;

/// Everything that the program can do.
static ALL: &[Command] = &[
    serve::COMMAND,
    migrate::COMMAND,
    load::COMMAND,
    check::COMMAND,
    backup::COMMAND,
    restore::COMMAND,
    package::COMMAND,
    terminology::COMMAND,
    validate::COMMAND,
    client::COMMAND,
    user::COMMAND,
    config::COMMAND,
];

/// Reads the command line, runs one command, and tells the shell how it went.
pub fn run(args: Vec<OsString>) -> ExitCode {
    run_as(args, |_| ())
}

/// The same with settings changed in ways that no file, variable or flag can.
pub fn run_as(args: Vec<OsString>, adjust: fn(&mut Settings)) -> ExitCode {
    let matches = match command_line().try_get_matches_from(args) {
        Ok(matches) => matches,
        Err(answer) => {
            // Help goes to standard output and is no failure; clap knows which is which.
            let _ = answer.print();
            return if answer.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    perform(&matches, adjust).unwrap_or_else(|why| {
        let _ = writeln!(std::io::stderr(), "brigid: {why}");
        ExitCode::FAILURE
    })
}

fn perform(matches: &ArgMatches, adjust: fn(&mut Settings)) -> Verdict {
    let (name, own) = matches.subcommand().expect("clap asks for a command");
    let command =
        ALL.iter().find(|command| command.name == name).expect("clap knows the commands of the list");
    let file = own.get_one::<PathBuf>("config");
    let mut configured =
        configuration::gather(file.map(PathBuf::as_path), &configuration::environment(), &flags(own))?;
    adjust(&mut configured.settings);
    let telling = telemetry::begin(&configured.settings);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start the runtime: {error}"))?;
    let verdict = runtime.block_on((command.run)(&configured, own));
    // Work that was cut off must not hold up the end.
    runtime.shutdown_background();
    if let Some(telling) = telling {
        telling.end();
    }
    verdict
}

fn command_line() -> clap::Command {
    let base = clap::Command::new("brigid")
        .version(env!("CARGO_PKG_VERSION"))
        .about("A FHIR R4 server.")
        .subcommand_required(true)
        .arg_required_else_help(true);
    ALL.iter().fold(base, |line, command| {
        let bare = clap::Command::new(command.name).about(command.about);
        line.subcommand(
            (command.arguments)(bare)
                .next_help_heading("Settings")
                .arg(config_argument())
                .args(SETTINGS.iter().map(argument)),
        )
    })
}

fn config_argument() -> Arg {
    Arg::new("config")
        .long("config")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help("The TOML file with settings; ./brigid.toml, when it is there, unless another is named.")
}

fn argument(setting: &'static Setting) -> Arg {
    let flag = Arg::new(setting.name)
        .long(setting.flag())
        .value_name("VALUE")
        .action(ArgAction::Set)
        .help(setting.meaning);
    match setting.switch {
        true => flag.num_args(0..=1).require_equals(true).default_missing_value("true"),
        false => flag,
    }
}

/// The settings that stand on the command line.
fn flags(matches: &ArgMatches) -> Vec<(&'static str, String)> {
    let given = |setting: &Setting| matches.get_one::<String>(setting.name).cloned();
    SETTINGS.iter().filter_map(|setting| Some((setting.name, given(setting)?))).collect()
}

/// Writes a line to standard output; a reader who has gone away is no reason to stop.
fn tell(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_made() {
        command_line().debug_assert();
    }

    #[test]
    fn a_switch_needs_no_value_and_takes_one() {
        for (flag, expected) in [("--open", "true"), ("--open=false", "false")] {
            let matches = command_line().try_get_matches_from(["brigid", "serve", flag]).expect("understood");
            let (_, own) = matches.subcommand().expect("a command");
            assert_eq!(flags(own), [("open", expected.to_owned())]);
        }
    }
}
