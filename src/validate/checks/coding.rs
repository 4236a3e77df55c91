//! Does the coding name a code system in the way codings must?
//!
//! <https://hl7.org/fhir/R4/datatypes.html#Coding>: the system is an absolute URI, and a code system, never a
//! value set.

use model::{Code, Value};

use super::Subject;
use super::format::{excerpt, is_absolute};
use crate::findings::Findings;
use crate::place::Place;

pub(crate) fn check(subject: &Subject<'_>, coding: &Value, place: &Place<'_>, findings: &mut Findings) {
    let Some(system) = coding.text("system") else { return };
    if !is_absolute(system) {
        let message = format!("`{}` is no code system: an absolute URI is expected", excerpt(system));
        return findings.error(Code::InvalidValue, &place.child("system"), message);
    }
    let registry = &subject.rules.registry;
    if subject.rules.may_be_value_set(system)
        && registry.resolve_as("ValueSet", system).is_some()
        && registry.resolve_as("CodeSystem", system).is_none()
    {
        let message = format!("`{}` is a value set, where a code system is expected", excerpt(system));
        findings.error(Code::RuleBroken, &place.child("system"), message);
    }
}
