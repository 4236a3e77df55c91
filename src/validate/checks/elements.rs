//! Which elements does this resource have, and of which types are they?
//!
//! The walk that the checks of datatypes share. It goes by the published definitions, passes over what they
//! do not know, and stops at resources inside the resource: those are subjects of their own.

use fhir_profiles::{Child, Definitions, TypeDefinition};
use model::xml::Form;
use model::{Object, Value};

use crate::place::Place;

/// What is told of every element: its type, its value, its place. A companion (the member `_name`) is told as
/// an `Element`.
pub(crate) type See<'a, 'see> = dyn FnMut(&'static str, &'a Value, &Place<'_>) + 'see;

/// Shows `see` every element below the resource, each before what it holds.
pub(crate) fn each<'a>(resource: &'a Object, place: &Place<'_>, see: &mut See<'a, '_>) {
    let definitions = Definitions::r4();
    let node = super::text(resource, "resourceType").and_then(|name| definitions.resource_node(name));
    if let Some(node) = node {
        members(resource, definitions.node(node), place, see);
    }
}

fn members<'a>(object: &'a Object, definition: &TypeDefinition, place: &Place<'_>, see: &mut See<'a, '_>) {
    for (name, value) in object.iter() {
        let plain = name.strip_prefix('_').unwrap_or(name);
        let Some(child) = definition.child(plain) else { continue };
        let beside = plain.len() < name.len();
        let chosen;
        let told = if child.is_choice() {
            chosen = format!("{}.ofType({})", child.element.trim_end_matches("[x]"), child.type_name);
            chosen.as_str()
        } else {
            child.name
        };
        match value {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    element(child, beside, item, &place.item(told, index), see);
                }
            }
            value => element(child, beside, value, &place.child(told), see),
        }
    }
}

fn element<'a>(child: &Child, beside: bool, value: &'a Value, place: &Place<'_>, see: &mut See<'a, '_>) {
    let definitions = Definitions::r4();
    let node = match child.form {
        _ if beside => definitions.element_node(),
        Form::Object(node) => node,
        Form::Resource => return,
        Form::Attribute | Form::Primitive(_) | Form::Narrative => return see(child.type_name, value, place),
    };
    let definition = definitions.node(node);
    if let Value::Object(object) = value {
        see(definition.name, value, place);
        members(object, definition, place, see);
    }
}
