//! How does an edition of ICD-10-CM become a table?
//!
//! The tabular list in XML has chapters, sections, notes and the rules for seventh characters; the order file has every
//! code with its descriptions and whether it may be billed. Either will do, and both are joined:
//! <https://www.cms.gov/medicare/coding-billing/icd-10-codes>. The canonical is that of
//! <https://hl7.org/fhir/R4/icd.html>. Chapters and sections are abstract. Without the order file the codes with seventh
//! characters are made from the rules, filled up with `X`.

mod order;
mod tabular;
#[cfg(test)]
mod tests;

use super::{Defect, Listing, Loader, Loading};
use crate::CodeSystem;
use crate::code_system::{About, Builder};

/// The canonical of ICD-10-CM.
const SYSTEM: &str = "http://hl7.org/fhir/sid/icd-10-cm";

pub(super) const LOADER: Loader = Loader { name: "ICD-10-CM", recognises, load };

fn recognises(listing: &Listing) -> bool {
    listing.files.iter().any(|entry| tabular::is_tabular(entry) || order::is_order(entry))
}

fn load(loading: &mut Loading<'_>) -> Result<Vec<CodeSystem>, Defect> {
    let about = About {
        url: loading.url.unwrap_or(SYSTEM).into(),
        name: "ICD-10-CM".into(),
        status: "active".into(),
        language: "en".into(),
        case_sensitive: true,
        ..About::default()
    };
    let mut builder = Builder::new(about);
    let listing = loading.listing;
    let lists = listing.files.iter().filter(|entry| order::is_order(entry)).collect::<Vec<_>>();
    let mut version = None;
    for entry in listing.files.iter().filter(|entry| tabular::is_tabular(entry)) {
        let sevenths =
            if lists.is_empty() { tabular::Sevenths::Made } else { tabular::Sevenths::LeftToTheOrderFile };
        version = version.or(tabular::read(loading, &entry.name, sevenths, &mut builder)?);
    }
    for entry in lists {
        version = version.or(order::year(entry.base()));
        order::read(loading, &entry.name, &mut builder)?;
    }
    let mut table = builder.finish();
    table.about.version = match (loading.version, version) {
        (Some(version), _) => version.into(),
        (None, Some(version)) => version.into(),
        (None, None) => return Err("neither file nor name tells the year: say --version".to_owned().into()),
    };
    Ok(vec![table])
}
