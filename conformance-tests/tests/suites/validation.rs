//! What are the validator's suites held against, and where do their resources come from?
//!
//! R4, and on top of it the packages that the reference validator loads too: the terminology that moved out
//! of R4 and the published extensions. All from `SUITES/packages`, read once for the process.

use std::collections::HashMap;
use std::io::Read as _;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use fhir_profiles::layer::Layer;
use fhir_profiles::{Definitions, Registry, package};
use flate2::read::GzDecoder;
use model::{Issue, Severity, Value, json, xml};
use terminology::Terminology;
use validate::Rules;

use crate::scoreboard::suite;

/// Beneath every guide, as for the reference validator.
const GROUND: &[&str] = &["hl7.terminology.r4-7.0.1", "hl7.fhir.uv.extensions.r4-5.3.0-ballot-tc1"];

/// Definitions that instances of a package are held against.
const DEFINITIONS: &[&str] = &[
    "StructureDefinition",
    "ValueSet",
    "CodeSystem",
    "ConceptMap",
    "SearchParameter",
    "NamingSystem",
    "Questionnaire",
    "Measure",
    "Library",
];

/// Rules over R4, the ground, and `more` packages by their file names without ending.
pub(crate) fn registry(more: &[&str]) -> Option<Registry> {
    let mut registry = Registry::clone(&Registry::r4());
    for name in GROUND.iter().chain(more) {
        registry = registry.laid(layer(&suite(&format!("packages/{name}.tgz"))?));
    }
    Some(registry)
}

/// Rules over a registry.
pub(crate) fn rules(registry: Registry) -> Rules {
    let registry = Arc::new(registry);
    Rules::new(Arc::clone(&registry), Arc::new(Terminology::new(registry)))
}

/// The definitions of a package, read once.
pub(crate) fn layer(path: &Path) -> Arc<Layer> {
    static LAYERS: OnceLock<Mutex<HashMap<String, Arc<Layer>>>> = OnceLock::new();
    let layers = LAYERS.get_or_init(Mutex::default);
    let mut layers = layers.lock().expect("no reader of packages panicked");
    let layer = layers.entry(path.display().to_string()).or_insert_with(|| {
        let bytes = std::fs::read(path).expect("the package is readable");
        let read = package::read(&bytes, |resource_type| DEFINITIONS.contains(&resource_type));
        Arc::new(Layer::from_resources(read.expect("the package is whole").resources))
    });
    Arc::clone(layer)
}

/// Every resource of a package that lies in `folder`: its file's name and its tree.
pub(crate) fn resources(path: &Path, folder: &str) -> Vec<(String, Value)> {
    let bytes = std::fs::read(path).expect("the package is readable");
    let mut archive = tar::Archive::new(GzDecoder::new(&bytes[..]));
    let mut found = Vec::new();
    for entry in archive.entries().expect("the package is an archive") {
        let mut entry = entry.expect("the archive is whole");
        let path = entry.path().expect("a name").to_string_lossy().into_owned();
        let name = path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
        let Some(name) = name.filter(|name| !name.contains('/') && !name.starts_with('.')) else { continue };
        let Some(stem) = name.strip_suffix(".json") else { continue };
        let mut text = Vec::new();
        entry.read_to_end(&mut text).expect("the archive is whole");
        if let Ok(tree) = json::parse(&text)
            && tree.text("resourceType").is_some()
        {
            found.push((stem.to_owned(), tree));
        }
    }
    found
}

/// Reads a file in either form.
pub(crate) fn read(path: &Path) -> Result<Value, Issue> {
    let text = std::fs::read(path).unwrap_or_else(|wrong| panic!("{}: {wrong}", path.display()));
    let first = text.iter().find(|byte| !byte.is_ascii_whitespace() && !matches!(byte, 0xef | 0xbb | 0xbf));
    let read = match first {
        Some(b'<') => xml::parse(&text, Definitions::r4()),
        _ => json::parse(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text)),
    };
    read.map_err(Issue::from)
}

/// The first error, as a line for the list of failures.
pub(crate) fn first_error(issues: &[Issue]) -> Option<String> {
    let first = issues.iter().find(|issue| issue.severity >= Severity::Error)?;
    let place = first.expression.as_deref().unwrap_or("-");
    Some(format!("{} at {place}: {}", first.code.as_str(), first.message))
}

/// Does `work` for every item, on all cores, and returns what came of each in order.
pub(crate) fn on_all_cores<I: Sync, O: Send>(items: &[I], work: impl Fn(&I) -> O + Sync) -> Vec<O> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let next = std::sync::atomic::AtomicUsize::new(0);
    let mut done: Vec<(usize, O)> = std::thread::scope(|scope| {
        let worker = || {
            let mut done = Vec::new();
            loop {
                let place = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                let Some(item) = items.get(place) else { return done };
                done.push((place, work(item)));
            }
        };
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("no worker panicked")).collect()
    });
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, outcome)| outcome).collect()
}
