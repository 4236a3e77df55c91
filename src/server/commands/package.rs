//! Which packages are installed, and how are they added and removed?

use std::path::Path;
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches};
use fhir_profiles::packages::{Fetch, FetchError, Packages, PackagesError, Unavailable};

use super::{Command, Verdict, tell};
use crate::config::{Configured, Settings};
use crate::packages::{self, WebRegistry, told};

pub(super) const COMMAND: Command = Command {
    name: "package",
    about: "Adds, lists and removes packages of profiles, value sets and search parameters.",
    arguments,
    run: |configured, matches| Box::pin(async { run(configured, matches) }),
};

fn arguments(command: clap::Command) -> clap::Command {
    let action = Arg::new("action")
        .value_name("ACTION")
        .required(true)
        .value_parser(["add", "list", "remove"])
        .help("add FILE.tgz or NAME@VERSION; list; remove NAME@VERSION.");
    let which = Arg::new("packages")
        .value_name("PACKAGES")
        .num_args(0..)
        .help("Archives, or names with versions; without a version the newest is meant.");
    let missing = Arg::new("without-dependencies")
        .long("without-dependencies")
        .action(ArgAction::SetTrue)
        .help("Go on when a package that another one needs is not to be had.");
    command.arg(action).arg(which).arg(missing)
}

fn run(configured: &Configured, matches: &ArgMatches) -> Verdict {
    let named: Vec<&str> =
        matches.get_many::<String>("packages").into_iter().flatten().map(String::as_str).collect();
    let action = matches.get_one::<String>("action").map(String::as_str);
    if action == Some("list") {
        return match named.as_slice() {
            [] => list(&configured.settings),
            _ => Err("`package list` takes no names".to_owned()),
        };
    }
    if named.is_empty() {
        return Err("say which package: an archive, or a name and version".to_owned());
    }
    let _held = packages::hold(&configured.settings)?;
    let mut packages = packages::open(&configured.settings)?;
    for name in named {
        match action {
            Some("add") => add(&mut packages, name, configured, matches)?,
            _ => remove(&mut packages, name)?,
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn add(
    packages: &mut Packages,
    name: &str,
    configured: &Configured,
    matches: &ArgMatches,
) -> Result<(), String> {
    let unavailable = match matches.get_flag("without-dependencies") {
        true => Unavailable::PassOver,
        false => Unavailable::Refuse,
    };
    let registry = configured.settings.package_registry.as_ref().map(WebRegistry::new);
    let source = Source { registry, asked: name, unavailable };
    // A name that is a file, or looks like one, is an archive.
    let added = if name.ends_with(".tgz") || name.ends_with(".tar.gz") || Path::new(name).is_file() {
        let archive = std::fs::read(name).map_err(|error| format!("cannot read {name}: {error}"))?;
        packages.add(&archive, &source, unavailable)
    } else {
        packages.add_named(name, &source, unavailable)
    };
    let added = added.map_err(|error| source.told(name, &error))?;
    added.warnings.iter().for_each(|warning| tell(&format!("warning: {warning}")));
    added.packages.iter().for_each(|package| tell(&format!("added {}", package.label())));
    Ok(())
}

/// The registry, if one is set.
struct Source<'a> {
    registry: Option<WebRegistry>,
    asked: &'a str,
    unavailable: Unavailable,
}

impl Source<'_> {
    /// What the registry says of a package. One that does not answer is as good as one that has nothing, when
    /// dependencies may be missing.
    fn ask<T>(
        &self,
        name: &str,
        question: impl FnOnce(&WebRegistry) -> Result<T, FetchError>,
    ) -> Result<T, FetchError> {
        let answer = self.registry.as_ref().ok_or(FetchError::Unknown).and_then(question);
        let is_asked_for = self.asked.split(['@', '#']).next() == Some(name);
        match answer {
            Err(FetchError::Failed(reason)) if self.unavailable == Unavailable::PassOver && !is_asked_for => {
                tell(&format!("warning: fetching `{name}` failed: {reason}"));
                Err(FetchError::Unknown)
            }
            other => other,
        }
    }

    /// Why nothing was added, with what a person can do about it.
    fn told(&self, asked: &str, error: &PackagesError) -> String {
        let why = told(error);
        let is_dependency = |package: &str| package.split('#').next() != asked.split(['@', '#']).next();
        let without = "add it from a file before, or go on without it by --without-dependencies";
        match error {
            PackagesError::Unavailable { by: Some(_), .. } => format!("{why}; {without}"),
            PackagesError::Fetch { package, .. } if is_dependency(package) => format!("{why}; {without}"),
            PackagesError::Unavailable { by: None, .. } if self.registry.is_none() => {
                format!("{why}: `package_registry` is empty, so that packages come from files alone")
            }
            _ => why,
        }
    }
}

impl Fetch for Source<'_> {
    fn versions(&self, name: &str) -> Result<Vec<String>, FetchError> {
        self.ask(name, |registry| registry.versions(name))
    }

    fn fetch(&self, name: &str, version: &str) -> Result<Vec<u8>, FetchError> {
        self.ask(name, |registry| registry.fetch(name, version))
    }
}

fn remove(packages: &mut Packages, named: &str) -> Result<(), String> {
    let (name, version) = version(packages, named)?;
    packages.remove(&name, &version).map_err(|error| told(&error))?;
    tell(&format!("removed {name}#{version}"));
    Ok(())
}

fn list(settings: &Settings) -> Verdict {
    let packages = packages::open(settings)?;
    tell("hl7.fhir.r4.core#4.0.1  http://hl7.org/fhir  built in");
    for package in packages.list() {
        tell(format!("{}  {}", package.label(), package.canonical).trim_end());
    }
    Ok(ExitCode::SUCCESS)
}

/// The name and version; the version may be left out when only one is installed.
fn version(packages: &Packages, named: &str) -> Result<(String, String), String> {
    if let Some((name, version)) = named.split_once(['@', '#']) {
        return Ok((name.to_owned(), version.to_owned()));
    }
    let mut installed = packages.list().iter().filter(|package| package.name == named);
    match (installed.next(), installed.next()) {
        (Some(package), None) => Ok((package.name.clone(), package.version.clone())),
        (None, _) => Err(format!("`{named}` is not installed")),
        (Some(_), Some(_)) => Err(format!("`{named}` is installed in several versions: say {named}@VERSION")),
    }
}
