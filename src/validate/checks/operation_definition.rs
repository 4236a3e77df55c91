//! Do the parameters of this operation make sense?
//!
//! Types that exist, bounds in order, no name twice, and profiles for input and output that describe the same
//! parameters: <https://hl7.org/fhir/R4/operationdefinition.html>.

use std::collections::HashSet;

use fhir_profiles::{Definitions, TypeKind};
use model::{Code, Object};

use super::{Subject, objects, text};
use crate::findings::Findings;
use crate::place::Place;

pub(crate) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    parameters(subject.resource, "parameter", subject.place, findings);
}

fn parameters(holder: &Object, name: &str, place: &Place<'_>, findings: &mut Findings) {
    let mut known = HashSet::new();
    for (index, parameter) in objects(holder, name) {
        let place = place.item(name, index);
        let told = (text(parameter, "name"), text(parameter, "use"));
        if told.0.is_some() && !known.insert(told) {
            let message = "another parameter has the same name and use";
            findings.error(Code::RuleBroken, &place, message);
        }
        let most = text(parameter, "max").unwrap_or("*");
        if most != "*" && most.parse::<u32>().is_err() {
            let message = "`max` is a whole number or `*`";
            findings.error(Code::InvalidValue, &place.child("max"), message);
        }
        if let Some(type_name) = text(parameter, "type")
            && !is_type(type_name)
        {
            let message = format!("there is no type `{type_name}`");
            findings.error(Code::RuleBroken, &place.child("type"), message);
        }
        parameters(parameter, "part", &place, findings);
    }
}

fn is_type(name: &str) -> bool {
    let definition = Definitions::r4().type_definition(name);
    matches!(name, "Any" | "Type")
        || definition.is_some_and(|definition| definition.kind != TypeKind::Backbone)
}
