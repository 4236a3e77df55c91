//! Which codes are units of measure?
//!
//! The grammar is `model::ucum`; the filter `canonical` of <https://hl7.org/fhir/R4/ucum.html>.

use model::ucum::{SYSTEM, Unit};

use super::{Filter, Law, Test, unknown};

pub(super) static LAW: Law = Law { system: SYSTEM, name: "UCUM", meaning, doubt: None, filter };

fn meaning(code: &str) -> Option<Option<String>> {
    let unit = Unit::parse(code).ok().filter(|_| !code.is_empty())?;
    Some(Some(unit.display()))
}

fn filter(filter: &Filter<'_>) -> Result<Test, String> {
    match (filter.property, filter.op) {
        ("canonical", "=") => {
            let wanted = Unit::parse(filter.value)?;
            Ok(Box::new(move |code| Unit::parse(code).is_ok_and(|unit| unit.is_comparable(&wanted))))
        }
        _ => unknown("UCUM", filter),
    }
}
