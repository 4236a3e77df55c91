//! Which JSON Schema does a resource of this type keep?
//!
//! <https://hl7.org/fhir/R4/json.html>, <https://json-schema.org/draft-07>. Made from the definitions alone: names,
//! JSON kinds, repeats, what is required, the form of primitives. That only one type of a choice may be there,
//! bindings and invariants are left to validation.

mod primitive;

use std::collections::HashSet;

use model::xml::Form;
use model::{Object, Value, value::object};

use crate::definitions::{Child, Definitions, TypeDefinition, TypeKind};

/// What any resource is called among the definitions; the published one of this name is abstract.
const ANY_RESOURCE: &str = "Resource";

/// What stands beside a primitive.
const COMPANION: &str = "Element";

/// Returns the JSON Schema (draft-07) of resources of this type; none for what is no resource type.
///
/// It is whole in itself: all that the type leads to stands among its definitions and nothing else does. Any
/// resource may be contained in most, so theirs hold all types.
pub fn schema(definitions: &Definitions, type_name: &str) -> Option<Value> {
    definitions.resource_node(type_name)?;
    let reachable = reachable(definitions, type_name);
    let mut shared = Object::with_capacity(reachable.len());
    for definition in definitions.types().iter().filter(|definition| reachable.contains(definition.name)) {
        shared.push(definition.name.into(), definition_schema(definitions, definition));
    }
    Some(object([
        ("$schema", "http://json-schema.org/draft-07/schema#".into()),
        ("$ref", pointer(type_name)),
        ("definitions", shared.into()),
    ]))
}

/// The names of the definitions that `root` leads to, its own among them.
fn reachable<'d>(definitions: &'d Definitions, root: &'d str) -> HashSet<&'d str> {
    let mut found = HashSet::from([root]);
    let mut left = vec![root];
    while let Some(name) = left.pop() {
        let mut lead = |target| {
            if found.insert(target) {
                left.push(target);
            }
        };
        if name == ANY_RESOURCE {
            definitions.resource_types().iter().for_each(|known| lead(known.as_str()));
            continue;
        }
        for child in definitions.type_definition(name).map_or(&[][..], TypeDefinition::children) {
            lead(target(definitions, child));
            if has_companion(child) {
                lead(COMPANION);
            }
        }
    }
    found
}

fn definition_schema(definitions: &Definitions, definition: &TypeDefinition) -> Value {
    match definition.kind {
        TypeKind::Primitive => primitive::schema(definition.name),
        _ if definition.name == ANY_RESOURCE => any_resource(definitions),
        _ => structure(definitions, definition),
    }
}

/// A resource by its `resourceType`: one branch for each type, of which one applies.
fn any_resource(definitions: &Definitions) -> Value {
    let names = definitions.resource_types().iter().map(|known| known.as_str());
    let branch = |name: &str| {
        let of_type = object([("resourceType", object([("const", name.into())]))]);
        object([("if", object([("properties", of_type)])), ("then", reference(name))])
    };
    let branches: Vec<Value> = names.clone().map(branch).collect();
    let known: Vec<Value> = names.map(Value::from).collect();
    object([
        ("type", "object".into()),
        ("required", vec!["resourceType".into()].into()),
        ("properties", object([("resourceType", object([("enum", known.into())]))])),
        ("allOf", branches.into()),
    ])
}

fn structure(definitions: &Definitions, definition: &TypeDefinition) -> Value {
    let mut properties = Object::new();
    let mut required = Vec::new();
    let mut alternatives = Vec::new();
    if definition.kind == TypeKind::Resource {
        properties.set("resourceType", object([("const", definition.name.into())]));
        required.push("resourceType".into());
    }
    for group in definition.children().chunk_by(|left, right| left.order == right.order) {
        group.iter().for_each(|child| members(definitions, child, &mut properties));
        if group[0].min == 0 {
            continue;
        }
        match names(group).as_slice() {
            [name] => required.push(name.as_str().into()),
            names => alternatives.push(one_of_these(names)),
        }
    }
    let mut schema = Object::new();
    schema.set("type", "object");
    schema.set("minProperties", 1u64);
    schema.set("properties", properties);
    schema.set("additionalProperties", false);
    if !required.is_empty() {
        schema.set("required", required);
    }
    if !alternatives.is_empty() {
        schema.set("allOf", alternatives);
    }
    schema.into()
}

/// At least one of these members is there.
fn one_of_these(names: &[String]) -> Value {
    let each = names.iter().map(|name| object([("required", vec![name.as_str().into()].into())]));
    object([("anyOf", each.collect::<Vec<_>>().into())])
}

/// The members that an element may stand in: one for each type, a primitive also in its companion alone.
fn names(group: &[Child]) -> Vec<String> {
    let own = group.iter().map(|child| child.name.to_owned());
    own.chain(group.iter().filter(|child| has_companion(child)).map(companion_name)).collect()
}

/// Adds the members of an element: itself, and its companion where it has one.
fn members(definitions: &Definitions, child: &Child, properties: &mut Object) {
    let target = target(definitions, child);
    let repeated = |name: &str| if has_companion(child) { or_null(name) } else { reference(name) };
    let member = |name: &str| if child.repeats() { array(repeated(name)) } else { reference(name) };
    properties.set(child.name, member(target));
    if has_companion(child) {
        properties.set(&companion_name(child), member(COMPANION));
    }
}

/// The definition that an element leads to.
fn target<'d>(definitions: &'d Definitions, child: &Child) -> &'d str {
    match child.form {
        Form::Resource => ANY_RESOURCE,
        Form::Object(node) => definitions.node(node).name,
        Form::Primitive(_) | Form::Narrative | Form::Attribute => child.type_name,
    }
}

/// Whether `_name` may stand beside the member, with the id and extensions of a primitive.
fn has_companion(child: &Child) -> bool {
    matches!(child.form, Form::Primitive(_))
}

fn companion_name(child: &Child) -> String {
    format!("_{}", child.name)
}

fn array(items: Value) -> Value {
    object([("type", "array".into()), ("minItems", 1u64.into()), ("items", items)])
}

/// In arrays of primitives `null` stands where only the other array has something.
fn or_null(name: &str) -> Value {
    let alternatives = vec![reference(name), object([("type", "null".into())])];
    object([("anyOf", alternatives.into())])
}

fn reference(name: &str) -> Value {
    object([("$ref", pointer(name))])
}

fn pointer(name: &str) -> Value {
    format!("#/definitions/{name}").into()
}

#[cfg(test)]
mod tests;
