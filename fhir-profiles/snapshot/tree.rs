//! Which element stands below which?
//!
//! A snapshot and a differential list their elements with paths; here they are a tree, since that is how they are
//! merged. <https://hl7.org/fhir/R4/elementdefinition.html#path>. The slices of an element follow it as its siblings.
//! Choice elements that older snapshots wrote by their type (`valueQuantity`) are called by what they are a choice
//! of (`value[x]`).

use model::limits::DEPTH_MAX;
use model::{Code, Issue, Object, Text, Value};

use super::element;

/// An element, and those below it.
#[derive(Clone)]
pub(super) struct Node {
    /// The last part of its path.
    pub(super) name: Text,
    /// What its slice is called, if it is one.
    pub(super) slice: Option<Text>,
    /// The properties, without `id`, `path` and `sliceName`; none where a differential goes deeper at once.
    pub(super) element: Object,
    /// What stands below, in order.
    pub(super) children: Vec<Node>,
}

impl Node {
    pub(super) fn new(name: &str) -> Node {
        Node { name: name.into(), slice: None, element: Object::new(), children: Vec::new() }
    }

    /// How many elements this is, with those below.
    pub(super) fn size(&self) -> usize {
        1 + self.children.iter().map(Node::size).sum::<usize>()
    }

    /// What a choice is called without `[x]`; none for what is no choice.
    pub(super) fn stem(&self) -> Option<&str> {
        self.name.strip_suffix("[x]")
    }

    /// The element below this one that `names` lead to, the first of each name.
    pub(super) fn descendant<'n>(&self, names: impl Iterator<Item = &'n str>) -> Option<&Node> {
        let mut node = self;
        for name in names {
            node = node.children.iter().find(|child| child.name == name)?;
        }
        Some(node)
    }
}

/// The tree of the definition's snapshot.
///
/// Elements and constraints that do not say so yet say what they are based on, and where they are from.
pub(super) fn of_snapshot(definition: &Value) -> Result<Node, Issue> {
    let url = definition.text("url").unwrap_or_default();
    let own = own_constraints(definition);
    // Without being told, only those of a new type are known to be its own, and those that a profile adds.
    let is_own = |constraint: &Value| own.as_ref().is_none_or(|own| own.contains(&constraint.text("key")));
    let elements = definition.get("snapshot").and_then(|snapshot| snapshot.get("element"));
    let elements = elements.map_or(&[][..], Value::items).iter().map(|element| {
        let mut element = element.clone();
        if let Some(element) = element.as_object_mut() {
            element::note_base(element);
            element::note_source(element, url, is_own);
        }
        element
    });
    let mut root = grow(elements, None)?;
    settle_choices(&mut root);
    Ok(root)
}

/// The keys of the constraints that a profile adds; none for new types, where all are their own.
fn own_constraints(definition: &Value) -> Option<Vec<Option<&str>>> {
    if definition.text("derivation") != Some("constraint") {
        return None;
    }
    let elements = definition.get("differential").and_then(|differential| differential.get("element"));
    let elements = elements.map_or(&[][..], Value::items).iter();
    let constraints = elements.filter_map(|element| element.get("constraint")).flat_map(Value::items);
    Some(constraints.map(|constraint| constraint.text("key")).collect())
}

/// The tree of a differential, whose elements may leave out those above them.
///
/// What can be passed over is noted in `doubts`, and refused where there are none.
pub(super) fn of_differential(elements: &[Value], doubts: Option<&mut Vec<Issue>>) -> Result<Node, Issue> {
    grow(elements.iter().cloned(), doubts)
}

/// The elements as a list again, with their paths and ids; the root is called `name`.
pub(super) fn flatten(root: Node, name: &str) -> Vec<Value> {
    let mut elements = Vec::new();
    list(root, name, name, &mut elements);
    elements
}

fn list(node: Node, path: &str, id: &str, elements: &mut Vec<Value>) {
    elements.push(element::finished(node.element, [id, path, node.slice.as_deref().unwrap_or_default()]));
    for child in node.children {
        let path = format!("{path}.{}", child.name);
        let mut id = format!("{id}.{}", child.name);
        if let Some(slice) = &child.slice {
            id.push(':');
            id.push_str(slice);
        }
        list(child, &path, &id, elements);
    }
}

fn grow(elements: impl Iterator<Item = Value>, mut doubts: Option<&mut Vec<Issue>>) -> Result<Node, Issue> {
    let mut root: Option<Node> = None;
    for element in elements {
        let Value::Object(mut element) = element else {
            return Err(failed("reading an element failed, since it is no object"));
        };
        let Some(path) = element.get("path").and_then(Value::as_str).map(str::to_owned) else {
            return Err(failed("reading an element failed, since it has no `path`"));
        };
        let names: Vec<&str> = path.split('.').collect();
        if names.len() > DEPTH_MAX || names.iter().any(|name| name.is_empty()) {
            return Err(failed(format!("`{path}` is not the path of an element")));
        }
        let root = root.get_or_insert_with(|| Node::new(names[0]));
        if root.name != names[0] {
            let known = &root.name;
            return Err(failed(format!("`{path}` does not begin with `{known}`, as the elements before it")));
        }
        let slices = slices(&element, names.len());
        let by_id = slices.last().cloned().flatten();
        let slice = match (slice(&mut element, &path, by_id.clone()), doubts.as_deref_mut()) {
            (Err(wrong), Some(doubts)) => {
                super::doubt(doubts, wrong.message);
                // What says how it is sliced is the whole, whatever its id.
                by_id.filter(|_| element.get("slicing").is_none())
            }
            (slice, _) => slice?,
        };
        element.remove("id");
        element.remove("path");
        match names.split_last() {
            Some((name, above)) if !above.is_empty() => {
                let parent = parent(root, &above[1..], &slices);
                put(parent, Node { name: (*name).into(), slice, element, children: Vec::new() });
            }
            _ => root.element = element,
        }
    }
    root.ok_or_else(|| failed("there is no element"))
}

/// The slice on each step, as the id says where it has as many parts as the path; else nothing.
fn slices(element: &Object, length: usize) -> Vec<Option<Text>> {
    let id = element.get("id").and_then(Value::as_str).unwrap_or_default();
    let parts: Vec<_> =
        id.split('.').map(|part| part.split_once(':').map(|(_, slice)| slice.into())).collect();
    if parts.len() == length { parts } else { Vec::new() }
}

/// What the slice is called that the element defines; `by_id` is what its id says.
fn slice(element: &mut Object, path: &str, by_id: Option<Text>) -> Result<Option<Text>, Issue> {
    if let Some(Value::String(slice)) = element.remove("sliceName") {
        return Ok(Some(slice).filter(|slice| !slice.is_empty()));
    }
    let Some(by_id) = by_id.filter(|_| path.contains('.')) else { return Ok(None) };
    // Types name the slices of choices, so that the name is sometimes left out there.
    let name = path.rsplit('.').next().unwrap_or_default();
    if name.ends_with("[x]") || name == by_id {
        return Ok(Some(by_id));
    }
    Err(failed(format!("`{path}` lacks the `sliceName`, which is `{by_id}` by its `id`")))
}

/// The element that `names` lead to, the latest of each name; those that are missing are put there.
fn parent<'n>(root: &'n mut Node, names: &[&str], slices: &[Option<Text>]) -> &'n mut Node {
    let mut node = root;
    for (depth, name) in names.iter().enumerate() {
        let slice = slices.get(depth + 1).and_then(Option::as_ref);
        let exact =
            node.children.iter().rposition(|child| child.name == *name && child.slice.as_ref() == slice);
        let latest = || node.children.iter().rposition(|child| child.name == *name);
        let found = if slices.is_empty() { latest() } else { exact.or_else(latest) };
        let place = found.unwrap_or_else(|| {
            node.children.push(Node::new(name));
            node.children.len() - 1
        });
        node = &mut node.children[place];
    }
    node
}

/// Puts the element behind its siblings, or where one stands in for it.
fn put(parent: &mut Node, node: Node) {
    let stands_in =
        |child: &&mut Node| child.name == node.name && child.slice == node.slice && child.element.is_empty();
    match parent.children.iter_mut().rev().find(stands_in) {
        Some(child) => child.element = node.element,
        None => parent.children.push(node),
    }
}

fn settle_choices(node: &mut Node) {
    for child in &mut node.children {
        if let Some(name) = element::choice_name(&child.element, &child.name) {
            child.name = name;
        }
        settle_choices(child);
    }
}

fn failed(message: impl Into<String>) -> Issue {
    Issue::error(Code::SnapshotFailed, message)
}
