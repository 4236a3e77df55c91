//! How does a release of SNOMED CT become a table?
//!
//! The snapshot files of Release Format 2, in any number of packages: an edition and what it builds upon lie in one
//! folder. What FHIR makes of them is told in <https://hl7.org/fhir/R4/snomedct.html>: attributes are properties, the
//! version is that of the edition, reference sets are sets that a concept stands for. Where one row stands in several
//! packages, the newest counts. Left out, and counted: what is not active, stated relationships, OWL axioms and maps
//! with rules. Normal forms are not made.

mod concepts;
mod descriptions;
mod edition;
mod files;
mod newest;
mod relationships;
mod sctid;
mod sets;
#[cfg(test)]
mod tests;

use super::{Defect, Listing, Loader, Loading};
use crate::CodeSystem;
use crate::code_system::{About, Builder};
use concepts::Concepts;
use files::Files;
pub use sctid::with_check_digit;

/// The canonical of SNOMED CT.
pub(crate) const SYSTEM: &str = "http://snomed.info/sct";

/// The value set of all its codes.
const ALL_CODES: &str = "http://snomed.info/sct?fhir_vs";

pub(super) const LOADER: Loader = Loader { name: "SNOMED CT (RF2)", recognises, load };

fn recognises(listing: &Listing) -> bool {
    listing.headed(|line| line == files::CONCEPT).next().is_some()
}

fn load(loading: &mut Loading<'_>) -> Result<Vec<CodeSystem>, Defect> {
    let listing = loading.listing;
    let files = Files::of(listing, &mut loading.report)?;
    let version = edition::version(loading, &files)?;
    let about = About {
        url: SYSTEM.into(),
        version: version.into(),
        name: "SNOMED CT".into(),
        status: "active".into(),
        language: "en".into(),
        case_sensitive: true,
        value_set: ALL_CODES.into(),
        ..About::default()
    };
    let mut builder = Builder::new(about);
    let concepts = Concepts::read(loading, &files, &mut builder)?;
    descriptions::read(loading, &files, &concepts, &mut builder)?;
    relationships::read(loading, &files, &concepts, &mut builder)?;
    sets::read(loading, &files, &concepts, &mut builder)?;
    Ok(vec![builder.finish()])
}
