//! Does every element of this resource exist, in the form its definition gives it?
//!
//! The light check on the way into storage: names, JSON kinds, nothing empty, resource types within.
//! How many there must be and what a value looks like is for validation to say.
//! <https://hl7.org/fhir/R4/json.html>. A sound resource is checked without a single allocation.

use model::limits::ISSUES_MAX;
use model::xml::{Form, Leaf};
use model::{Code, Issue, Object, Value};

use crate::definitions::{Child, Definitions, TypeDefinition, TypeKind};

/// Returns what is wrong with the resource's structure, at most [`ISSUES_MAX`] complaints.
pub fn check(resource: &Object, definitions: &Definitions) -> Vec<Issue> {
    let mut checker = Checker { definitions, issues: Vec::new() };
    checker.resource(resource, None);
    checker.issues
}

struct Checker<'d> {
    definitions: &'d Definitions,
    issues: Vec<Issue>,
}

/// Where the check is: a chain from the innermost element outwards, made a text only for complaints.
#[derive(Clone, Copy)]
struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    name: &'a str,
    index: Option<usize>,
}

impl Checker<'_> {
    /// Checks a resource: the root, when `place` is none, or one inside another.
    fn resource(&mut self, resource: &Object, place: Option<&Place<'_>>) {
        let nowhere = Place { parent: None, name: "Resource", index: None };
        let Some(name) = resource.get("resourceType").and_then(Value::as_str) else {
            let message = "the member `resourceType` is missing or not a string";
            return self.complain(Code::NotAResource, message, place.unwrap_or(&nowhere));
        };
        let Some(node) = self.definitions.resource_node(name) else {
            let message = format!("there is no resource type `{name}`");
            return self.complain(Code::UnknownResource, message, place.unwrap_or(&nowhere));
        };
        let root = Place { parent: None, name, index: None };
        self.members(resource, self.definitions.node(node), place.unwrap_or(&root));
    }

    fn members(&mut self, object: &Object, definition: &TypeDefinition, place: &Place<'_>) {
        if object.is_empty() {
            return self.complain(Code::InvalidStructure, "an object must not be empty", place);
        }
        for (name, value) in object.iter() {
            if self.is_full() {
                return;
            }
            if name == "resourceType" && definition.kind == TypeKind::Resource {
                continue;
            }
            let plain = name.strip_prefix('_').unwrap_or(name);
            let stands_beside = plain.len() < name.len();
            match definition.child(plain) {
                Some(child) if !stands_beside => self.element(child, value, object, place),
                Some(child) if matches!(child.form, Form::Primitive(_)) => {
                    self.companion(child, value, object, place);
                }
                _ => {
                    let message = format!("`{}` has no element `{name}`", definition.name);
                    self.complain(Code::UnknownElement, message, &place.child(name));
                }
            }
        }
    }

    fn element(&mut self, child: &Child, value: &Value, parent: &Object, place: &Place<'_>) {
        let mut place = place.child(fhirpath_name(child));
        match (child.repeats(), value) {
            (false, value) => self.item(child, value, &place),
            (true, Value::Array(items)) if items.is_empty() => {
                self.complain(Code::InvalidStructure, "an array must not be empty", &place);
            }
            (true, Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    if self.is_full() {
                        return;
                    }
                    place.index = Some(index);
                    if *item == Value::Null && has_companion(child, parent, index) {
                        continue;
                    }
                    self.item(child, item, &place);
                }
            }
            (true, _) => {
                let message = format!("`{}` may repeat, so an array is expected", child.name);
                self.complain(Code::InvalidStructure, message, &place);
            }
        }
    }

    fn item(&mut self, child: &Child, item: &Value, place: &Place<'_>) {
        let expected = match (child.form, item) {
            (Form::Object(node), Value::Object(object)) => {
                return self.members(object, self.definitions.node(node), place);
            }
            (Form::Resource, Value::Object(object)) => return self.resource(object, Some(place)),
            (Form::Primitive(Leaf::Boolean), Value::Bool(_))
            | (Form::Primitive(Leaf::Number), Value::Number(_)) => return,
            (Form::Primitive(Leaf::String) | Form::Attribute | Form::Narrative, Value::String(text)) => {
                if !text.is_empty() {
                    return;
                }
                "a string that is not empty"
            }
            (Form::Object(_) | Form::Resource, _) => "an object",
            (Form::Primitive(Leaf::Boolean), _) => "true or false",
            (Form::Primitive(Leaf::Number), _) => "a number",
            (Form::Primitive(Leaf::String) | Form::Attribute | Form::Narrative, _) => "a string",
        };
        let message = format!("{expected} is expected, not {}", kind(item));
        self.complain(Code::InvalidStructure, message, place);
    }

    /// Checks `_name`: the id and extensions of a primitive, or of each repeat of one.
    fn companion(&mut self, child: &Child, value: &Value, parent: &Object, place: &Place<'_>) {
        let mut place = place.child(fhirpath_name(child));
        let element = self.definitions.node(self.definitions.element_node());
        match (child.repeats(), value) {
            (false, Value::Object(object)) => self.members(object, element, &place),
            (true, Value::Array(items)) if !items.is_empty() => {
                for (index, item) in items.iter().enumerate() {
                    if self.is_full() {
                        return;
                    }
                    place.index = Some(index);
                    match item {
                        Value::Object(object) => self.members(object, element, &place),
                        Value::Null if has_value(child, parent, index) => {}
                        _ => self.complain_beside(child, &place),
                    }
                }
            }
            _ => self.complain_beside(child, &place),
        }
    }

    fn complain_beside(&mut self, child: &Child, place: &Place<'_>) {
        let expected = if child.repeats() { "an array of objects, padded with null," } else { "an object" };
        let message = format!("{expected} with id or extensions is expected in `_{}`", child.name);
        self.complain(Code::InvalidStructure, message, place);
    }

    fn is_full(&self) -> bool {
        self.issues.len() >= ISSUES_MAX
    }

    fn complain(&mut self, code: Code, message: impl Into<String>, place: &Place<'_>) {
        if !self.is_full() {
            self.issues.push(Issue::error(code, message).at(place.expression()));
        }
    }
}

impl<'a> Place<'a> {
    fn child(&'a self, name: &'a str) -> Place<'a> {
        Place { parent: Some(self), name, index: None }
    }

    fn expression(&self) -> String {
        let mut path = self.parent.map_or_else(String::new, |parent| parent.expression() + ".");
        path.push_str(self.name);
        if let Some(index) = self.index {
            path.push_str(&format!("[{index}]"));
        }
        path
    }
}

/// FHIRPath names a choice without its type: `Observation.value`.
fn fhirpath_name(child: &Child) -> &'static str {
    // Not `trim_end_matches`, which searches for what may stand there several times.
    child.element.strip_suffix("[x]").unwrap_or(child.element)
}

/// Whether id or extensions stand beside the placeholder at `index`.
fn has_companion(child: &Child, parent: &Object, index: usize) -> bool {
    let beside = parent.iter().find(|(name, _)| name.strip_prefix('_') == Some(child.name));
    let item = beside.and_then(|(_, items)| items.items().get(index));
    matches!(child.form, Form::Primitive(_)) && item.is_some_and(|item| *item != Value::Null)
}

/// Whether a value stands beside the placeholder at `index` of `_name`.
fn has_value(child: &Child, parent: &Object, index: usize) -> bool {
    let item = parent.get(child.name).and_then(|values| values.items().get(index));
    item.is_some_and(|item| *item != Value::Null)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(text) if text.is_empty() => "an empty one",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests;
