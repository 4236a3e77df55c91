//! Can this measure be computed?
//!
//! What stratifies in CQL is defined in a library: <https://hl7.org/fhir/R4/measure.html>. Populations may be
//! told in a CQL of the reader's own, as the published examples do.

use model::{Code, Object};

use super::{Subject, items, objects};
use crate::findings::Findings;
use crate::place::Place;

pub(crate) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    if !items(subject.resource, "library").is_empty() {
        return;
    }
    for (index, group) in objects(subject.resource, "group") {
        let place = subject.place.item("group", index);
        for (index, stratifier) in objects(group, "stratifier") {
            criteria(stratifier, &place.item("stratifier", index), findings);
        }
    }
}

fn criteria(part: &Object, place: &Place<'_>, findings: &mut Findings) {
    let Some(criteria) = part.get("criteria") else { return };
    let name = criteria.text("expression").unwrap_or_default();
    // Whole expressions may stand here too; only a name must be defined somewhere.
    let is_name = !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
    if is_name && criteria.text("language").is_some_and(|language| language.starts_with("text/cql")) {
        let message = "the criterion is named in CQL, and the measure names no library that defines it";
        findings.error(Code::RuleBroken, &place.child("criteria"), message);
    }
}
