//! Which of these files would be refused, and why?
//!
//! Files are held against R4 and the packages that are installed in the data folder; nothing is stored and no
//! server is asked.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use clap::{Arg, ArgAction, ArgMatches, value_parser};
use fhir_profiles::Definitions;
use model::value::object;
use model::{Code, Issue, Object, Severity, Syntax, Value, json, outcome, xml};
use validate::source::{Form, with_lines};
use validate::{Level, Request, Rules};

use super::load::files::{self, Kind, Source};
use super::{Command, Verdict, tell};
use crate::config::Configured;
use crate::packages;

pub(super) const COMMAND: Command = Command {
    name: "validate",
    about: "Holds files against R4 and the installed packages, and tells what is wrong with them.",
    arguments,
    run: |configured, matches| Box::pin(async { run(configured, matches) }),
};

fn arguments(command: clap::Command) -> clap::Command {
    let paths = Arg::new("paths")
        .value_name("FILES")
        .required(true)
        .num_args(1..)
        .value_parser(value_parser!(PathBuf))
        .help("Files and folders: .json, .xml, .ndjson, also with .gz or .zst.");
    let profile = Arg::new("profile")
        .long("profile")
        .value_name("URL")
        .action(ArgAction::Append)
        .help("A profile to hold every resource against, beyond those that it claims.");
    let level = Arg::new("level")
        .long("level")
        .value_name("LEVEL")
        .value_parser(["structure", "core", "full"])
        .default_value("full")
        .help("How closely to look.");
    let outcomes = Arg::new("outcomes")
        .long("outcomes")
        .action(ArgAction::SetTrue)
        .help("Write an OperationOutcome a line instead of a report.");
    command.arg(paths).arg(profile).arg(level).arg(outcomes)
}

/// What every document is held against, and how it is told.
struct Held<'a> {
    rules: &'a Rules,
    request: Request<'a>,
    telling: Telling,
}

/// How complaints are told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Telling {
    /// One line each, for people and editors.
    Report,
    /// One OperationOutcome a document, for programs.
    Outcomes,
}

/// How much was found.
#[derive(Default)]
struct Count {
    documents: usize,
    errors: usize,
    warnings: usize,
}

fn run(configured: &Configured, matches: &ArgMatches) -> Verdict {
    let paths: Vec<PathBuf> = matches.get_many("paths").into_iter().flatten().cloned().collect();
    let profiles: Vec<&str> =
        matches.get_many::<String>("profile").into_iter().flatten().map(String::as_str).collect();
    let level = match matches.get_one::<String>("level").map(String::as_str) {
        Some("structure") => Level::Structure,
        Some("core") => Level::Core,
        _ => Level::Full,
    };
    if level < Level::Full && !profiles.is_empty() {
        return Err("profiles are checked at level full alone: leave --level or --profile out".to_owned());
    }
    let telling = if matches.get_flag("outcomes") { Telling::Outcomes } else { Telling::Report };
    let rules = packages::rules(&configured.settings)?;
    let held =
        Held { rules: &rules, request: Request { level, profiles: &profiles, best_practice: true }, telling };
    let mut count = Count::default();
    for source in files::find(&paths)? {
        if let Err(error) = examine_all(&held, &source, &mut count) {
            let message = format!("the file cannot be read to its end: {error}");
            held.tell(&source.path, 1, &[Issue::error(Code::NotAResource, message)], &mut count);
        }
    }
    let Count { documents, errors, warnings } = count;
    if telling == Telling::Report {
        tell(&format!("{documents} documents, {errors} errors, {warnings} warnings"));
    }
    Ok(if errors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn examine_all(held: &Held<'_>, source: &Source, count: &mut Count) -> io::Result<()> {
    for document in source.documents(Arc::new(AtomicU64::new(0)))? {
        let document = document?;
        let form = if document.kind == Kind::Xml { Form::Xml } else { Form::Json };
        let issues = match read(&document.text, form) {
            Ok(resource) => {
                let mut issues = validate::validate(held.rules, &resource, &held.request);
                with_lines(&mut issues, &document.text, form);
                issues
            }
            Err(wrong) => vec![Issue::from(wrong)],
        };
        held.tell(&source.path, document.line.unwrap_or(1), &issues, count);
    }
    Ok(())
}

fn read(text: &[u8], form: Form) -> Result<Value, Syntax> {
    match form {
        Form::Json => json::parse(text),
        Form::Xml => xml::parse(text, Definitions::r4()),
    }
}

impl Held<'_> {
    /// Tells what is wrong with a document that begins on a line of the file.
    fn tell(&self, path: &Path, first_line: u64, issues: &[Issue], count: &mut Count) {
        let weighed = |severity| issues.iter().filter(|issue| issue.severity == severity).count();
        count.documents += 1;
        count.errors += weighed(Severity::Error) + weighed(Severity::Fatal);
        count.warnings += weighed(Severity::Warning);
        match self.telling {
            Telling::Report => issues.iter().for_each(|issue| tell(&report(path, first_line, issue))),
            Telling::Outcomes => tell(&outcome_of(path, first_line, issues)),
        }
    }
}

/// The file that an OperationOutcome is about, as the reference validator tells it.
const FILE_EXTENSION: &str = "http://hl7.org/fhir/StructureDefinition/operationoutcome-file";

/// All complaints about a document, with the file's name.
fn outcome_of(path: &Path, first_line: u64, issues: &[Issue]) -> String {
    let placed: Vec<Issue> = issues.iter().map(|issue| in_file(issue, first_line)).collect();
    let file = object([("url", FILE_EXTENSION.into()), ("valueString", path.display().to_string().into())]);
    let outcome = outcome::outcome(&placed);
    let members = outcome.as_object().into_iter().flat_map(|outcome| outcome.iter());
    let mut told = Object::new();
    for (name, value) in members {
        told.set(name, value.clone());
        if name == "resourceType" {
            told.set("extension", vec![file.clone()]);
        }
    }
    String::from_utf8_lossy(&json::to_compact(&told.into())).into_owned()
}

/// The same complaint with its line in the file, of which the document is a part.
fn in_file(issue: &Issue, first_line: u64) -> Issue {
    let offset = usize::try_from(first_line - 1).unwrap_or(usize::MAX);
    Issue { line: issue.line.map(|(line, column)| (line.saturating_add(offset), column)), ..issue.clone() }
}

/// One complaint as compilers write them, so that editors can jump to it.
fn report(path: &Path, first_line: u64, issue: &Issue) -> String {
    let place = match in_file(issue, first_line).line {
        Some((line, column)) => format!("{line}:{column}"),
        None => first_line.to_string(),
    };
    let element = issue.expression.as_deref().map(|expression| format!("{expression}: ")).unwrap_or_default();
    let (severity, code) = (issue.severity.as_str(), issue.code.as_str());
    format!("{}:{place}: {severity}: {element}{} [{code}]", path.display(), issue.message)
}
