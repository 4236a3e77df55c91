//! Does the value set select codes that can exist?
//!
//! Systems are absolute and code systems, and codes that are listed exist:
//! <https://hl7.org/fhir/R4/valueset.html#compositions>.

use model::{Code, Object};
use terminology::Meaning;

use super::format::{excerpt, is_absolute};
use super::{Subject, objects, text};
use crate::findings::Findings;
use crate::place::Place;

pub(crate) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some(compose) = subject.resource.get("compose").and_then(|compose| compose.as_object()) else {
        return;
    };
    let place = subject.place.child("compose");
    for name in ["include", "exclude"] {
        for (index, part) in objects(compose, name) {
            selected(subject, part, &place.item(name, index), findings);
        }
    }
}

fn selected(subject: &Subject<'_>, part: &Object, place: &Place<'_>, findings: &mut Findings) {
    let Some(system) = text(part, "system") else { return };
    // A fragment names a code system that the value set contains.
    if !is_absolute(system) && !system.starts_with('#') {
        let message = format!("`{}` is no code system: an absolute URI is expected", excerpt(system));
        return findings.error(Code::InvalidValue, &place.child("system"), message);
    }
    let registry = &subject.rules.registry;
    if registry.resolve_as("ValueSet", system).is_some()
        && registry.resolve_as("CodeSystem", system).is_none()
    {
        let message = format!("`{}` is a value set, where a code system is expected", excerpt(system));
        return findings.error(Code::RuleBroken, &place.child("system"), message);
    }
    for (index, concept) in objects(part, "concept") {
        let code = text(concept, "code").unwrap_or_default();
        let meaning = subject.rules.terminology.meaning(system, text(part, "version"), code);
        if matches!(meaning, Meaning::NoSuchCode) {
            let message = format!("the code system `{}` has no code `{}`", excerpt(system), excerpt(code));
            findings.warning(Code::UnknownCode, &place.item("concept", index), message);
        }
    }
}
