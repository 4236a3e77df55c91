//! Which filters has RxNorm of its own?
//!
//! By relations, whose targets are written with what they are, `CUI:` and a number:
//! <https://hl7.org/fhir/R4/rxnorm.html>. Without `CUI:` a relation is a property like any other.

use super::Filter;
use crate::CodeSystem;
use crate::concept_set::Bits;

/// The canonical of RxNorm.
pub(super) const SYSTEM: &str = "http://www.nlm.nih.gov/research/umls/rxnorm";

pub(super) fn filter(table: &CodeSystem, filter: &Filter<'_>) -> Option<Result<Bits, String>> {
    if filter.op == "=" && filter.value.starts_with("AUI:") {
        return Some(Err("relations between the names of RxNorm, `AUI:`, are not loaded".to_owned()));
    }
    let target = filter.value.strip_prefix("CUI:").filter(|_| filter.op == "=")?;
    let is_there =
        |place| table.properties(place).any(|known| known.code == filter.property && known.value == target);
    Some(Ok(table.those(is_there)))
}
