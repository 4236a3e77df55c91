//! Can instances be held against this definition?
//!
//! Its base is known and of the same type, its constraints are FHIRPath, its types exist, its bindings stand
//! where codes can: <https://hl7.org/fhir/R4/structuredefinition.html>.

mod discriminator;

use fhir_profiles::{Definitions, TypeKind, snapshot};
use fhirpath::Expression;
use model::{Code, Object, Value};

use super::{Subject, objects, text};
use crate::findings::Findings;
use crate::place::Place;

/// Types whose values codes can be bound to.
const BINDABLE: &[&str] =
    &["code", "Coding", "CodeableConcept", "Quantity", "string", "uri", "url", "canonical", "id", "markdown"];

pub(crate) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    base(subject, findings);
    for (index, context) in objects(subject.resource, "context") {
        extended(context, &subject.place.item("context", index), findings);
    }
    for name in ["differential", "snapshot"] {
        let Some(part) = subject.resource.get(name).and_then(Value::as_object) else { continue };
        let place = subject.place.child(name);
        for (index, element) in objects(part, "element") {
            let place = place.item("element", index);
            element_rules(subject, element, &place, findings);
        }
    }
}

/// A constraint keeps the type of its base.
fn base(subject: &Subject<'_>, findings: &mut Findings) {
    let (Some(canonical), Some(own)) = (subject.text("baseDefinition"), subject.text("type")) else { return };
    let Some(base) = subject.rules.registry.resolve_as("StructureDefinition", canonical) else {
        let message =
            format!("the base `{canonical}` is not known, so the definition is not held against it");
        return findings.warning(Code::UnknownProfile, subject.place, message);
    };
    let known = base.text("type").unwrap_or_default();
    if subject.text("derivation") == Some("constraint") && known != own {
        let message = format!(
            "the definition constrains type `{own}`, and its base `{canonical}` is of type `{known}`"
        );
        return findings.error(Code::UnusableProfile, &subject.place.child("type"), message);
    }
    // A base without a snapshot is a fault of the base, told where that is held against the rules. That no
    // snapshot comes of the differential is an error once something is held against it; here it is said
    // beforehand.
    let is_made = subject.resource.get("differential").is_some() && base.get("snapshot").is_some();
    let definition = Value::Object(subject.resource.clone());
    if is_made && let Err(issues) = snapshot::generate(&definition, &subject.rules.registry) {
        let why = issues.first().map_or("", |issue| issue.message.as_str());
        let message = format!("the differential does not fit the base `{canonical}`: {why}");
        findings.warning(Code::SnapshotFailed, subject.place, message);
    }
}

/// Where an extension may stand is a path or an expression.
fn extended(context: &Object, place: &Place<'_>, findings: &mut Findings) {
    let expression = text(context, "expression").unwrap_or_default();
    match text(context, "type") {
        Some("fhirpath") => expression_parses(expression, &place.child("expression"), findings),
        Some("element") if expression == "Element" => {
            let message = "an extension of every element says too little of where it belongs";
            findings.warning(Code::BestPractice, place, message);
        }
        _ => {}
    }
}

fn element_rules(subject: &Subject<'_>, element: &Object, place: &Place<'_>, findings: &mut Findings) {
    for (index, constraint) in objects(element, "constraint") {
        if let Some(expression) = text(constraint, "expression") {
            expression_parses(expression, &place.item("constraint", index).child("expression"), findings);
        }
    }
    for (index, chosen) in objects(element, "type") {
        let place = place.item("type", index);
        let code = text(chosen, "code").unwrap_or_default();
        if !code.is_empty() && !is_type(subject, code) {
            let message = format!("there is no type `{code}`");
            findings.error(Code::UnusableProfile, &place.child("code"), message);
        }
    }
    let types: Vec<&str> = objects(element, "type").filter_map(|(_, chosen)| text(chosen, "code")).collect();
    let is_bindable = |code: &&str| BINDABLE.contains(code) || !is_primitive_or_complex(code);
    if element.get("binding").is_some() && !types.is_empty() && !types.iter().any(is_bindable) {
        let message = format!("codes are bound to an element of type {}, which has none", types.join(", "));
        findings.error(Code::UnusableProfile, place, message);
    }
    bounds(element, place, findings);
    discriminator::check(element, place, findings);
}

fn bounds(element: &Object, place: &Place<'_>, findings: &mut Findings) {
    let least = match element.get("min") {
        Some(Value::Number(least)) => least.as_str().parse::<u64>().unwrap_or_default(),
        _ => return,
    };
    let most = text(element, "max").and_then(|most| most.parse::<u64>().ok());
    if most.is_some_and(|most| most < least) {
        findings.error(Code::UnusableProfile, place, "`max` is below `min`");
    }
}

fn expression_parses(expression: &str, place: &Place<'_>, findings: &mut Findings) {
    if let Err(wrong) = Expression::parse(expression) {
        findings.error(
            Code::InvalidExpression,
            place,
            format!("the expression is no FHIRPath: {}", wrong.message),
        );
    }
}

/// Datatypes and resources of R4, those of FHIRPath, and those that a known logical model defines.
fn is_type(subject: &Subject<'_>, code: &str) -> bool {
    code.starts_with("http://hl7.org/fhirpath/System.")
        || Definitions::r4()
            .type_definition(code)
            .is_some_and(|definition| definition.kind != TypeKind::Backbone)
        || code.contains("://")
        || subject
            .rules
            .registry
            .resolve_as("StructureDefinition", &format!("http://hl7.org/fhir/StructureDefinition/{code}"))
            .is_some()
}

/// Whether a code names a datatype of R4 that is not a special kind of one that codes can be bound to.
fn is_primitive_or_complex(code: &str) -> bool {
    let definition = Definitions::r4().type_definition(code);
    definition.is_some_and(|definition| {
        matches!(definition.kind, TypeKind::Primitive | TypeKind::Complex)
            && definition.base != Some("Quantity")
            && code != "Extension"
    })
}
