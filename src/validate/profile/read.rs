//! What does one ElementDefinition say?
//!
//! <https://hl7.org/fhir/R4/elementdefinition.html>, read from JSON without judging it.

use fhirpath::Expression;
use model::{Severity, Value};

use super::{
    Binding, Bounds, Constraint, Discriminator, DiscriminatorKind, Element, Slicing, SlicingRules, Strength,
    TypeRule, implied, proof,
};

const CORE: &str = "http://hl7.org/fhir/StructureDefinition/";
const VALUE_SET_MAX: &str = "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet";
const BINDING_ADDED: &str = "http://hl7.org/fhir/tools/StructureDefinition/additional-binding";
const PROFILE_ELEMENT: &str = "http://hl7.org/fhir/StructureDefinition/elementdefinition-profile-element";
const LENGTH_MIN: &str = "http://hl7.org/fhir/StructureDefinition/minLength";
const MUST_HAVE_VALUE: &str =
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-ElementDefinition.mustHaveValue";
const VITAL_UNITS: &str = "http://hl7.org/fhir/ValueSet/ucum-vitals-common";
const BEST_PRACTICE: &str = "http://hl7.org/fhir/StructureDefinition/elementdefinition-bestpractice";

/// Reads an element; what cannot be understood is named in `faults`.
pub(super) fn element(json: &Value, faults: &mut Vec<String>) -> Element {
    let path = json.text("path").unwrap_or_default();
    let name = path.rsplit('.').next().unwrap_or_default();
    let mut element = Element {
        name: name.into(),
        path: path.into(),
        id: json.text("id").unwrap_or(path).into(),
        min: json.get("min").and_then(number).unwrap_or(0),
        max: max(json),
        types: items(json, "type").iter().map(type_rule).collect(),
        fixed: prefixed(json, "fixed"),
        pattern: prefixed(json, "pattern"),
        bounds: bounds(json),
        binding: json.get("binding").and_then(binding),
        is_modifier: json.get("isModifier") == Some(&Value::Bool(true)),
        slice_name: json.text("sliceName").map(Into::into),
        ..Element::default()
    };
    element.constraints = constraints(json, &element.id, faults);
    element.slicing = json.get("slicing").map(|slicing| Box::new(read_slicing(slicing, &element.id, faults)));
    element
}

fn number(value: &Value) -> Option<u32> {
    match value {
        Value::Number(number) => number.as_str().parse().ok(),
        _ => None,
    }
}

/// `*` and absent mean any number.
fn max(json: &Value) -> Option<u32> {
    json.text("max").and_then(|max| max.parse().ok())
}

fn type_rule(json: &Value) -> TypeRule {
    let targets = texts(json, "targetProfile");
    let target_types =
        targets.iter().filter_map(|target| target.strip_prefix(CORE)).map(Into::into).collect();
    TypeRule {
        code: json.text("code").unwrap_or_default().into(),
        profiles: profiles(json),
        targets,
        target_types,
        aggregation: texts(json, "aggregation"),
        versioning: json.text("versioning").unwrap_or_default().into(),
    }
}

/// The profiles of a type, where it is meant with the element that describes the type.
fn profiles(json: &Value) -> Vec<Box<str>> {
    let beside = items(json, "_profile");
    let named = |(place, canonical): (usize, &Value)| {
        let element = beside.get(place).and_then(|beside| extension(beside, PROFILE_ELEMENT));
        let element = element.and_then(|found| found.text("valueString"));
        let canonical = canonical.as_str()?;
        Some(element.map_or_else(|| canonical.into(), |element| super::of_element(canonical, element).into()))
    };
    items(json, "profile").iter().enumerate().filter_map(named).collect()
}

fn bounds(json: &Value) -> Bounds {
    let length = |value: &Value| number(value).and_then(|length| usize::try_from(length).ok());
    Bounds {
        min: prefixed(json, "minValue"),
        max: prefixed(json, "maxValue"),
        length_max: json.get("maxLength").and_then(length),
        length_min: extension(json, LENGTH_MIN).and_then(|found| found.get("valueInteger")).and_then(length),
        must_have_value: extension(json, MUST_HAVE_VALUE)
            .is_some_and(|found| found.get("valueBoolean") == Some(&Value::Bool(true))),
    }
}

/// The value of the choice `prefix[x]`.
fn prefixed(json: &Value, prefix: &str) -> Option<Value> {
    let is_case = |name: &str| {
        name.strip_prefix(prefix)
            .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_uppercase()))
    };
    let found = json.as_object()?.iter().find(|(name, _)| is_case(name));
    found.map(|(_, value)| value.clone())
}

fn binding(json: &Value) -> Option<Binding> {
    let strength = match json.text("strength")? {
        "required" => Strength::Required,
        "extensible" => Strength::Extensible,
        "preferred" => Strength::Preferred,
        _ => Strength::Example,
    };
    let set_max = extension(json, VALUE_SET_MAX);
    let set_max = set_max.and_then(|found| found.text("valueCanonical").or(found.text("valueUri")));
    let added = items(json, "extension").iter().filter(|found| found.text("url") == Some(BINDING_ADDED));
    let part = |found: &Value, url: &str| {
        let part =
            items(found, "extension").iter().find(|part| part.text("url") == Some(url))?.as_object()?;
        let value = part.iter().find(|(name, _)| name.starts_with("value"))?.1;
        value.as_str().map(Box::<str>::from)
    };
    let added = added.filter_map(|found| Some((part(found, "purpose")?, part(found, "valueSet")?)));
    let value_set = json.text("valueSet").unwrap_or_default();
    // R4's vital signs bind their units more firmly than was meant; a technical correction says extensible.
    let is_corrected = strength == Strength::Required && value_set.split('|').next() == Some(VITAL_UNITS);
    Some(Binding {
        strength: if is_corrected { Strength::Extensible } else { strength },
        value_set: value_set.into(),
        value_set_max: set_max.map(Into::into),
        additional: added.collect(),
    })
}

fn constraints(json: &Value, id: &str, faults: &mut Vec<String>) -> Vec<Constraint> {
    let mut constraints = Vec::new();
    for constraint in items(json, "constraint") {
        let key = constraint.text("key").unwrap_or_default();
        let Some(text) = constraint.text("expression") else { continue };
        if implied::is_implied(key, text) || extension(constraint, BEST_PRACTICE).is_some() {
            continue;
        }
        let meant = implied::corrected(key, text);
        match Expression::parse(meant) {
            Ok(expression) => constraints.push(Constraint {
                key: key.into(),
                severity: severity(constraint),
                human: constraint.text("human").unwrap_or_default().into(),
                expression,
                guard: implied::guard(key, text),
                proof: proof::read(implied::restated(meant)),
            }),
            Err(wrong) => faults.push(format!(
                "the expression of the invariant `{key}` of `{id}` cannot be read: {}",
                wrong.message
            )),
        }
    }
    constraints
}

fn severity(constraint: &Value) -> Severity {
    match constraint.text("severity") {
        Some("warning") => Severity::Warning,
        _ => Severity::Error,
    }
}

fn read_slicing(json: &Value, id: &str, faults: &mut Vec<String>) -> Slicing {
    let mut slicing = Slicing {
        rules: match json.text("rules") {
            Some("closed") => SlicingRules::Closed,
            Some("openAtEnd") => SlicingRules::OpenAtEnd,
            _ => SlicingRules::Open,
        },
        is_ordered: json.get("ordered") == Some(&Value::Bool(true)),
        ..Slicing::default()
    };
    for discriminator in items(json, "discriminator") {
        let kind = match discriminator.text("type") {
            Some("value") => DiscriminatorKind::Value,
            Some("pattern") => DiscriminatorKind::Pattern,
            Some("type") => DiscriminatorKind::Type,
            Some("profile") => DiscriminatorKind::Profile,
            Some("exists") => DiscriminatorKind::Exists,
            Some("position") => DiscriminatorKind::Position,
            other => {
                let other = other.unwrap_or("nothing");
                faults.push(format!("the slicing of `{id}` has a discriminator of type `{other}`"));
                continue;
            }
        };
        let path = discriminator.text("path").unwrap_or("$this").into();
        slicing.discriminators.push(Discriminator { kind, path });
    }
    slicing
}

/// The first extension with this url.
fn extension<'v>(json: &'v Value, url: &str) -> Option<&'v Value> {
    items(json, "extension").iter().find(|extension| extension.text("url") == Some(url))
}

pub(super) fn items<'v>(json: &'v Value, name: &str) -> &'v [Value] {
    json.get(name).map_or(&[], Value::items)
}

fn texts(json: &Value, name: &str) -> Vec<Box<str>> {
    items(json, name).iter().filter_map(Value::as_str).map(Into::into).collect()
}
