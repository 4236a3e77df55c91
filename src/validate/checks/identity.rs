//! Are the ids of this resource and of its elements well formed and unique?
//!
//! <https://hl7.org/fhir/R4/resource.html#id>, <https://hl7.org/fhir/R4/element.html#id>. The ids of element
//! definitions are the same in snapshot and differential, so StructureDefinitions are passed over.

use std::collections::HashSet;

use model::Code;

use super::Subject;
use super::format::{excerpt, is_id};
use crate::findings::Findings;
use crate::place::Place;

pub(crate) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    if let Some(id) = subject.text("id")
        && !is_id(id)
    {
        let message =
            format!("`{}` is no id: 1 to 64 letters, digits, `-` and `.` are expected", excerpt(id));
        findings.error(Code::InvalidValue, &subject.place.child("id"), message);
    }
    if subject.resource.get("_id").is_some_and(|beside| beside.get("extension").is_some()) {
        let message = "the id of a resource has no extensions";
        findings.error(Code::RuleBroken, &subject.place.child("id"), message);
    }
}

/// The ids of elements that have been met in a resource.
#[derive(Default)]
pub(crate) struct Known<'a> {
    ids: HashSet<&'a str>,
}

impl<'a> Known<'a> {
    /// Complains of an element whose id another has too.
    pub(crate) fn meet(&mut self, id: &'a str, place: &Place<'_>, findings: &mut Findings) {
        if !self.ids.insert(id) {
            let message = format!("another element of the resource has the id `{}` too", excerpt(id));
            findings.error(Code::RuleBroken, place, message);
        }
    }
}
