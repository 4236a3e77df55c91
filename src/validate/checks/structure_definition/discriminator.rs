//! Do the discriminators of a slicing lead somewhere?
//!
//! A path from the sliced element, restricted as <https://hl7.org/fhir/R4/profiling.html#discriminator> says.
//! Only its first step is followed, and only where the element's type is known.

use fhir_profiles::{Definitions, TypeDefinition};
use model::xml::Form;
use model::{Code, Object};

use crate::checks::{items, objects, text};
use crate::findings::Findings;
use crate::place::Place;

pub(super) fn check(element: &Object, place: &Place<'_>, findings: &mut Findings) {
    let Some(slicing) = element.get("slicing").and_then(|slicing| slicing.as_object()) else { return };
    let path = text(element, "path").unwrap_or_default();
    let Some(types) = types(element, path) else { return };
    let place = place.child("slicing");
    for (index, discriminator) in objects(slicing, "discriminator") {
        let path_within = text(discriminator, "path").unwrap_or_default();
        let first = path_within.split('.').next().unwrap_or_default();
        // `$this`, `resolve()`, `ofType(…)` and `extension(…)` lead on from any element.
        if first.is_empty() || first.starts_with('$') || first.contains('(') {
            continue;
        }
        if !types.iter().any(|definition| has(definition, first)) {
            let message = format!("the discriminator `{path_within}` leads nowhere from `{path}`");
            findings.error(Code::UnusableProfile, &place.item("discriminator", index), message);
        }
    }
}

/// The types that the element may have; none where one of them is not known or stands for any.
fn types(element: &Object, path: &str) -> Option<Vec<&'static TypeDefinition>> {
    let definitions = Definitions::r4();
    if items(element, "type").is_empty() {
        return Some(vec![at(path)?]);
    }
    let told = objects(element, "type").map(|(_, chosen)| text(chosen, "code").unwrap_or_default());
    told.map(|code| match code {
        // Their elements are those of the place, not of the type.
        "BackboneElement" | "Element" => at(path),
        "Resource" | "DomainResource" => None,
        code => definitions.type_definition(code),
    })
    .collect()
}

/// The type of the element at `path` in the published definitions.
fn at(path: &str) -> Option<&'static TypeDefinition> {
    let definitions = Definitions::r4();
    let mut parts = path.split('.');
    let mut definition = definitions.type_definition(parts.next()?)?;
    for part in parts {
        match definition.child(part)?.form {
            Form::Object(node) => definition = definitions.node(node),
            _ => return None,
        }
    }
    Some(definition)
}

fn has(definition: &TypeDefinition, name: &str) -> bool {
    definition
        .children()
        .iter()
        .any(|child| child.element.trim_end_matches("[x]") == name || child.name == name)
}
