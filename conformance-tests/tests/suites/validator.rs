//! How often do we and the reference validator agree?
//!
//! The R4 cases of `fhir-test-cases/validator`: for each, whether there is an error at all, and which of the
//! places that the reference complains about we complain about too. Texts are never compared. A case has up
//! to two runs: `base` against what the resource claims itself, and `profile` against a profile that the
//! suite names.
//!
//! A place counts as found when one of ours is the same or one step above or below it: whether a missing
//! element is told of its parent, and a wrong code of the code or the coding, is a matter of taste. In
//! documents the reference counts some entries, sections and references from one instead of zero; that too
//! counts as found. How many are exactly the same is printed beside it.
//!
//! What is not core, and is reported beside it:
//! - `tx`, `tx-advanced`: need the content of SNOMED CT, LOINC and the like;
//! - `terminology server`: all errors of the reference came from such a server (the outcome marks them so);
//! - `packages`: the case is held against a package that is not among the suite's;
//! - `cda`, `logical`, `cdshooks`: instances of models outside FHIR;
//! - `shc`: smart health cards and links, which are no resources;
//! - `fmt`, `json5`: formats that R4 does not have;
//! - `dsig`: digital signatures, which we do not verify;
//! - `xver`: extensions that stand for elements of other FHIR versions;
//! - `package-versioning`: how the reference's package cache chooses between versions;
//! - `matchetype`: patterns by which a test compares a resource, with FHIR's validation beside it.

#![expect(clippy::print_stdout, reason = "how many agree is what the suite is run for")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fhir_profiles::Registry;
use model::{Issue, Severity, Value, json};
use validate::{Level, Request, validate};

use crate::scoreboard::{Scoreboard, suite};
use crate::validation::{layer, on_all_cores, read, registry, rules};

/// Of a hundred core runs, how many verdicts must agree, and of a hundred places how many must be found.
const VERDICTS_MIN: usize = 92;
const PLACES_MIN: usize = 85;

/// Modules that are not core, as the head of this file says.
const APART: &[&str] = &[
    "tx",
    "tx-advanced",
    "cda",
    "logical",
    "cdshooks",
    "shc",
    "fmt",
    "json5",
    "dsig",
    "xver",
    "package-versioning",
    "matchetype",
];

/// One run of a case.
struct Run {
    name: String,
    class: String,
    file: PathBuf,
    definitions: Vec<PathBuf>,
    packages: Vec<String>,
    profile: Option<String>,
    best_practice: bool,
    expected: Expected,
}

/// What the reference says.
struct Expected {
    has_error: bool,
    /// Where its errors are, but for those that a terminology server told it.
    places: BTreeSet<String>,
}

#[test]
fn validator() {
    let Some(folder) = suite("fhir-test-cases/validator") else { return };
    let Some(ground) = registry(&[]) else { return };
    let manifest =
        json::parse(&std::fs::read(folder.join("manifest.json")).expect("readable")).expect("JSON");
    let runs = runs(&folder, &manifest);
    let found = on_all_cores(&runs, |run| issues(run, &ground));
    let mut scoreboard = Scoreboard::default();
    let mut classes: BTreeMap<&str, Tally> = BTreeMap::new();
    for (run, issues) in runs.iter().zip(&found) {
        let verdict = verdict(run, issues);
        classes.entry(&run.class).or_default().count(run, issues, verdict.is_ok());
        if run.class == "core" {
            scoreboard.note(&run.name, verdict);
        }
    }
    for (class, tally) in &classes {
        println!("validator {class}: {tally}");
    }
    let core = &classes["core"];
    scoreboard.settle("validator", (core.runs * VERDICTS_MIN).div_ceil(100));
    assert!(core.found * 100 >= core.places * PLACES_MIN, "{} of {} places found", core.found, core.places);
}

/// How many of a class agree.
#[derive(Default)]
struct Tally {
    runs: usize,
    agreed: usize,
    places: usize,
    found: usize,
    same: usize,
}

impl Tally {
    fn count(&mut self, run: &Run, issues: &[Issue], agreed: bool) {
        self.runs += 1;
        self.agreed += usize::from(agreed);
        let errors = issues.iter().filter(|issue| issue.severity >= Severity::Error);
        let ours: BTreeSet<String> =
            errors.map(|issue| place(issue.expression.as_deref().unwrap_or_default())).collect();
        self.places += run.expected.places.len();
        self.same += run.expected.places.intersection(&ours).count();
        let near = |expected: &&String| ours.iter().any(|ours| is_near(ours, expected));
        self.found += run.expected.places.iter().filter(near).count();
        if run.class == "core" {
            for missed in run.expected.places.iter().filter(|place| !near(place)) {
                println!("missed\t{}\t{missed}", run.name);
            }
        }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { runs, agreed, places, found, same } = self;
        write!(
            out,
            "{agreed} of {runs} verdicts agree, {found} of {places} places found, {same} to the letter"
        )
    }
}

/// Whether two places are the same or one step apart.
fn is_near(one: &str, other: &str) -> bool {
    let parent = |path: &str| path.rsplit_once('.').map(|(parent, _)| parent.to_owned());
    one == other
        || parent(one).as_deref() == Some(other)
        || parent(other).as_deref() == Some(one)
        || counted_from_zero(other).is_some_and(|other| one == other)
}

/// A path into a Bundle's entries with each index less by one; none where one is zero.
fn counted_from_zero(path: &str) -> Option<String> {
    let mut parts = path.split('[');
    let mut counted = parts.next().filter(|first| *first == "Bundle.entry")?.to_owned();
    for part in parts {
        let (index, rest) = part.split_once(']')?;
        let index = index.parse::<usize>().ok()?.checked_sub(1)?;
        counted.push_str(&format!("[{index}]{rest}"));
    }
    Some(counted)
}

/// A path as both sides write it: without the reference's comments and filters, and without the types of
/// choices.
fn place(path: &str) -> String {
    let mut plain = String::new();
    let mut rest = path;
    while let Some(first) = rest.chars().next() {
        let skipped =
            [("/*", "*/"), ("[url=", "]"), (".ofType(", ")")].into_iter().find_map(|(begin, end)| {
                let within = rest.strip_prefix(begin)?;
                Some(within.split_once(end).map_or("", |(_, behind)| behind))
            });
        rest = skipped.unwrap_or_else(|| {
            plain.push(first);
            &rest[first.len_utf8()..]
        });
    }
    plain
}

fn verdict(run: &Run, issues: &[Issue]) -> Result<(), String> {
    let error = crate::validation::first_error(issues);
    match (error, run.expected.has_error) {
        (None, true) => Err(format!("no error, where the reference has them at {:?}", run.expected.places)),
        (Some(error), false) => Err(format!("the reference has no error, and we say {error}")),
        _ => Ok(()),
    }
}

fn issues(run: &Run, ground: &Registry) -> Vec<Issue> {
    let tree = match read(&run.file) {
        Ok(tree) => tree,
        Err(wrong) => return vec![wrong],
    };
    let mut registry = ground.clone();
    for package in &run.packages {
        registry = registry.laid(layer(Path::new(package)));
    }
    registry = registry.with(run.definitions.iter().filter_map(|path| read(path).ok()).flat_map(parts));
    let rules = rules(registry);
    let profiles: Vec<&str> = run.profile.as_deref().into_iter().collect();
    let request = Request { level: Level::Full, profiles: &profiles, best_practice: run.best_practice };
    validate(&rules, &tree, &request)
}

/// A definition, or those in a Bundle of them.
fn parts(tree: Value) -> Vec<Value> {
    if tree.text("resourceType") != Some("Bundle") {
        return vec![tree];
    }
    let entries = tree.get("entry").map_or(&[][..], Value::items);
    entries.iter().filter_map(|entry| entry.get("resource").cloned()).collect()
}

fn runs(folder: &Path, manifest: &Value) -> Vec<Run> {
    let cases = manifest.get("test-cases").expect("the manifest has cases").items();
    let mut names = BTreeSet::new();
    let mut runs = Vec::new();
    for case in cases {
        for (kind, part) in [("base", Some(case)), ("profile", case.get("profile"))] {
            let Some(part) = part else { continue };
            let name = case.text("name").expect("a case has a name");
            let Some(outcome) = outcome(folder, name, kind, part) else { continue };
            // Of a few cases only the outcome is published here.
            if !folder.join(case.text("file").expect("a case has a file")).is_file() {
                continue;
            }
            if names.insert((name, kind)) {
                runs.push(run(folder, (name, kind), (case, part), &outcome));
            }
        }
    }
    runs
}

/// What the reference said: a file, or in the manifest itself; none where it is not published.
fn outcome(folder: &Path, name: &str, kind: &str, part: &Value) -> Option<Value> {
    let java = part.get("java")?;
    if let Some(outcome) = java.get("outcome") {
        return Some(outcome.clone());
    }
    if java
        .get("errorCount")
        .is_some_and(|count| matches!(count, Value::Number(count) if count.as_str() == "0"))
    {
        return Some(Value::Object(model::Object::new()));
    }
    let named = java.as_str().map(|path| folder.join("outcomes").join(path));
    let usual = folder.join(format!("outcomes/java/R4.{}-{kind}.json", name.replace('/', "-")));
    // Some cases name the outcome of another FHIR version.
    let path = Some(usual).filter(|path| path.exists()).or_else(|| named.filter(|path| path.exists()))?;
    json::parse(&std::fs::read(path).ok()?).ok()
}

fn run(folder: &Path, (name, kind): (&str, &str), (case, part): (&Value, &Value), outcome: &Value) -> Run {
    let listed = |of: &Value, member: &str| -> Vec<String> {
        of.get(member)
            .map_or(&[][..], Value::items)
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    };
    let mut definitions =
        [listed(case, "supporting"), listed(case, "supporting5"), listed(case, "profiles")].concat();
    let mut packages = listed(case, "packages");
    let mut profile = None;
    if kind == "profile" {
        definitions.extend(listed(part, "supporting"));
        packages.extend(listed(part, "packages"));
        let source = part.text("source").unwrap_or_default();
        if source.contains("://") {
            profile = Some(source.to_owned());
        } else {
            definitions.push(source.to_owned());
            profile = read(&folder.join(source)).ok().and_then(|tree| tree.text("url").map(str::to_owned));
        }
    }
    let packages: Vec<Option<String>> =
        packages.iter().map(|package| package_file(folder, package)).collect();
    let expected = expected(outcome);
    Run {
        name: format!("{name}/{kind}"),
        class: class(case, packages.iter().all(Option::is_some), &expected, outcome),
        file: folder.join(case.text("file").expect("a case has a file")),
        definitions: definitions.iter().map(|file| folder.join(file)).filter(|path| path.exists()).collect(),
        packages: packages.into_iter().flatten().collect(),
        profile,
        best_practice: case.text("best-practice").is_some_and(|level| level != "Hint"),
        expected,
    }
}

/// Where a package lies: beside the cases, or among the suite's.
fn package_file(folder: &Path, name: &str) -> Option<String> {
    let beside = folder.join(name);
    let path = if beside.is_file() {
        beside
    } else {
        suite("packages")?.join(format!("{}.tgz", name.replace('#', "-")))
    };
    path.is_file().then(|| path.display().to_string())
}

fn class(case: &Value, has_packages: bool, expected: &Expected, outcome: &Value) -> String {
    let module = case.text("module").unwrap_or_default();
    let of_server = errors(outcome).filter(|issue| is_of_server(issue)).count();
    let is_link = case.text("file").is_some_and(|file| file.ends_with(".txt") || file.ends_with(".ndjson"));
    if APART.contains(&module) {
        module.to_owned()
    } else if is_link {
        "shc".to_owned()
    } else if !has_packages {
        "packages".to_owned()
    } else if expected.has_error && of_server == errors(outcome).count() {
        "terminology server".to_owned()
    } else {
        "core".to_owned()
    }
}

fn expected(outcome: &Value) -> Expected {
    let own = errors(outcome).filter(|issue| !is_of_server(issue));
    let first = |issue: &Value| {
        let path = issue.get("expression").or_else(|| issue.get("location"))?;
        path.items().first()?.as_str().map(place)
    };
    Expected { has_error: errors(outcome).next().is_some(), places: own.filter_map(first).collect() }
}

fn errors(outcome: &Value) -> impl Iterator<Item = &Value> {
    let issues = outcome.get("issue").map_or(&[][..], Value::items).iter();
    issues.filter(|issue| matches!(issue.text("severity"), Some("error" | "fatal")))
}

/// Whether a terminology server told the reference of it.
fn is_of_server(issue: &Value) -> bool {
    let extensions = issue.get("extension").map_or(&[][..], Value::items).iter();
    let mut urls = extensions.filter_map(|extension| extension.text("url"));
    urls.any(|url| url.ends_with("/operationoutcome-issue-server"))
}
