//! How is a CodeSystem resource read?
//!
//! Concepts with their nesting, and the properties that mean something to every system:
//! <https://hl7.org/fhir/R4/codesystem.html#defined-props>.

use std::collections::HashMap;

use model::Value;

use crate::tree::items;

use super::{About, Builder, CodeSystem, Designation, Extent, Kind, Property};

/// The table of a CodeSystem resource.
pub fn read(resource: &Value) -> Result<CodeSystem, String> {
    let mut builder = Builder::new(about(resource));
    let meanings = meanings(resource);
    for property in items(resource, "property") {
        builder.declare(property.text("code").unwrap_or_default())?;
    }
    // A walk with a list of its own: the order of the resource, parents before children.
    let mut open: Vec<(&Value, Option<u32>)> = Vec::new();
    open.extend(items(resource, "concept").iter().rev().map(|concept| (concept, None)));
    while let Some((concept, parent)) = open.pop() {
        let Some(code) = concept.text("code") else { continue };
        let place = builder.add(code, concept.text("display"))?;
        if let Some(parent) = parent {
            builder.put_below(place, parent);
        }
        describe(&mut builder, place, concept, &meanings)?;
        open.extend(items(concept, "concept").iter().rev().map(|concept| (concept, Some(place))));
    }
    Ok(builder.finish())
}

/// What a property means to every system.
#[derive(Clone, Copy)]
enum Meaning {
    Parent,
    Child,
    Inactive,
    Abstract,
    Deprecated,
    Status,
}

/// The standard properties by their codes; a system may call them otherwise and say so by `uri`.
const MEANINGS: &[(&str, Meaning)] = &[
    ("parent", Meaning::Parent),
    ("subsumedBy", Meaning::Parent),
    ("child", Meaning::Child),
    ("inactive", Meaning::Inactive),
    ("notSelectable", Meaning::Abstract),
    ("deprecated", Meaning::Deprecated),
    ("status", Meaning::Status),
];

fn meanings(resource: &Value) -> HashMap<&str, Meaning> {
    let mut meanings: HashMap<&str, Meaning> = MEANINGS.iter().copied().collect();
    for property in items(resource, "property") {
        let defined = property.text("uri").and_then(|uri| uri.split_once("/concept-properties#"));
        let meaning = defined.and_then(|(_, name)| MEANINGS.iter().find(|(known, _)| *known == name));
        if let (Some(code), Some((_, meaning))) = (property.text("code"), meaning) {
            meanings.insert(code, *meaning);
        }
    }
    meanings
}

fn about(resource: &Value) -> About {
    let text = |name| resource.text(name).unwrap_or_default().into();
    About {
        url: text("url"),
        version: text("version"),
        name: resource.text("name").or(resource.text("title")).unwrap_or_default().into(),
        status: text("status"),
        language: text("language"),
        extent: match resource.text("content") {
            Some("fragment") => Extent::Fragment,
            Some("example") => Extent::Example,
            Some("not-present") => Extent::NotPresent,
            Some("supplement") => Extent::Supplement,
            _ => Extent::Complete,
        },
        // What is not said is not known, and a code that differs in case is then not taken for the same.
        case_sensitive: !matches!(resource.get("caseSensitive"), Some(Value::Bool(false))),
        value_set: text("valueSet"),
        supplements: text("supplements"),
    }
}

fn describe(
    builder: &mut Builder,
    place: u32,
    concept: &Value,
    meanings: &HashMap<&str, Meaning>,
) -> Result<(), String> {
    for designation in items(concept, "designation") {
        let purpose = designation.get("use").map(purpose).unwrap_or_default();
        builder.designate(
            place,
            Designation {
                language: designation.text("language").unwrap_or_default(),
                purpose: &purpose,
                value: designation.text("value").unwrap_or_default(),
            },
        )?;
    }
    if let Some(definition) = concept.text("definition") {
        builder.describe(
            place,
            Property { code: "definition", kind: Kind::Text, value: definition, system: "" },
        )?;
    }
    for property in items(concept, "property") {
        let Some(code) = property.text("code") else { continue };
        let Some(property) = property_of(code, property) else { continue };
        builder.describe(place, property)?;
        match meanings.get(code) {
            Some(Meaning::Parent) => builder.put_below_code(place, property.value)?,
            Some(Meaning::Child) => builder.put_above_code(place, property.value)?,
            Some(Meaning::Inactive) if property.value == "true" => builder.set_inactive(place),
            Some(Meaning::Abstract) if property.value == "true" => builder.set_abstract(place),
            Some(Meaning::Deprecated) => builder.set_deprecated(place),
            Some(Meaning::Status) if matches!(property.value, "retired" | "inactive" | "withdrawn") => {
                builder.set_inactive(place);
            }
            Some(Meaning::Status) if property.value == "deprecated" => builder.set_deprecated(place),
            _ => {}
        }
    }
    Ok(())
}

/// A use as `system|code`.
pub(crate) fn purpose(coding: &Value) -> String {
    format!("{}|{}", coding.text("system").unwrap_or_default(), coding.text("code").unwrap_or_default())
}

fn property_of<'a>(code: &'a str, property: &'a Value) -> Option<Property<'a>> {
    let (name, value) = property.as_object()?.iter().find(|(name, _)| name.starts_with("value"))?;
    let kind = match name {
        "valueCode" => Kind::Code,
        "valueCoding" => Kind::Coding,
        "valueInteger" => Kind::Integer,
        "valueBoolean" => Kind::Boolean,
        "valueDateTime" => Kind::DateTime,
        "valueDecimal" => Kind::Decimal,
        _ => Kind::Text,
    };
    let text = match value {
        Value::String(text) => text,
        Value::Number(number) => number.as_str(),
        Value::Bool(true) => "true",
        Value::Bool(false) => "false",
        coding => coding.text("code")?,
    };
    Some(Property { code, kind, value: text, system: value.text("system").unwrap_or_default() })
}
