//! In which order do a definition's members stand?
//!
//! The two published packages write some of them in different orders. That of the definitions is the one that
//! XML demands, so it is the one that is kept: <https://hl7.org/fhir/R4/xml.html>.

use model::xml::Form;
use model::{Object, Value};

use crate::definitions::{Definitions, TypeDefinition};

/// Puts the members of a resource, and of all in it, into the order of their definitions.
pub(super) fn put_in_order(resource: &mut Value, definitions: &Definitions) {
    let node = resource.text("resourceType").and_then(|name| definitions.resource_node(name));
    if let (Some(node), Some(object)) = (node, resource.as_object_mut()) {
        members(object, definitions.node(node), definitions);
    }
}

fn members(object: &mut Object, definition: &TypeDefinition, definitions: &Definitions) {
    let mut ordered = std::mem::take(object).into_members();
    ordered.sort_by_key(|(name, _)| {
        // The type comes first; what stands beside a primitive comes behind it.
        let plain = name.strip_prefix('_').unwrap_or(name);
        (plain != "resourceType", definition.child(plain).map(|child| child.order), plain.len() < name.len())
    });
    for (name, value) in &mut ordered {
        match definition.child(name).map(|child| child.form) {
            Some(Form::Object(node)) => each(value, &mut |item| {
                if let Some(object) = item.as_object_mut() {
                    members(object, definitions.node(node), definitions);
                }
            }),
            Some(Form::Resource) => each(value, &mut |item| put_in_order(item, definitions)),
            _ => {}
        }
    }
    *object = ordered.into_iter().collect();
}

fn each(value: &mut Value, change: &mut dyn FnMut(&mut Value)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(change),
        single => change(single),
    }
}
