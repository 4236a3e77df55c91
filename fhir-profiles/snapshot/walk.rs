//! What becomes of the elements below one, when a profile speaks of some of them?
//!
//! <https://hl7.org/fhir/R4/profiling.html#snapshot>. Each element of the base is kept, in its order, and merged with
//! what the differential says of it; where that goes deeper than the base, the definition of the element's type
//! is taken in.

use std::rc::Rc;

use model::{Code, Issue, Object, Value};

use super::element::{self, Counts};
use super::library::{Library, Missing, type_url};
use super::tree::Node;
use super::{Order, expand, narrow, slices};
use crate::limits::SNAPSHOT_ELEMENTS_MAX;

/// A snapshot that is being made.
pub(super) struct Making<'m, 'r> {
    pub(super) library: &'m mut Library<'r>,
    /// The profile, which is the source of its constraints.
    pub(super) url: &'m str,
    /// The base, in which references to content are looked up.
    pub(super) base: Rc<Node>,
    /// What may be said of elements that the base does not have.
    pub(super) new_elements: NewElements,
    pub(super) order: Order,
    /// Elements that were copied from other definitions, or into slices.
    pub(super) taken_in: usize,
    pub(super) issues: Vec<Issue>,
}

/// What becomes of an element that the base does not have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum NewElements {
    /// It is a mistake.
    Refused,
    /// It is added behind those of the base, since a new type is made.
    Added,
}

/// Where the work is being done.
#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    /// The path of the element above.
    pub(super) path: &'p str,
    pub(super) around: Around,
}

/// What the elements here are part of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Around {
    /// Anything else.
    Plain,
    /// A slice, whose elements the base itself lists.
    Slice,
}

/// An element of the base, and its slices.
pub(super) struct Group {
    pub(super) head: Node,
    pub(super) slices: Vec<Node>,
}

impl Making<'_, '_> {
    /// Whether there is room for the elements of `node`, which are counted; complains where there is none.
    pub(super) fn take_in(&mut self, node: &Node, path: &str) -> bool {
        self.taken_in += node.size();
        let is_room = self.taken_in <= SNAPSHOT_ELEMENTS_MAX;
        if !is_room {
            self.complain(path, "makes the snapshot larger than is allowed here");
        }
        is_room
    }

    /// Notes a mistake that can be passed over; false where it is none of these and was complained about.
    pub(super) fn passes_over(&mut self, path: &str, wrong: &str) -> bool {
        if let Some(doubts) = &mut self.library.doubts {
            super::doubt(doubts, format!("`{path}` {wrong}"));
            return true;
        }
        self.complain(path, wrong);
        false
    }

    /// Notes what is wrong with an element.
    pub(super) fn complain(&mut self, path: &str, wrong: &str) {
        let issue = Issue::error(Code::SnapshotFailed, format!("`{path}` {wrong}"));
        if !self.issues.contains(&issue) && self.issues.len() < model::limits::ISSUES_MAX {
            self.issues.push(issue);
        }
    }
}

/// The elements `base`, changed as `said`.
pub(super) fn merge_all(
    making: &mut Making<'_, '_>,
    base: Vec<Node>,
    said: Vec<Node>,
    at: Place<'_>,
) -> Vec<Node> {
    if said.is_empty() {
        return base;
    }
    let mut groups = grouped(base);
    let mut said_of: Vec<Vec<Node>> = groups.iter().map(|_| Vec::new()).collect();
    let mut added = Vec::new();
    let mut latest = 0;
    for node in said {
        match slices::find(&groups, &node.name) {
            Some(place) => {
                if place < latest && making.order == Order::Kept {
                    let path = format!("{}.{}", at.path, node.name);
                    making.complain(&path, "comes behind elements that the base has behind it");
                }
                latest = std::cmp::max(latest, place);
                said_of[place].push(node);
            }
            None if making.new_elements == NewElements::Added => added.push(as_new(node, at.path)),
            None => {
                let path = format!("{}.{}", at.path, node.name);
                making.complain(&path, "does not exist in the base, nor in the type of the element above it");
            }
        }
    }
    let mut merged = Vec::new();
    for (group, said) in groups.drain(..).zip(said_of) {
        if said.is_empty() {
            merged.push(group.head);
            merged.extend(group.slices);
        } else {
            merged.extend(slices::merge_group(making, group, said, at));
        }
    }
    merged.extend(added);
    merged
}

/// The element `node`, changed as `said`.
pub(super) fn merge_one(making: &mut Making<'_, '_>, mut node: Node, mut said: Node, at: Place<'_>) -> Node {
    let path = format!("{}.{}", at.path, node.name);
    if making.new_elements == NewElements::Refused {
        if let Some(wrong) = narrow::widening(&node.element, &said.element)
            && making.passes_over(&path, &wrong)
        {
            said.element.remove("max");
        }
        for wrong in narrow::complaints(&node.element, &said.element, making.library) {
            making.complain(&path, &wrong);
        }
    }
    if let Some(with_profile) = with_type_profile(making, &node, &said.element) {
        node.element = with_profile;
    }
    element::merge(&mut node.element, &said.element, making.url);
    if let Some(wrong) = narrow::cardinality(&node.element) {
        making.complain(&path, &wrong);
    }
    if said.children.is_empty() {
        return node;
    }
    let mut around = if node.slice.is_some() { Around::Slice } else { at.around };
    if node.children.is_empty() {
        around = Around::Plain;
        match expand::children(making, &mut node.element, &said.children) {
            Ok(children) => node.children = children,
            Err(wrong) => {
                making.complain(&path, &wrong);
                return node;
            }
        }
        if !making.take_in(&node, &path) {
            return node;
        }
    }
    node.children =
        merge_all(making, std::mem::take(&mut node.children), said.children, Place { path: &path, around });
    node
}

/// The element as the profile of its type has it, when the differential names one that it did not have.
fn with_type_profile(making: &mut Making<'_, '_>, node: &Node, said: &Object) -> Option<Object> {
    let profile = element::type_profile(said)?;
    if element::type_profile(&node.element) == Some(profile) {
        return None;
    }
    let definition = match making.library.definition(profile) {
        Ok(definition) => definition,
        Err(Missing::Unknown | Missing::Circular(_) | Missing::Broken(_)) => return None,
    };
    let root = definition.get("snapshot")?.get("element")?.items().first()?.as_object()?.clone();
    let is_extension = element::type_codes(said).any(|code| code == "Extension");
    let counts = if is_extension { Counts::OfProfile } else { Counts::OfPlace };
    Some(element::with_type_profile(&root, &node.element, counts))
}

/// Describes the element as the definition of its type does, no longer as what holds anything of that type.
pub(super) fn describe_as_type(making: &mut Making<'_, '_>, node: &mut Node) {
    let Some(code) = element::type_codes(&node.element).next().map(type_url) else { return };
    let Ok(definition) = making.library.definition(&code) else { return };
    let elements = definition.get("snapshot").and_then(|snapshot| snapshot.get("element"));
    if let Some(root) = elements.and_then(|elements| elements.items().first()).and_then(Value::as_object) {
        let mut element = element::with_type_profile(root, &node.element, Counts::OfPlace);
        // Whether it modifies what it stands in is a matter of the place.
        for name in ["isModifier", "isModifierReason"] {
            match node.element.get(name) {
                Some(value) => element.set(name, value.clone()),
                None => drop(element.remove(name)),
            }
        }
        node.element = element;
    }
}

/// The elements, each with the slices that follow it.
fn grouped(nodes: Vec<Node>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for node in nodes {
        match groups.last_mut() {
            Some(group) if group.head.name == node.name && node.slice.is_some() => group.slices.push(node),
            _ => groups.push(Group { head: node, slices: Vec::new() }),
        }
    }
    groups
}

/// An element that a new type adds, which is its own base.
fn as_new(mut node: Node, above: &str) -> Node {
    let path = format!("{above}.{}", node.name);
    node.element.set("path", path.as_str());
    element::note_base(&mut node.element);
    node.children = node.children.into_iter().map(|child| as_new(child, &path)).collect();
    node
}
