//! How does a release of RxNorm become a table?
//!
//! Its RRF files, which have no headings and go by their names: concepts and names (`RXNCONSO`), relations
//! (`RXNREL`), attributes (`RXNSAT`), semantic types (`RXNSTY`). What FHIR makes of them is told in
//! <https://hl7.org/fhir/R4/rxnorm.html>: `TTY`, `STY` and the relations are properties. Only what RxNorm itself says is
//! taken, not what its sources say. Relations are properties of the concept that they start from, and there is no
//! hierarchy, as the page has none.

mod relations;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use super::rows::{Form, Heading, Row};
use super::telling::{call, tell, text};
use super::{Defect, Entry, Listing, Loader, Loading};
use crate::CodeSystem;
use crate::code_system::{About, Builder, Designation};

/// The canonical of RxNorm.
const SYSTEM: &str = "http://www.nlm.nih.gov/research/umls/rxnorm";

/// What RxNorm calls itself among its sources.
const OWN: &str = "RXNORM";

/// Fields of a row of names, and of one that tells of a source.
const NAMES_WIDTH: usize = 18;
const SOURCES_WIDTH: usize = 25;

/// Types of names that are further names of a concept and never its display.
const FURTHER: &[&str] = &["SY", "TMSY", "PSN", "ET"];

pub(super) const LOADER: Loader = Loader { name: "RxNorm (RRF)", recognises, load };

fn recognises(listing: &Listing) -> bool {
    let is_wide = |entry: &Entry| entry.first_line().split('|').count() == NAMES_WIDTH + 1;
    file(listing, "RXNCONSO.RRF").is_some_and(is_wide)
}

/// The file of this name; a release has the part that is prescribed once more in a folder of its own, so the largest.
fn file<'l>(listing: &'l Listing, name: &str) -> Option<&'l Entry> {
    let named = listing.files.iter().filter(|entry| entry.base().eq_ignore_ascii_case(name));
    named.max_by_key(|entry| entry.bytes)
}

fn load(loading: &mut Loading<'_>) -> Result<Vec<CodeSystem>, Defect> {
    let about = About {
        url: loading.url.unwrap_or(SYSTEM).into(),
        version: version(loading)?.into(),
        name: "RxNorm".into(),
        status: "active".into(),
        language: "en".into(),
        case_sensitive: true,
        value_set: format!("{SYSTEM}/vs").into(),
        ..About::default()
    };
    let mut builder = Builder::new(about);
    names(loading, &mut builder)?;
    relations::semantic_types(loading, &mut builder)?;
    relations::relations(loading, &mut builder)?;
    relations::attributes(loading, &mut builder)?;
    Ok(vec![builder.finish()])
}

/// The version: `MMDDYYYY`, as the page has it, from what RxNorm tells of itself.
fn version(loading: &Loading<'_>) -> Result<String, Defect> {
    if let Some(version) = loading.version {
        return Ok(version.to_owned());
    }
    let unknown = || Defect::of("", "no RXNSAB.RRF tells the version of the release: say --version");
    let entry = file(loading.listing, "RXNSAB.RRF").ok_or_else(unknown)?;
    let mut rows = loading.rows(&entry.name, Form::Pipes, Heading::Fields(SOURCES_WIDTH))?;
    while let Some(row) = rows.next_row()? {
        if row.text(3) == OWN {
            let written = row.text(6);
            let known = written.split('_').find_map(day);
            return known.ok_or_else(|| row.refuse("the version of RxNorm tells no day: say --version"));
        }
    }
    Err(unknown())
}

/// `MMDDYYYY` from what begins with `YYMMDD`.
fn day(written: &str) -> Option<String> {
    let digits = written.get(..6).filter(|day| day.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some(format!("{}20{}", &digits[2..], &digits[..2]))
}

fn names(loading: &mut Loading<'_>, builder: &mut Builder) -> Result<(), Defect> {
    let Some(entry) = file(loading.listing, "RXNCONSO.RRF") else { return Ok(()) };
    let mut rows = loading.rows(&entry.name, Form::Pipes, Heading::Fields(NAMES_WIDTH))?;
    // The concepts that have the name which is their display.
    let mut named = HashSet::new();
    while let Some(row) = rows.next_row()? {
        if row.text(11) != OWN {
            loading.report.skip("names that other sources give");
            continue;
        }
        name(&row, builder, &mut named).map_err(|message| row.refuse(message))?;
        loading.report.take("names");
    }
    loading.report.taken.insert("concepts", builder.len() as u64);
    Ok(())
}

fn name(row: &Row<'_>, builder: &mut Builder, named: &mut HashSet<u32>) -> Result<(), String> {
    let (number, kind, name) = (row.text(0), row.text(12), row.text(14));
    if number.is_empty() || name.is_empty() {
        return Err("the name has no RXCUI or no text".to_owned());
    }
    let place = builder.add(number, None)?;
    if !FURTHER.contains(&kind) && named.insert(place) {
        builder.set_display(place, name)?;
        tell(builder, place, text("TTY", kind))?;
        let suppressed = row.text(16);
        if suppressed != "N" {
            tell(builder, place, text("SUPPRESS", suppressed))?;
        }
        // Obsolete; what is suppressed for other reasons may be used.
        if suppressed == "O" {
            builder.set_inactive(place);
        }
        return Ok(());
    }
    let purpose = &format!("{SYSTEM}|{kind}");
    call(builder, place, Designation { language: "en", purpose, value: name })?;
    if !builder.has_display(place) {
        builder.call_as_designated(place);
    }
    Ok(())
}
