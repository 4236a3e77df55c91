//! What must be installed for this package to work?
//!
//! The package and, before it, what it needs: from what is there, or fetched. Nothing is written here; the plan is
//! carried out as a whole or not at all. Versions: <https://confluence.hl7.org/display/FHIR/NPM+Package+Specification>.

use std::sync::Arc;

use model::Value;
use model::limits::ISSUES_MAX;

use super::{Installed, Need, PackagesError};
use crate::facts;
use crate::layer::{self, Layer};
use crate::limits::{DEPENDENCY_DEPTH_MAX, PACKAGES_MAX};
use crate::package::{self, Dependency, Package};
use crate::registry::Registry;
use crate::snapshot;
use crate::version;

/// The package that is part of the server.
pub(super) const CORE: &str = "hl7.fhir.r4.core";

/// Where packages come from that are not there.
pub trait Fetch {
    /// The versions of the package that are to be had.
    fn versions(&self, name: &str) -> Result<Vec<String>, FetchError>;

    /// The archive of the package in this very version.
    fn fetch(&self, name: &str, version: &str) -> Result<Vec<u8>, FetchError>;
}

/// Why a package was not fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchError {
    /// There is no such package, or none in this version.
    Unknown,
    /// Fetching failed, for this reason.
    Failed(String),
}

/// A source without packages, for servers that reach none.
pub struct Offline;

impl Fetch for Offline {
    fn versions(&self, _: &str) -> Result<Vec<String>, FetchError> {
        Err(FetchError::Unknown)
    }

    fn fetch(&self, _: &str, _: &str) -> Result<Vec<u8>, FetchError> {
        Err(FetchError::Unknown)
    }
}

/// What to do when a package that another one needs is not to be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unavailable {
    /// Nothing is installed.
    Refuse,
    /// The rest is installed, with a warning: what refers to the missing one cannot be checked.
    PassOver,
}

/// What adding a package did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// What was installed, each behind what it needs.
    pub packages: Vec<Installed>,
    /// What a person should know about it.
    pub warnings: Vec<String>,
}

/// What is to be written.
pub(super) struct Plan {
    pub(super) packages: Vec<Planned>,
    pub(super) warnings: Vec<String>,
}

/// A package and its layer.
pub(super) struct Planned {
    pub(super) installed: Installed,
    pub(super) layer: Vec<u8>,
}

/// What is installed already.
pub(super) struct Known<'k> {
    pub(super) installed: &'k [Installed],
    /// The definitions in it, and those of R4.
    pub(super) registry: Registry,
}

/// Plans to install the package in `archive` on top of what is installed.
pub(super) fn plan(
    archive: &[u8],
    installed: Known<'_>,
    fetch: &dyn Fetch,
    unavailable: Unavailable,
) -> Result<Plan, PackagesError> {
    let plan = Plan { packages: Vec::new(), warnings: Vec::new() };
    let Known { installed, registry } = installed;
    let known = installed.iter().map(|known| (known.name.clone(), known.version.clone())).collect();
    let mut planner = Planner { fetch, unavailable, known, registry, plan };
    planner.package(read("", archive)?, 0)?;
    Ok(planner.plan)
}

/// The version that `pattern` means, and its archive.
pub(super) fn fetched(
    name: &str,
    pattern: &str,
    fetch: &dyn Fetch,
) -> Result<(String, Vec<u8>), PackagesError> {
    let label = format!("{name}#{pattern}");
    let failed = |error| match error {
        FetchError::Unknown => PackagesError::Unavailable { package: label.clone(), by: None },
        FetchError::Failed(reason) => PackagesError::Fetch { package: label.clone(), reason },
    };
    let version = if version::is_pattern(pattern) {
        let versions = fetch.versions(name).map_err(failed)?;
        let newest = version::newest(pattern, versions.iter().map(String::as_str)).map(str::to_owned);
        newest.ok_or_else(|| failed(FetchError::Unknown))?
    } else {
        pattern.to_owned()
    };
    let archive = fetch.fetch(name, &version).map_err(failed)?;
    Ok((version, archive))
}

struct Planner<'f> {
    fetch: &'f dyn Fetch,
    unavailable: Unavailable,
    /// Names and versions of what is installed, planned or about to be.
    known: Vec<(String, String)>,
    /// The definitions of what is installed or planned.
    registry: Registry,
    plan: Plan,
}

/// A package that was read, and the hash of its archive.
struct Archived {
    package: Package,
    sha256: String,
}

impl Planner<'_> {
    fn package(&mut self, archived: Archived, depth: usize) -> Result<(), PackagesError> {
        let manifest = &archived.package.manifest;
        let label = manifest.label();
        if depth > DEPENDENCY_DEPTH_MAX {
            return Err(PackagesError::TooDeep(label));
        }
        self.check_fhir_version(&archived.package)?;
        // Before what it needs, so that a circle ends here.
        self.known.push((manifest.name.clone(), manifest.version.clone()));
        if self.known.len() > PACKAGES_MAX {
            return Err(PackagesError::TooMany);
        }
        let mut dependencies = Vec::new();
        for dependency in &manifest.dependencies {
            dependencies.extend(self.need(dependency, &label, depth)?);
        }
        let installed = Installed {
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            canonical: manifest.canonical.clone(),
            sha256: archived.sha256,
            dependencies,
        };
        let mut resources = archived.package.resources;
        self.make_snapshots(&mut resources, &label);
        let layer = layer::write(&label, &resources, layer::LEVEL_INSTALLED);
        // What the next package builds on; written out, it takes the least room.
        if let Ok(layer) = Layer::from_bytes(layer.clone()) {
            self.registry = self.registry.laid(Arc::new(layer));
        }
        self.plan.packages.push(Planned { installed, layer });
        Ok(())
    }

    fn check_fhir_version(&mut self, package: &Package) -> Result<(), PackagesError> {
        let manifest = &package.manifest;
        let label = manifest.label();
        if manifest.name == CORE {
            return Err(PackagesError::BuiltIn(label));
        }
        if manifest.fhir_versions.is_empty() {
            self.warn(format!("`{label}` does not say which version of FHIR it is for; 4.0.1 is assumed"));
            return Ok(());
        }
        if manifest.fhir_versions.iter().any(|version| version::matches("4.0", version)) {
            return Ok(());
        }
        Err(PackagesError::OtherFhirVersion { package: label, versions: manifest.fhir_versions.clone() })
    }

    /// Sees to it that what `by` needs will be there; R4 itself, and that of other versions, is no need.
    fn need(
        &mut self,
        dependency: &Dependency,
        by: &str,
        depth: usize,
    ) -> Result<Option<Need>, PackagesError> {
        let Dependency { name, version: wanted } = dependency;
        if name == CORE {
            return Ok(None);
        }
        if is_core_of_other(name) {
            self.warn(format!(
                "`{name}`, which `{by}` needs, is for another version of FHIR and is passed over"
            ));
            return Ok(None);
        }
        if matches!(wanted.as_str(), "current" | "dev") {
            let build = format!("`{by}` needs a build of `{name}` that is not published");
            self.warn(format!("{build}; the newest published version is taken"));
        }
        let need = |version| Some(Need { name: name.clone(), wanted: wanted.clone(), version });
        if let Some(version) = self.known_version(name, wanted) {
            return Ok(need(Some(version)));
        }
        match fetched(name, wanted, self.fetch) {
            Ok((version, archive)) => {
                let archived = read(&format!("{name}#{version}"), &archive)?;
                let found = archived.package.manifest.label();
                let expected = format!("{name}#{version}");
                if found != expected {
                    return Err(PackagesError::Other { wanted: expected, found });
                }
                self.package(archived, depth + 1)?;
                Ok(need(Some(version)))
            }
            Err(PackagesError::Unavailable { package, .. }) => {
                self.unavailable(package, name, by)?;
                Ok(need(None))
            }
            Err(error) => Err(error),
        }
    }

    fn unavailable(&mut self, package: String, name: &str, by: &str) -> Result<(), PackagesError> {
        if self.unavailable == Unavailable::Refuse {
            return Err(PackagesError::Unavailable { package, by: Some(by.to_owned()) });
        }
        let instead = match self.known_version(name, "latest") {
            Some(version) => format!("version {version} of it is installed and stands in for it"),
            None => "what refers to it cannot be checked".to_owned(),
        };
        self.warn(format!("there is no package `{package}`, which `{by}` needs; {instead}"));
        Ok(())
    }

    fn known_version(&self, name: &str, wanted: &str) -> Option<String> {
        let versions = self.known.iter().filter(|(known, _)| known == name);
        version::newest(wanted, versions.map(|(_, version)| version.as_str())).map(str::to_owned)
    }

    /// Makes the snapshots of profiles that come without.
    ///
    /// Nothing can be held against one of which none can be made, so a person must hear of it.
    fn make_snapshots(&mut self, resources: &mut [Value], label: &str) {
        let is_lacking = |resource: &Value| {
            resource.text("resourceType") == Some("StructureDefinition") && resource.get("snapshot").is_none()
        };
        if !resources.iter().any(is_lacking) {
            return;
        }
        let registry = self.registry.with(resources.to_vec());
        let mut failed = 0;
        for profile in resources.iter_mut().filter(|resource| is_lacking(resource)) {
            match snapshot::generate(profile, &registry) {
                Ok(made) => *profile = facts::of_package(made).unwrap_or_else(|| profile.clone()),
                Err(issues) if failed < ISSUES_MAX => {
                    failed += 1;
                    let url = profile.text("url").unwrap_or_default();
                    let reason = issues.first().map_or("", |issue| issue.message.as_str());
                    let lack = format!("`{url}` in `{label}` comes without a snapshot");
                    self.warn(format!("{lack}, and none can be made: {reason}"));
                }
                Err(_) => {}
            }
        }
    }

    fn warn(&mut self, warning: String) {
        self.plan.warnings.push(warning);
    }
}

fn read(label: &str, archive: &[u8]) -> Result<Archived, PackagesError> {
    let package = package::read_part(archive, facts::of_package)
        .map_err(|error| PackagesError::package(label, error))?;
    Ok(Archived { package, sha256: package::sha256(archive) })
}

/// Whether the package holds FHIR itself in another version: `hl7.fhir.r5.core`, `hl7.fhir.r3.core`.
fn is_core_of_other(name: &str) -> bool {
    let version = name.strip_prefix("hl7.fhir.r").and_then(|rest| rest.strip_suffix(".core"));
    name == "hl7.fhir.core" || version.is_some_and(|version| !version.contains('.'))
}
