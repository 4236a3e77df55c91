//! Which filters has LOINC of its own?
//!
//! By what stands above or below at any distance, as its implicit value sets ask:
//! <https://hl7.org/fhir/R4/loinc.html#implicit>. All others are properties.

use super::Filter;
use crate::CodeSystem;
use crate::concept_set::Bits;

/// The canonical of LOINC.
pub(super) const SYSTEM: &str = "http://loinc.org";

pub(super) fn filter(table: &CodeSystem, filter: &Filter<'_>) -> Option<Result<Bits, String>> {
    let count = table.len();
    let reach: &dyn Fn(u32) -> Bits = match filter.property {
        "ancestor" => &|place| table.hierarchy.below(place, count),
        "descendant" => &|place| table.hierarchy.above(place, count),
        _ => return None,
    };
    let codes: Vec<&str> = match filter.op {
        "=" => vec![filter.value],
        "in" => filter.value.split(',').map(str::trim).collect(),
        op => return Some(Err(format!("LOINC has no filter by `{}` with `{op}`", filter.property))),
    };
    let mut found = Bits::none(count);
    for code in codes {
        let Some(place) = table.find(code) else {
            return Some(Err(format!("the code `{code}` of a filter is not in the code system `{SYSTEM}`")));
        };
        found = found.or(&reach(place));
    }
    Some(Ok(found))
}
