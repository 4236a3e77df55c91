//! Can this search parameter be searched by?
//!
//! Its expression is FHIRPath, a composite has components, and what is derived is of the same type:
//! <https://hl7.org/fhir/R4/searchparameter.html>.

use fhirpath::Expression;
use model::{Code, Value};

use super::{Subject, items, objects, text};
use crate::findings::Findings;

pub(crate) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let kind = subject.text("type").unwrap_or_default();
    if kind == "composite" && items(subject.resource, "component").len() < 2 {
        let message = "a search parameter of type composite has two components at least";
        findings.error(Code::RuleBroken, subject.place, message);
    }
    if let Some(Err(wrong)) = subject.text("expression").map(Expression::parse) {
        let message = format!("the expression is no FHIRPath: {}", wrong.message);
        findings.error(Code::InvalidExpression, &subject.place.child("expression"), message);
    }
    for (index, component) in objects(subject.resource, "component") {
        if let Some(Err(wrong)) = text(component, "expression").map(Expression::parse) {
            let place = subject.place.item("component", index);
            let message = format!("the expression is no FHIRPath: {}", wrong.message);
            findings.error(Code::InvalidExpression, &place.child("expression"), message);
        }
    }
    derived(subject, kind, findings);
}

fn derived(subject: &Subject<'_>, kind: &str, findings: &mut Findings) {
    let Some(canonical) = subject.text("derivedFrom") else { return };
    let Some(origin) = subject.rules.registry.resolve_as("SearchParameter", canonical) else {
        let message = format!("the search parameter `{canonical}` that this is derived from is not known");
        return findings.warning(Code::UnknownProfile, subject.place, message);
    };
    if let Some(expected) = origin.text("type").filter(|expected| *expected != kind) {
        let message =
            format!("the type is {kind}, and that of `{canonical}`, which this is derived from, {expected}");
        findings.error(Code::RuleBroken, subject.place, message);
    }
    let own: Vec<&str> = subject.text("expression").map_or_else(Vec::new, alternatives);
    let known = origin.text("expression").map_or_else(Vec::new, alternatives);
    if !own.iter().all(|alternative| known.contains(alternative)) {
        let message =
            format!("the expression differs from that of `{canonical}`, which this is derived from");
        findings.warning(Code::RuleBroken, subject.place, message);
    }
    let bases: Vec<&str> = items(subject.resource, "base").iter().filter_map(Value::as_str).collect();
    let known = origin.get("base").map_or(&[][..], Value::items);
    let fits = |base: &str| {
        known.iter().any(|known| {
            matches!(known.as_str(), Some("Resource" | "DomainResource")) || known.as_str() == Some(base)
        })
    };
    for base in bases.iter().filter(|base| !fits(base)) {
        let message = format!("`{canonical}`, which this is derived from, does not search in {base}");
        findings.error(Code::RuleBroken, subject.place, message);
    }
}

fn alternatives(expression: &str) -> Vec<&str> {
    expression.split('|').map(str::trim).collect()
}
