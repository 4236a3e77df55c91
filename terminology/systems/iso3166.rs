//! Which codes are countries, and which may be their parts?
//!
//! ISO 3166-1 with its codes of two and three letters and of three digits, as
//! <https://hl7.org/fhir/R4/iso3166.html> uses them. Of ISO 3166-2 the form is held against the list of
//! countries; which parts a country has is not listed here and said to be unknown.

use super::{Filter, Law, Test, begin, rows, unknown};
use crate::code_system::{CodeSystem, Kind, Property};

pub(super) static SUBDIVISIONS: Law = Law {
    system: "urn:iso:std:iso:3166:-2",
    name: "ISO 3166-2",
    meaning: subdivision,
    doubt: Some(DOUBT),
    filter,
};

const DOUBT: &str = "which parts a country has by ISO 3166-2 is not loaded";

const COUNTRIES: &str = include_str!("countries.txt");

/// The table of countries; each code is a concept of its own, and tells which of the three kinds it is.
pub(super) fn countries(system: &str) -> Result<CodeSystem, String> {
    let mut builder = begin(system, "ISO 3166-1");
    for (column, kind) in ["alpha-2", "alpha-3", "numeric"].into_iter().enumerate() {
        for row in rows(COUNTRIES).filter(|row| row.len() == 4) {
            let place = builder.add(row[column], Some(row[3]))?;
            let property = Property { code: "kind", kind: Kind::Code, value: kind, system: "" };
            builder.describe(place, property)?;
        }
    }
    Ok(builder.finish())
}

/// The name of a country by its code of two letters.
pub(super) fn name(code: &str) -> Option<&'static str> {
    rows(COUNTRIES).find(|row| row.len() == 4 && row[0] == code).map(|row| row[3])
}

fn subdivision(code: &str) -> Option<Option<String>> {
    let (country, part) = code.split_once('-')?;
    let is_formed = (1..=3).contains(&part.len())
        && part.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    (is_formed && name(country).is_some()).then_some(None)
}

fn filter(filter: &Filter<'_>) -> Result<Test, String> {
    unknown("ISO 3166-2", filter)
}
