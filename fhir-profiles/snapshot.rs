//! Which elements does a profile have in full?
//!
//! A profile lists what it changes, its differential; the snapshot is all elements of its base with these changes:
//! <https://hl7.org/fhir/R4/profiling.html#snapshot>. Where the specification leaves a choice, it is made as the
//! reference implementation makes it, so that snapshots made here and there are the same.

mod choice;
mod element;
mod expand;
mod library;
mod narrow;
mod slices;
mod tree;
mod walk;

use std::rc::Rc;

use model::{Code, Issue, Object, Severity, Value};

use crate::registry::Registry;
use library::{Library, Missing};
use tree::Node;
use walk::{Around, Making, NewElements, Place};

/// Returns the definition with its snapshot, made from its differential and its base's snapshot.
///
/// One that has a snapshot and no differential, as R4's own are kept here, is returned as it is. The elements of
/// the differential may stand in any order in which each one's slices and children follow it.
pub fn generate(definition: &Value, registry: &Registry) -> Result<Value, Vec<Issue>> {
    make(definition, &mut Library::new(registry), Order::Any)
}

/// Returns what [`generate`] does, and refuses a differential whose order is not that of the base.
pub fn generate_in_order(definition: &Value, registry: &Registry) -> Result<Value, Vec<Issue>> {
    make(definition, &mut Library::new(registry), Order::Kept)
}

/// A definition with a snapshot to work with, and what is wrong with its differential all the same.
#[derive(Clone, Debug)]
pub struct Usable {
    /// The definition with its snapshot.
    pub definition: Value,
    /// Mistakes that leave no doubt about what is meant, or that can be passed over; each a warning.
    pub doubts: Vec<Issue>,
}

/// Returns what [`generate`] does, also where mistakes can be passed over without asking for less than is meant.
pub fn generate_usable(definition: &Value, registry: &Registry) -> Result<Usable, Vec<Issue>> {
    let mut library = Library::tolerant(registry);
    let definition = make(definition, &mut library, Order::Any)?;
    let doubts = library.doubts.unwrap_or_default();
    Ok(Usable { definition, doubts })
}

/// In which order the elements of a differential must stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Any,
    Kept,
}

/// What a snapshot is made of.
struct Parts<'d> {
    url: &'d str,
    /// The root of the differential.
    said: Node,
    base: Node,
    new_elements: NewElements,
}

fn make(definition: &Value, library: &mut Library<'_>, order: Order) -> Result<Value, Vec<Issue>> {
    let differential = definition.get("differential").and_then(|differential| differential.get("element"));
    if library::has_snapshot(definition) && differential.is_none() {
        return Ok(definition.clone());
    }
    library.begin(definition.text("url").unwrap_or_default());
    let made = parts(definition, library).and_then(|parts| merged(parts, library, order));
    library.end();
    made.map(|elements| with_snapshot(definition, elements))
}

fn parts<'d>(definition: &'d Value, library: &mut Library<'_>) -> Result<Parts<'d>, Vec<Issue>> {
    let url = definition.text("url").unwrap_or_default();
    let elements = definition.get("differential").and_then(|differential| differential.get("element"));
    let elements = elements.map_or(&[][..], Value::items);
    let new_elements = match definition.text("derivation") {
        Some("constraint") => NewElements::Refused,
        _ => NewElements::Added,
    };
    let Some(base_url) = definition.text("baseDefinition") else {
        if new_elements == NewElements::Refused {
            return Err(failed(url, "it has no `baseDefinition`"));
        }
        let said = tree::of_differential(elements, library.doubts.as_mut()).map_err(|issue| vec![issue])?;
        let base = Node::new(&said.name);
        return Ok(Parts { url, said, base, new_elements });
    };
    let base_definition =
        library.definition(base_url).map_err(|missing| missing_base(url, base_url, missing))?;
    let base = tree::of_snapshot(&base_definition).map_err(|issue| vec![issue])?;
    let said = match elements {
        [] => Node::new(&base.name),
        elements => tree::of_differential(elements, library.doubts.as_mut()).map_err(|issue| vec![issue])?,
    };
    let type_of = |definition: &Value| definition.text("type").map(str::to_owned);
    if new_elements == NewElements::Refused && type_of(definition) != type_of(&base_definition) {
        let [stated, known] = [type_of(definition), type_of(&base_definition)].map(Option::unwrap_or_default);
        return Err(failed(url, &format!("it constrains `{stated}`, and its base is one of `{known}`")));
    }
    if new_elements == NewElements::Refused && said.name != base.name {
        let wrong =
            format!("its elements are those of `{}`, and those of its base are `{}`", said.name, base.name);
        return Err(failed(url, &wrong));
    }
    Ok(Parts { url, said, base, new_elements })
}

fn merged(parts: Parts<'_>, library: &mut Library<'_>, order: Order) -> Result<Vec<Value>, Vec<Issue>> {
    let Parts { url, said, base, new_elements } = parts;
    if let Some(profile) = element::type_profile(&said.element)
        && let Err(Missing::Circular(chain)) = library.definition(profile)
    {
        return Err(failed(url, &format!("its type is the profile itself: {chain}")));
    }
    let name = said.name.clone();
    let mut making = Making {
        library,
        url,
        base: Rc::new(base.clone()),
        new_elements,
        order,
        taken_in: 0,
        issues: Vec::new(),
    };
    let mut root = base;
    element::merge(&mut root.element, &said.element, url);
    root.element.set("path", name.as_str());
    element::note_base(&mut root.element);
    let at = Place { path: &name, around: Around::Plain };
    root.children = walk::merge_all(&mut making, root.children, said.children, at);
    if making.issues.is_empty() { Ok(tree::flatten(root, &name)) } else { Err(making.issues) }
}

/// The definition with these elements as its snapshot, before its differential.
fn with_snapshot(definition: &Value, elements: Vec<Value>) -> Value {
    let mut definition = definition.as_object().cloned().unwrap_or_default();
    let mut snapshot = Object::new();
    snapshot.set("element", elements);
    definition.remove("snapshot");
    match definition.position("differential") {
        Some(place) => definition.insert_at(place, "snapshot", snapshot),
        None => definition.set("snapshot", snapshot),
    }
    definition.into()
}

/// Notes a mistake that is passed over.
fn doubt(doubts: &mut Vec<Issue>, message: String) {
    let issue = Issue::error(Code::SnapshotFailed, message).with_severity(Severity::Warning);
    if !doubts.contains(&issue) && doubts.len() < model::limits::ISSUES_MAX {
        doubts.push(issue);
    }
}

fn missing_base(url: &str, base_url: &str, missing: Missing) -> Vec<Issue> {
    match missing {
        Missing::Unknown => failed(url, &format!("its base `{base_url}` is not known here")),
        Missing::Circular(chain) => failed(url, &format!("it is based on itself: {chain}")),
        Missing::Broken(issues) => issues,
    }
}

fn failed(url: &str, reason: &str) -> Vec<Issue> {
    let message = format!("making the snapshot of `{url}` failed, since {reason}");
    vec![Issue::error(Code::SnapshotFailed, message)]
}

#[cfg(test)]
mod tests;
