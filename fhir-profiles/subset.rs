//! Which part of a resource did the client ask for?
//!
//! `_summary` and `_elements`: <https://hl7.org/fhir/R4/search.html#summary>. What is left is marked with the
//! tag `SUBSETTED`, so that nobody stores it for the whole. `_summary=count` and `false` are for the caller,
//! and so are the entries of Bundles. Of an unknown type, nothing can be left out safely and nothing is.

use model::xml::{Form, Node};
use model::{Object, Value};

use crate::definitions::{Child, Definitions, TypeDefinition};

const TAG_SYSTEM: &str = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue";
const TAG_CODE: &str = "SUBSETTED";

/// The values of `_summary` that return parts of resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SummaryMode {
    /// `true`: what the definitions mark as summary, at every level.
    True,
    /// `text`: the narrative and what is mandatory.
    Text,
    /// `data`: all but the narrative.
    Data,
}

/// The part of the resource that `mode` asks for. Mandatory elements, id and meta always stay.
pub fn summary(resource: &Object, mode: SummaryMode, definitions: &Definitions) -> Object {
    let Some(definition) = definition(resource, definitions) else {
        return resource.clone();
    };
    let subset = match mode {
        SummaryMode::True => summarised(resource, definition, definitions),
        SummaryMode::Text => top_level(resource, definition, |child| child.name == "text"),
        SummaryMode::Data => members(resource, definition, |child| child.name != "text"),
    };
    tagged(subset)
}

/// The elements called `names`, with what is mandatory, id and meta. A choice may be named with its type or
/// without: `value`, `value[x]`, `valueQuantity`.
pub fn elements(resource: &Object, names: &[&str], definitions: &Definitions) -> Object {
    let Some(definition) = definition(resource, definitions) else {
        return resource.clone();
    };
    let stem = |child: &Child| child.element.trim_end_matches("[x]");
    let asked =
        |child: &Child| names.iter().any(|name| [child.name, child.element, stem(child)].contains(name));
    tagged(top_level(resource, definition, asked))
}

fn definition<'d>(resource: &Object, definitions: &'d Definitions) -> Option<&'d TypeDefinition> {
    let name = resource.get("resourceType").and_then(Value::as_str)?;
    definitions.resource_node(name).map(|node| definitions.node(node))
}

/// The members that `keep` accepts, and those that no resource of the type may be without.
fn top_level(resource: &Object, definition: &TypeDefinition, keep: impl Fn(&Child) -> bool) -> Object {
    let always = |child: &Child| child.min > 0 || matches!(child.name, "id" | "meta");
    members(resource, definition, |child| always(child) || keep(child))
}

fn members(resource: &Object, definition: &TypeDefinition, keep: impl Fn(&Child) -> bool) -> Object {
    let kept = |name: &str| name == "resourceType" || child_of(definition, name).is_none_or(&keep);
    resource.iter().filter(|(name, _)| kept(name)).map(|(name, value)| (name.into(), value.clone())).collect()
}

/// The child that a member belongs to; `_birthDate` goes where `birthDate` goes.
fn child_of<'d>(definition: &'d TypeDefinition, member: &str) -> Option<&'d Child> {
    definition.child(member.strip_prefix('_').unwrap_or(member))
}

fn summarised(object: &Object, definition: &TypeDefinition, definitions: &Definitions) -> Object {
    // Extension marks nothing as summary; one that is kept for being a modifier is of no use in part.
    if !definition.children().iter().any(|child| child.is_summary) {
        return object.clone();
    }
    let mut subset = Object::with_capacity(object.len());
    for (name, value) in object.iter() {
        match child_of(definition, name) {
            Some(child) if child.is_summary || child.min > 0 => {
                let inner = if name.starts_with('_') { None } else { inner_node(child, value, definitions) };
                let value = inner.map_or_else(|| value.clone(), |node| part(value, node, definitions));
                subset.push(name.into(), value);
            }
            None => subset.push(name.into(), value.clone()),
            Some(_) => {}
        }
    }
    subset
}

/// Whose members the value has.
fn inner_node(child: &Child, value: &Value, definitions: &Definitions) -> Option<Node> {
    match child.form {
        Form::Object(node) => Some(node),
        Form::Resource => definitions.resource_node(value.text("resourceType")?),
        Form::Primitive(_) | Form::Attribute | Form::Narrative => None,
    }
}

fn part(value: &Value, node: Node, definitions: &Definitions) -> Value {
    match value {
        Value::Array(items) => {
            items.iter().map(|item| part(item, node, definitions)).collect::<Vec<_>>().into()
        }
        Value::Object(object) => summarised(object, definitions.node(node), definitions).into(),
        leaf => leaf.clone(),
    }
}

/// The resource with the tag that says it is not whole.
fn tagged(mut resource: Object) -> Object {
    if !matches!(resource.get("meta"), Some(Value::Object(_))) {
        resource.remove("meta");
        let start = resource.position("id").or_else(|| resource.position("resourceType"));
        resource.insert_at(start.map_or(0, |place| place + 1), "meta", Object::new());
    }
    let meta = resource.get_mut("meta").and_then(Value::as_object_mut).expect("it was put there above");
    let is_tag = |tag: &Value| tag.text("system") == Some(TAG_SYSTEM) && tag.text("code") == Some(TAG_CODE);
    match meta.get_mut("tag") {
        Some(Value::Array(tags)) if tags.iter().any(is_tag) => {}
        Some(Value::Array(tags)) => tags.push(tag()),
        _ => meta.set("tag", vec![tag()]),
    }
    resource
}

fn tag() -> Value {
    model::value::object([("system", TAG_SYSTEM.into()), ("code", TAG_CODE.into())])
}

#[cfg(test)]
mod tests;
