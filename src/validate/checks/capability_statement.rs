//! Does the statement describe search parameters and operations as they are defined?
//!
//! The type of a search parameter shall be that of its definition:
//! <https://hl7.org/fhir/R4/capabilitystatement.html#7.1.2>. As four of the statements that R4 itself
//! publishes break this, it is worth a warning.

use model::{Code, Object};

use super::{Subject, objects, text};
use crate::findings::Findings;
use crate::place::Place;

pub(crate) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for (index, rest) in objects(subject.resource, "rest") {
        let place = subject.place.item("rest", index);
        parameters(subject, rest, &place, findings);
        for (index, resource) in objects(rest, "resource") {
            parameters(subject, resource, &place.item("resource", index), findings);
        }
    }
}

fn parameters(subject: &Subject<'_>, holder: &Object, place: &Place<'_>, findings: &mut Findings) {
    for (index, parameter) in objects(holder, "searchParam") {
        let Some(canonical) = text(parameter, "definition") else { continue };
        let told = text(parameter, "type").unwrap_or_default();
        let definition = subject.rules.registry.resolve_as("SearchParameter", canonical);
        let defined = definition.as_deref().and_then(|definition| definition.text("type"));
        if let Some(defined) = defined.filter(|defined| *defined != told) {
            let message =
                format!("`{canonical}` is of type {defined}, and here it is said to be of type {told}");
            findings.warning(Code::RuleBroken, &place.item("searchParam", index), message);
        }
    }
}
