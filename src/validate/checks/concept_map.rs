//! Does the map lead from codes that exist to codes that exist?
//!
//! <https://hl7.org/fhir/R4/conceptmap.html>

use model::{Code, Object};
use terminology::Meaning;

use super::format::excerpt;
use super::{Subject, objects, text};
use crate::findings::Findings;
use crate::place::Place;

pub(crate) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for (index, group) in objects(subject.resource, "group") {
        let place = subject.place.item("group", index);
        for (index, element) in objects(group, "element") {
            let place = place.item("element", index);
            exists(subject, (text(group, "source"), element), &place, findings);
            for (index, target) in objects(element, "target") {
                exists(subject, (text(group, "target"), target), &place.item("target", index), findings);
            }
        }
    }
}

fn exists(subject: &Subject<'_>, side: (Option<&str>, &Object), place: &Place<'_>, findings: &mut Findings) {
    let (Some(system), Some(code)) = (side.0, text(side.1, "code")) else { return };
    if matches!(subject.rules.terminology.meaning(system, None, code), Meaning::NoSuchCode) {
        let message = format!("the code system `{}` has no code `{}`", excerpt(system), excerpt(code));
        findings.warning(Code::UnknownCode, &place.child("code"), message);
    }
}
