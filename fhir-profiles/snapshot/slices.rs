//! What becomes of an element and its slices?
//!
//! <https://hl7.org/fhir/R4/profiling.html#slicing>. A new slice begins as the element that is sliced, as the base has
//! it, and need not be there unless the profile says so; a slice `a/b` begins as slice `a`. Extensions are sliced by
//! their URL and choices by their type whether or not a profile says that.

use model::value::object;
use model::{Object, Text, Value};

use super::choice;
use super::element;
use super::tree::Node;
use super::walk::{self, Around, Group, Making, Place, merge_one};

/// What a differential says of one element of the base.
struct Said {
    /// Of all that there is of it.
    head: Option<Node>,
    /// Of single slices.
    slices: Vec<Node>,
}

/// Which of the groups `name` belongs to: that of this name, else the choice that it is one type of.
pub(super) fn find(groups: &[Group], name: &str) -> Option<usize> {
    let exact = groups.iter().position(|group| group.head.name == name);
    exact.or_else(|| groups.iter().position(|group| choice::is_one_type(&group.head, name)))
}

/// The element and its slices, changed as `said`.
pub(super) fn merge_group(
    making: &mut Making<'_, '_>,
    group: Group,
    said: Vec<Node>,
    at: Place<'_>,
) -> Vec<Node> {
    let path = format!("{}.{}", at.path, group.head.name);
    let said = sorted(choice::by_slice(making, &group, said, at), group.head.slice.as_ref());
    let is_typed = choice::is_sliced_by_type(&group, said.head.as_ref(), &said.slices);
    if let Some(name) = bare_name(&group, &said, at) {
        let said = said.slices.into_iter().next().unwrap_or_else(|| Node::new(&group.head.name));
        let mut named = merge_one(making, group.head, said, at);
        named.slice = Some(name);
        return vec![named];
    }
    let Group { head: base, slices: known } = group;
    let mut head = match said.head {
        Some(said) => merge_one(making, base.clone(), said, at),
        None => base.clone(),
    };
    if said.slices.is_empty() {
        let mut merged = vec![head];
        merged.extend(known);
        return merged;
    }
    if base.slice.is_none() {
        if known.is_empty() && is_extension(&head) && base.element.get("slicing").is_none() {
            walk::describe_as_type(making, &mut head);
        }
        if !require_slicing(making, &mut head, is_typed, &path) {
            let mut merged = vec![head];
            merged.extend(known);
            return merged;
        }
    }
    let count = said.slices.len();
    let mut slices = Slices { base, known, new: Vec::new(), is_typed };
    for said in said.slices {
        slices.merge(making, &head, said, at);
    }
    let mut slices = slices.in_order();
    if is_typed {
        choice::settle(making, &mut head, &slices, count, &path);
    }
    let mut merged = vec![head];
    merged.append(&mut slices);
    merged
}

/// The name that is given to an element without slicing it, though only slices have names.
///
/// Published profiles do so where there can be but one slice; the name is kept.
fn bare_name(group: &Group, said: &Said, at: Place<'_>) -> Option<Text> {
    let [only] = &said.slices[..] else { return None };
    let can_have_one = match group.head.stem() {
        Some(_) => at.around == Around::Slice && choice::is_only(group),
        None => !is_extension(&group.head) && element::max(&group.head.element) == Some(1),
    };
    let is_sliced =
        !group.slices.is_empty() || said.head.is_some() || group.head.element.get("slicing").is_some();
    only.slice.clone().filter(|_| can_have_one && !is_sliced)
}

/// The slices of an element, while they are being merged.
struct Slices {
    /// The element as the base has it.
    base: Node,
    /// Those of the base, and those that were cut out of them.
    known: Vec<Node>,
    new: Vec<Node>,
    is_typed: bool,
}

impl Slices {
    fn merge(&mut self, making: &mut Making<'_, '_>, head: &Node, said: Node, at: Place<'_>) {
        let name = said.slice.clone().unwrap_or_default();
        for slices in [&mut self.known, &mut self.new] {
            if let Some(slice) = slices.iter_mut().find(|slice| slice.slice.as_ref() == Some(&name)) {
                let known = std::mem::replace(slice, Node::new(""));
                *slice = merge_one(making, known, said, at);
                return;
            }
        }
        if let Some((outer, _)) = name.rsplit_once('/') {
            for slices in [&mut self.known, &mut self.new] {
                if let Some(place) = last_within(slices, outer) {
                    let template = slices.iter().find(|slice| slice.slice.as_deref() == Some(outer));
                    let slice = new_slice(template.unwrap_or(&self.base), &said);
                    if !making.take_in(&slice, at.path) {
                        return;
                    }
                    slices.insert(place + 1, merge_one(making, slice, said, at));
                    return;
                }
            }
        }
        if is_closed(&self.base) && !self.known.is_empty() {
            let path = format!("{}.{}:{name}", at.path, head.name);
            making.complain(&path, "cannot be added, since the slicing of the base is closed");
            return;
        }
        let mut template = self.base.clone();
        if self.is_typed {
            choice::narrow(making, &mut template, head, &said, at);
        }
        let slice = new_slice(&template, &said);
        if !making.take_in(&slice, at.path) {
            return;
        }
        self.new.push(merge_one(making, slice, said, at));
    }

    /// New slices of a choice stand before those of the base, others behind them.
    fn in_order(mut self) -> Vec<Node> {
        let (mut first, mut second) =
            if self.is_typed { (self.new, self.known) } else { (std::mem::take(&mut self.known), self.new) };
        first.append(&mut second);
        first
    }
}

/// A slice as it begins: what is sliced, without its slicing.
fn new_slice(template: &Node, said: &Node) -> Node {
    let mut slice = template.clone();
    slice.element.remove("slicing");
    slice.slice.clone_from(&said.slice);
    // The only type of a choice is as obligatory as the choice.
    let is_whole =
        slice.stem().is_some() && element::types(&template.element).len() == 1 && template.slice.is_none();
    if !is_whole || said.stem().is_none() {
        slice.element.set("min", 0u64);
    }
    slice
}

/// Where the last slice stands that is `outer`, or cut out of it.
fn last_within(slices: &[Node], outer: &str) -> Option<usize> {
    slices.iter().rposition(|slice| {
        let name = slice.slice.as_deref().unwrap_or_default();
        name.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

fn sorted(said: Vec<Node>, head_slice: Option<&Text>) -> Said {
    let mut sorted = Said { head: None, slices: Vec::new() };
    for node in said {
        let same = if node.slice.is_none() || node.slice.as_ref() == head_slice {
            sorted.head.as_mut()
        } else {
            sorted.slices.iter_mut().find(|known| known.slice == node.slice)
        };
        match same {
            Some(known) => join(known, node),
            None if node.slice.is_none() || node.slice.as_ref() == head_slice => sorted.head = Some(node),
            None => sorted.slices.push(node),
        }
    }
    sorted
}

/// Takes up what is said of the same element in another place.
fn join(known: &mut Node, other: Node) {
    for (name, value) in other.element.into_members() {
        known.element.set(&name, value);
    }
    known.children.extend(other.children);
}

/// Sees to it that the element says how it is sliced, where that need not be said.
///
/// False where nothing tells its slices apart, so that nothing can be asked of them.
fn require_slicing(making: &mut Making<'_, '_>, head: &mut Node, is_typed: bool, path: &str) -> bool {
    if head.element.get("slicing").is_none() && !is_typed && !is_extension(head) {
        making.passes_over(path, "has slices without `slicing`");
        return false;
    }
    if is_typed {
        choice::complete_slicing(&mut head.element);
    } else if head.element.get("slicing").is_none() {
        head.element.set("slicing", slicing_by("value", "url"));
    }
    true
}

/// An open slicing with this discriminator.
pub(super) fn slicing_by(kind: &str, path: &str) -> Value {
    let discriminator = object([("type", kind.into()), ("path", path.into())]);
    object([
        ("discriminator", vec![discriminator].into()),
        ("ordered", false.into()),
        ("rules", "open".into()),
    ])
}

fn is_extension(node: &Node) -> bool {
    matches!(node.name.as_str(), "extension" | "modifierExtension")
}

fn is_closed(node: &Node) -> bool {
    rules(&node.element) == Some("closed")
}

/// Whether there may be more than the slices.
pub(super) fn rules(element: &Object) -> Option<&str> {
    element.get("slicing")?.text("rules")
}
