//! Which codes are time zones?
//!
//! The names of the IANA database, <https://hl7.org/fhir/R4/valueset-timezones.html>.

use super::{begin, rows};
use crate::code_system::CodeSystem;

/// The table of time zones.
pub(super) fn zones(system: &str) -> Result<CodeSystem, String> {
    let mut builder = begin(system, "IANA time zones");
    for row in rows(include_str!("time_zones.txt")) {
        builder.add(row[0], None)?;
    }
    Ok(builder.finish())
}
