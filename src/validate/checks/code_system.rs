//! Does the code system hold together?
//!
//! Count, properties and supplements: <https://hl7.org/fhir/R4/codesystem.html>. That codes are unique, an
//! invariant says.

use std::collections::HashMap;

use model::{Code, Object, Value};

use super::{Subject, objects, text};
use crate::findings::Findings;
use crate::place::Place;

/// Properties that concepts may have without a declaration:
/// <https://hl7.org/fhir/R4/codesystem-concept-properties.html>.
const STANDARD_PROPERTIES: &[&str] =
    &["inactive", "deprecated", "notSelectable", "parent", "child", "status"];

pub(crate) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let content = subject.text("content").unwrap_or_default();
    let counted = count(subject.resource);
    if let Some(Value::Number(stated)) = subject.resource.get("count")
        && let Ok(stated) = stated.as_str().parse::<usize>()
    {
        if content == "complete" && stated != counted {
            let message =
                format!("the code system is complete, says that it has {stated} concepts, and has {counted}");
            findings.error(Code::RuleBroken, subject.place, message);
        } else if content == "fragment" && counted > stated {
            let message = format!("the code system is a fragment of {stated} concepts, and has {counted}");
            findings.error(Code::RuleBroken, subject.place, message);
        }
    }
    let supplements = subject.text("supplements");
    if content == "supplement" && supplements.is_none() {
        let message = "a supplement says which code system it supplements";
        findings.error(Code::RuleBroken, subject.place, message);
    }
    if content != "supplement" && supplements.is_some() {
        let message = "only a code system with content `supplement` supplements another";
        findings.error(Code::RuleBroken, &subject.place.child("supplements"), message);
    }
    let declarations = objects(subject.resource, "property").map(|(_, declaration)| declaration);
    let declared: Declared<'_> = declarations
        .filter_map(|one| Some((text(one, "code")?, text(one, "type").unwrap_or_default())))
        .collect();
    concepts(&declared, subject.resource, subject.place, findings);
}

/// The types of properties by their codes.
type Declared<'a> = HashMap<&'a str, &'a str>;

fn count(holder: &Object) -> usize {
    objects(holder, "concept").map(|(_, concept)| 1 + count(concept)).sum()
}

fn concepts(declared: &Declared<'_>, holder: &Object, place: &Place<'_>, findings: &mut Findings) {
    for (index, concept) in objects(holder, "concept") {
        let place = place.item("concept", index);
        for (index, property) in objects(concept, "property") {
            property_fits(declared, property, &place.item("property", index), findings);
        }
        concepts(declared, concept, &place, findings);
    }
}

fn property_fits(declared: &Declared<'_>, property: &Object, place: &Place<'_>, findings: &mut Findings) {
    let code = text(property, "code").unwrap_or_default();
    let Some(declared) = declared.get(code) else {
        if !STANDARD_PROPERTIES.contains(&code) {
            let message = format!("the property `{code}` is not declared by the code system");
            findings.warning(Code::RuleBroken, place, message);
        }
        return;
    };
    let told = property.iter().find_map(|(name, _)| name.strip_prefix("value"));
    if let Some(told) = told
        && !told.eq_ignore_ascii_case(declared)
    {
        let message = format!("the property `{code}` is of type {declared} and has a value of type {told}");
        findings.error(Code::RuleBroken, place, message);
    }
}
