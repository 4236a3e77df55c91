//! Which resources are measured?

use std::collections::HashSet;
use std::io;
use std::path::Path;

use fhir_profiles::package::{self, PackageError};
use model::{Value, json};

use super::options::Options;

const EXAMPLES: &str = "packages/hl7.fhir.r4.examples-4.0.1.tgz";
const CORE: &str = "packages/hl7.fhir.r4.core-4.0.1.tgz";

/// The sizes of compact JSON that count as 2 KB.
const TWO_KILOBYTES: std::ops::Range<usize> = 1_500..2_500;

/// Resources taken from Bundles: enough not to fit into a processor's caches.
const SAMPLES_MAX: usize = 5_000;

/// Resources that are measured together.
pub(crate) struct Set {
    pub(crate) name: &'static str,
    pub(crate) samples: Vec<Sample>,
}

/// A resource.
pub(crate) struct Sample {
    pub(crate) resource: Value,
    pub(crate) resource_type: String,
    /// The length of its compact JSON.
    pub(crate) bytes: usize,
}

impl Sample {
    fn new(resource: Value) -> Option<Self> {
        let resource_type = resource.text("resourceType")?.to_owned();
        let bytes = json::to_compact(&resource).len();
        Some(Self { resource, resource_type, bytes })
    }

    /// Whether it has the size that figures for single resources are told for.
    pub(crate) fn is_of_two_kilobytes(&self) -> bool {
        TWO_KILOBYTES.contains(&self.bytes)
    }
}

/// Reads what the options name: the official examples first, then Synthea's resources.
pub(crate) fn sets(options: &Options) -> io::Result<Vec<Set>> {
    let mut sets = vec![Set { name: "official examples", samples: examples(&options.suites)? }];
    if let Some(folder) = &options.synthea {
        sets.push(Set { name: "synthea, 2 KB", samples: from_bundles(folder)? });
    }
    Ok(sets)
}

/// The package of examples without the definitions that it repeats.
fn examples(suites: &Path) -> io::Result<Vec<Sample>> {
    let mut definitions = HashSet::new();
    let core = std::fs::read(suites.join(CORE))?;
    package::for_each_resource(&core, "", |name, _| {
        definitions.insert(name.to_owned());
    })
    .map_err(damaged)?;
    let mut samples = Vec::new();
    let archive = std::fs::read(suites.join(EXAMPLES))?;
    package::for_each_resource(&archive, "", |name, resource| {
        if !definitions.contains(name) {
            samples.extend(Sample::new(resource));
        }
    })
    .map_err(damaged)?;
    Ok(samples)
}

fn damaged(error: PackageError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error.to_string())
}

/// The resources of about 2 KB in the Bundles of a folder, in the order of their names.
fn from_bundles(folder: &Path) -> io::Result<Vec<Sample>> {
    let mut paths: Vec<_> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort_unstable();
    let mut samples = Vec::new();
    for path in paths {
        let bundle = json::parse(&std::fs::read(&path)?).map_err(|wrong| {
            io::Error::new(io::ErrorKind::InvalidData, format!("{}: {}", path.display(), wrong.message))
        })?;
        let entries = bundle.get("entry").map_or(&[][..], Value::items);
        let resources = entries.iter().filter_map(|entry| Sample::new(entry.get("resource")?.clone()));
        samples.extend(resources.filter(Sample::is_of_two_kilobytes));
        if samples.len() >= SAMPLES_MAX {
            samples.truncate(SAMPLES_MAX);
            break;
        }
    }
    Ok(samples)
}
