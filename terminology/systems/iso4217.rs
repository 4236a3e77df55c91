//! Which codes are currencies?
//!
//! The alphabetic codes of ISO 4217, <https://hl7.org/fhir/R4/valueset-currencies.html>; those that were
//! withdrawn since R4 was published are inactive.

use super::{begin, rows};
use crate::code_system::CodeSystem;

/// The table of currencies.
pub(super) fn currencies(system: &str) -> Result<CodeSystem, String> {
    let mut builder = begin(system, "ISO 4217");
    for row in rows(include_str!("currencies.txt")) {
        let place = builder.add(row[0], row.get(1).copied())?;
        if row.get(2) == Some(&"withdrawn") {
            builder.set_inactive(place);
        }
    }
    Ok(builder.finish())
}
