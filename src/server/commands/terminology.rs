//! Which code systems are loaded from releases, and how are they added and removed?
//!
//! A load that was cut off is simply run again and begins anew: a table is one file that stands there whole or not at
//! all, and reading a release takes a minute, so that going on in the middle would save little and would have to trust
//! that the files are still the same.

mod archive;
mod release;

use std::path::Path;
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches};
use terminology::load::{self, Loading, Report};

use super::load::progress::Progress;
use super::{Command, Verdict, tell};
use crate::clock;
use crate::config::{Configured, Settings};
use crate::terminology::{self as place, CodesFile};
use release::Release;

pub(super) const COMMAND: Command = Command {
    name: "terminology",
    about: "Loads, lists and removes code systems from their releases: SNOMED CT and others.",
    arguments,
    run: |configured, matches| Box::pin(async { run(configured, matches) }),
};

fn arguments(command: clap::Command) -> clap::Command {
    let action = Arg::new("action")
        .value_name("ACTION")
        .required(true)
        .value_parser(["load", "list", "remove"])
        .help("load FILE or FOLDER; list; remove URL|VERSION.");
    let which = Arg::new("which")
        .value_name("WHICH")
        .num_args(0..)
        .help("Releases, each a file, a zip archive or a folder; or code systems by URL and version.");
    let url = Arg::new("url")
        .long("url")
        .value_name("URL")
        .action(ArgAction::Set)
        .help("The canonical of the code system, where its files do not tell it.");
    let version = Arg::new("version")
        .long("version")
        .value_name("VERSION")
        .action(ArgAction::Set)
        .help("Its version, where its files do not tell it.");
    command.arg(action).arg(which).arg(url).arg(version)
}

fn run(configured: &Configured, matches: &ArgMatches) -> Verdict {
    let settings = &configured.settings;
    let named: Vec<&String> = matches.get_many("which").into_iter().flatten().collect();
    match (matches.get_one::<String>("action").map(String::as_str), named.is_empty()) {
        (Some("list"), true) => list(settings),
        (Some("list"), false) => Err("`terminology list` takes no names".to_owned()),
        (Some("load"), true) => Err("say which release: a file, a zip archive or a folder".to_owned()),
        (_, true) => Err("say which code system: its URL, or URL|VERSION".to_owned()),
        (action, false) => {
            let _held = place::hold(settings)?;
            for name in named {
                match action {
                    Some("load") => load(settings, matches, Path::new(name))?,
                    _ => remove(settings, name)?,
                }
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn load(settings: &Settings, matches: &ArgMatches, path: &Path) -> Result<(), String> {
    let began = clock::mark();
    let release = Release::find(path)?;
    let progress = Progress::new("KB", Some(release.bytes() >> 10));
    let open = |name: &str| release.open(name, &progress);
    let text = |name: &str| matches.get_one::<String>(name).map(String::as_str);
    let mut loading = Loading::new(&release.listing, &open);
    (loading.url, loading.version) = (text("url"), text("version"));
    let Some((loader, made)) = load::load(&mut loading) else {
        let known: Vec<_> = load::ALL.iter().map(|loader| loader.name).collect();
        return Err(format!("{} is of no format that is known: {}", path.display(), known.join(", ")));
    };
    let report = std::mem::take(&mut loading.report);
    let tables = made.map_err(|refused| format!("{} cannot be loaded: {refused}", path.display()))?;
    drop(progress);
    tell(&format!("{}: {}", path.display(), loader.name));
    for table in &tables {
        let (path, bytes) = place::save(settings, table)?;
        let (name, concepts) = (canonical(&table.about.url, &table.about.version), table.len());
        let seconds = began.elapsed().as_secs_f64();
        tell(&format!(
            "loaded {name}: {concepts} concepts in {seconds:.1} s ({:.0} a second); {} on disk, {} in memory: {}",
            rate(concepts, seconds),
            megabytes(bytes),
            megabytes(table.bytes() as u64),
            path.display()
        ));
    }
    account(&report);
    Ok(())
}

/// Tells what a load read, and what it left out.
fn account(report: &Report) {
    for (what, count) in &report.taken {
        tell(&format!("  {count} {what}"));
    }
    for (why, count) in &report.skipped {
        tell(&format!("  left out: {count} {why}"));
    }
}

fn list(settings: &Settings) -> Verdict {
    let mut code = ExitCode::SUCCESS;
    for file in files(settings)? {
        match file.head() {
            Ok(head) => tell(&format!(
                "{}  {} concepts  {}  loaded {}",
                canonical(&head.about.url, &head.about.version),
                head.concepts,
                megabytes(file.stamp.bytes),
                file.loaded_at()
            )),
            Err(wrong) => {
                tell(&format!("{}: {wrong}", file.path.display()));
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(code)
}

/// Removes a code system by URL and version, by URL alone when only one version is loaded, or by the name of its file.
fn remove(settings: &Settings, named: &str) -> Result<(), String> {
    let files = files(settings)?;
    let is_meant = |file: &&CodesFile| {
        file.name == named
            || file.head().is_ok_and(|head| {
                named == &*head.about.url || named == canonical(&head.about.url, &head.about.version)
            })
    };
    let meant: Vec<&CodesFile> = files.iter().filter(is_meant).collect();
    match meant[..] {
        [] => Err(format!("`{named}` is not loaded")),
        [file] => {
            std::fs::remove_file(&file.path)
                .map_err(|error| format!("cannot remove {}: {error}", file.path.display()))?;
            tell(&format!("removed {named}"));
            Ok(())
        }
        _ => Err(format!("`{named}` is loaded in several versions: say {named}|VERSION")),
    }
}

fn files(settings: &Settings) -> Result<Vec<CodesFile>, String> {
    place::files(settings).map_err(|error| format!("cannot read the folder of loaded code systems: {error}"))
}

fn canonical(url: &str, version: &str) -> String {
    if version.is_empty() { url.to_owned() } else { format!("{url}|{version}") }
}

#[expect(clippy::cast_precision_loss, reason = "a size for people")]
fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn rate(count: usize, seconds: f64) -> f64 {
    count as f64 / seconds.max(0.001)
}
