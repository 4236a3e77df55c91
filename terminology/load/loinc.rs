//! How does a release of LOINC become a table?
//!
//! The files of the complete download, each known by its columns; all but the main table may be missing. What FHIR
//! makes of them is told in <https://hl7.org/fhir/R4/loinc.html>: terms, parts (`LP…`), answers (`LA…`) and answer
//! lists (`LL…`) are codes of one system, parts are its hierarchy, the axes are properties. `LIST`, by which implicit
//! value sets of answers are made, is a property of answers. `PanelMember` and `MAP_TO` are properties of ours, since
//! the page has none for panels and for what replaces a deprecated term.

mod answers;
mod panels;
mod parts;
mod terms;
#[cfg(test)]
mod tests;
mod variants;

use std::collections::BTreeMap;

use super::{Defect, Entry, Listing, Loader, Loading};
use crate::CodeSystem;
use crate::code_system::{About, Builder};

/// The canonical of LOINC.
const SYSTEM: &str = "http://loinc.org";

pub(super) const LOADER: Loader = Loader { name: "LOINC", recognises, load };

/// The columns by which a file is known, without what any other has.
const TERMS: &[&str] = &["LOINC_NUM", "LONG_COMMON_NAME", "STATUS"];
const MAP_TO: &[&str] = &["LOINC", "MAP_TO"];
const PARTS: &[&str] = &["PartNumber", "PartTypeName", "PartDisplayName"];
const PART_LINKS: &[&str] = &["LoincNumber", "PartNumber", "Property"];
const HIERARCHY: &[&str] = &["IMMEDIATE_PARENT", "CODE", "CODE_TEXT"];
const ANSWERS: &[&str] = &["AnswerListId", "AnswerStringId", "DisplayText"];
const ANSWER_LINKS: &[&str] = &["LoincNumber", "AnswerListId", "AnswerListLinkType"];
const PANELS: &[&str] = &["ParentLoinc", "Loinc", "SEQUENCE"];
const VARIANTS: &[&str] = &["LOINC_NUM", "LONG_COMMON_NAME", "RELATEDNAMES2", "SHORTNAME", "CLASS"];

fn recognises(listing: &Listing) -> bool {
    with_columns(listing, TERMS).next().is_some()
}

fn load(loading: &mut Loading<'_>) -> Result<Vec<CodeSystem>, Defect> {
    let about = About {
        url: loading.url.unwrap_or(SYSTEM).into(),
        name: "LOINC".into(),
        status: "active".into(),
        language: "en".into(),
        // LOINC's letters stand in one case, and FHIR's page calls the system insensitive to it.
        case_sensitive: false,
        value_set: "http://loinc.org/vs".into(),
        ..About::default()
    };
    let mut builder = Builder::new(about);
    let newest = terms::read(loading, &mut builder)?;
    parts::read(loading, &mut builder)?;
    answers::read(loading, &mut builder)?;
    panels::read(loading, &mut builder)?;
    variants::read(loading, &mut builder)?;
    let mut table = builder.finish();
    table.about.version = match (loading.version, newest) {
        (Some(version), _) => version.into(),
        (None, Some(newest)) => newest.into(),
        (None, None) => {
            return Err("no row tells the version of the release: say --version".to_owned().into());
        }
    };
    Ok(vec![table])
}

/// The files whose heading has all these columns.
fn with_columns<'l>(listing: &'l Listing, columns: &'l [&str]) -> impl Iterator<Item = &'l Entry> {
    listing.headed(move |line| {
        let names: Vec<_> = line.split(',').map(|name| name.trim().trim_matches('"')).collect();
        columns.iter().all(|column| names.contains(column))
    })
}

/// The names of the files whose heading has all these columns. A release repeats parts of some under the same name
/// for panels and for the core; the largest has them all.
fn files(loading: &Loading<'_>, columns: &[&str]) -> Vec<String> {
    let mut largest: BTreeMap<String, &Entry> = BTreeMap::new();
    for entry in with_columns(loading.listing, columns) {
        let known = largest.entry(entry.base().to_lowercase()).or_insert(entry);
        if entry.bytes > known.bytes {
            *known = entry;
        }
    }
    largest.into_values().map(|entry| entry.name.clone()).collect()
}
