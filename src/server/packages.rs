//! Where are the installed packages, and what rules follow from them?
//!
//! They lie in the data folder. A command adds and removes them while a server runs: the server looks at the lock
//! file each second and takes the new rules for the requests that come after. So it does for what clients store.

mod fetch;
mod folder;
mod watch;

use std::sync::Arc;

use ::terminology::Terminology;
use fhir_profiles::Layer;
use fhir_profiles::packages::{LOCK, Packages, PackagesError, Shelf as _, Stamp};
use interactions::Shelf;
use search::Catalogue;
use validate::Rules;

pub(crate) use fetch::WebRegistry;
pub(crate) use folder::Folder;
pub(crate) use folder::Held;
pub(crate) use watch::Watch;

use crate::clock;
use crate::config::{Rows, Settings};
use crate::terminology::{self, Stamps};

/// The folder of packages in the data folder.
pub(crate) const PACKAGES_FOLDER: &str = "packages";

/// Opens the installed packages.
pub(crate) fn open(settings: &Settings) -> Result<Packages, String> {
    let folder = folder(settings);
    let lock = folder.place().join(LOCK);
    Packages::open(Arc::new(folder)).map_err(|error| match error {
        // Nothing but a person can tell what stood in it.
        PackagesError::Lock(_) => {
            format!("{}; remove {} and add the packages again", told(&error), lock.display())
        }
        other => told(&other),
    })
}

/// Keeps other commands from changing the packages until it is dropped; waits for those that are at it.
pub(crate) fn hold(settings: &Settings) -> Result<Held, String> {
    let folder = folder(settings);
    folder.hold().map_err(|error| format!("cannot use the folder {}: {error}", folder.place().display()))
}

/// The rules of R4 and of all that is installed.
pub(crate) fn rules(settings: &Settings) -> Result<Rules, String> {
    rules_under(settings, None, None)
}

/// The rules of R4 and of all that is installed, and above them those that clients stored. Code systems that are loaded
/// are shared with the terminology of before, as far as they are the same.
pub(crate) fn rules_under(
    settings: &Settings,
    stored: Option<Arc<Layer>>,
    before: Option<&Terminology>,
) -> Result<Rules, String> {
    let mut registry = open(settings)?.registry().map_err(|error| told(&error))?;
    if let Some(stored) = stored {
        registry = registry.laid(stored);
    }
    let registry = Arc::new(registry);
    let loaded = terminology::open(settings, before.map(|before| &*before.loaded));
    let terminology = Arc::new(Terminology::over(Arc::clone(&registry), loaded));
    Ok(Rules::new(registry, terminology).with_clock(clock::system()))
}

/// Joins rules with the search parameters of the same definitions, or with none where resources are to have no rows.
pub(crate) fn shelf_under(settings: &Settings, rules: Rules) -> Shelf {
    match settings.rows {
        Rows::All => Shelf::new(rules),
        Rows::None => Shelf::over(rules, Arc::new(Catalogue::empty())),
    }
}

/// Warns of profiles that every resource of a type must keep and that nobody installed: all of them are refused.
pub(crate) fn warn_of_unknown_profiles(settings: &Settings, rules: &Rules) {
    for (resource_type, profile) in &settings.scrutiny.profiles {
        if rules.registry.resolve_as("StructureDefinition", profile).is_none() {
            let fhir_type = resource_type.as_str();
            tracing::warn!(
                fhir.type = fhir_type,
                profile,
                "no installed package has a profile that `profiles` demands, so every write of the type is refused"
            );
        }
    }
}

/// Warns of search parameters that are left out because their definitions cannot be used, where nobody was warned yet.
pub(crate) fn warn_of_unusable_parameters(shelf: &Shelf, before: Option<&Shelf>) {
    let known = before.map_or(&[][..], |before| before.catalogue.complaints());
    for complaint in shelf.catalogue.complaints().iter().filter(|complaint| !known.contains(complaint)) {
        tracing::warn!(complaint, "a search parameter that is installed or stored cannot be used");
    }
}

/// What changes whenever packages or code systems are added or removed.
#[derive(PartialEq, Eq)]
pub(crate) struct Installed {
    /// The packages; none, when there have never been any.
    packages: Option<Stamp>,
    /// The code systems that are loaded.
    code_systems: Stamps,
}

/// What is installed now.
pub(crate) fn installed(settings: &Settings) -> Installed {
    // What cannot be read says so where the packages themselves are.
    let packages = folder(settings).stamp(LOCK).ok().flatten();
    Installed { packages, code_systems: terminology::stamps(settings) }
}

fn folder(settings: &Settings) -> Folder {
    Folder::new(settings.data.join(PACKAGES_FOLDER))
}

/// A complaint with what lies beneath it, for people.
pub(crate) fn told(error: &PackagesError) -> String {
    let mut text = error.to_string();
    let mut beneath = std::error::Error::source(error);
    while let Some(error) = beneath {
        text = format!("{text}: {error}");
        beneath = error.source();
    }
    text
}
