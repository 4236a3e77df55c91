//! What becomes of an element of several types?
//!
//! <https://hl7.org/fhir/R4/formats.html#choice>. Whoever speaks of `valueQuantity` speaks of the slice of that name of
//! `value[x]`, which is sliced by type: <https://hl7.org/fhir/R4/profiling.html#shortcuts>. Where slices exist for all
//! types, or one of them must be there, nothing else may be.

use model::value::object;
use model::{Object, Text, Value};

use super::element;
use super::narrow::capitalised;
use super::slices;
use super::tree::Node;
use super::walk::{Around, Group, Making, Place};

/// Whether `name` is that of a choice followed by a type: `valueQuantity`.
pub(super) fn is_one_type(choice: &Node, name: &str) -> bool {
    let rest = choice.stem().and_then(|stem| name.strip_prefix(stem));
    rest.is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_uppercase()))
}

/// What is said of `valueQuantity`, as said of slice `valueQuantity` of `value[x]`.
pub(super) fn by_slice(
    making: &mut Making<'_, '_>,
    group: &Group,
    said: Vec<Node>,
    at: Place<'_>,
) -> Vec<Node> {
    let mut by_slice = Vec::new();
    for mut node in said {
        if node.name != group.head.name {
            let path = format!("{}.{}", at.path, node.name);
            let Some(stated) = type_named(&group.head, &node.name) else {
                making.complain(&path, "is of a type that the base does not allow");
                continue;
            };
            if node.slice.as_ref().is_some_and(|slice| *slice != node.name) {
                making.complain(&path, "has another `sliceName` than its name, as slices by type have it");
                continue;
            }
            if node.slice.is_some() || !is_the_whole(group, &node, at) {
                node.slice = Some(node.name.clone());
            }
            if element::types(&node.element).is_empty() && !is_only(group) {
                node.element.set("type", vec![stated]);
            }
            node.name = group.head.name.clone();
        }
        by_slice.push(node);
    }
    by_slice
}

/// Whether the slices are those of types: nothing else tells them apart.
pub(super) fn is_sliced_by_type(group: &Group, head: Option<&Node>, slices: &[Node]) -> bool {
    let Some(stem) = group.head.stem() else { return false };
    let stated = head.and_then(|head| head.element.get("slicing")).or(group.head.element.get("slicing"));
    let discriminators =
        stated.and_then(|slicing| slicing.get("discriminator")).map_or(&[][..], Value::items);
    if discriminators.is_empty() {
        return stated.is_some()
            || slices.iter().any(|slice| slice.slice.as_ref().is_some_and(|name| name.starts_with(stem)));
    }
    discriminators
        .iter()
        .all(|known| known.text("type") == Some("type") && known.text("path") == Some("$this"))
}

/// Says that the slices are told apart by their type.
pub(super) fn complete_slicing(element: &mut Object) {
    let Value::Object(mut slicing) = slices::slicing_by("type", "$this") else { return };
    if let Some(stated) = element.get("slicing").and_then(Value::as_object) {
        for (name, value) in stated.iter() {
            slicing.set(name, value.clone());
        }
    }
    element.set("slicing", slicing);
}

/// Leaves `template` the types that the slice is for; complains of those which `head` does not have.
pub(super) fn narrow(
    making: &mut Making<'_, '_>,
    template: &mut Node,
    head: &Node,
    said: &Node,
    at: Place<'_>,
) {
    let name = said.slice.clone().unwrap_or_default();
    let path = format!("{}.{}:{name}", at.path, head.name);
    let stated: Vec<Text> = element::type_codes(&said.element).map(Text::from).collect();
    if let [only] = &stated[..] {
        let expected = format!("{}{}", head.stem().unwrap_or_default(), capitalised(only));
        if name != expected {
            making.complain(&path, &format!("is a slice by type, and is to be called `{expected}`"));
        }
    }
    let allowed: Vec<&str> = element::type_codes(&head.element).collect();
    if let Some(other) = stated.iter().find(|code| !allowed.is_empty() && !allowed.contains(&code.as_str())) {
        making
            .complain(&path, &format!("cannot be a `{other}`, since only {} is allowed", allowed.join(", ")));
    }
    if stated.is_empty()
        && let Some(by_name) = type_named(head, &name)
    {
        template.element.set("type", vec![by_name]);
    }
}

/// Closes the slicing where only the slices are left, and narrows the element to what must be there.
///
/// `said` is how many slices the profile speaks of.
pub(super) fn settle(making: &mut Making<'_, '_>, head: &mut Node, slices: &[Node], said: usize, path: &str) {
    let must = |slice: &&Node| element::min(&slice.element).is_some_and(|min| min > 0);
    if let Some(obligatory) = slices.iter().find(must) {
        if said > 1 {
            making.complain(path, "has slices of several types, though one of them must be there");
        }
        keep_types(&mut head.element, &obligatory.element);
        if element::min(&head.element) == Some(0) {
            head.element.set("min", 1u64);
        }
        close(&mut head.element);
        return;
    }
    if let [only] = slices
        && element::base_path(&head.element) == Some("Extension.value[x]")
    {
        // Extensions have one value, so that a profile which speaks of one type means that one.
        keep_types(&mut head.element, &only.element);
    }
    let is_sliced =
        |code: &str| slices.iter().any(|slice| element::type_codes(&slice.element).any(|of| of == code));
    if !element::types(&head.element).is_empty() && element::type_codes(&head.element).all(is_sliced) {
        close(&mut head.element);
    }
}

/// Leaves `element` those of its types that `slice` has.
fn keep_types(element: &mut Object, slice: &Object) {
    let mut kept = element::types(element).to_vec();
    kept.retain(|known| element::type_codes(slice).any(|code| known.text("code") == Some(code)));
    if !kept.is_empty() {
        element.set("type", kept);
    }
}

fn close(element: &mut Object) {
    if let Some(slicing) = element.get("slicing").and_then(Value::as_object).cloned() {
        let mut slicing = slicing;
        slicing.set("rules", "closed");
        element.set("slicing", slicing);
    }
}

/// Whether `valueQuantity` is the same as `value[x]`, and no slice of it.
///
/// So it is where nothing but that type is left; and within slices, where the reference narrows the choice.
fn is_the_whole(group: &Group, said: &Node, at: Place<'_>) -> bool {
    match at.around {
        Around::Plain => is_only(group) && said.element.is_empty(),
        Around::Slice => group.slices.is_empty() && group.head.element.get("slicing").is_none(),
    }
}

/// Whether the choice has one type left, and no slices.
pub(super) fn is_only(group: &Group) -> bool {
    group.slices.is_empty() && element::types(&group.head.element).len() == 1
}

/// The type of the choice that `name` ends with.
fn type_named(choice: &Node, name: &str) -> Option<Value> {
    let rest = name.strip_prefix(choice.stem()?)?;
    let types = element::types(&choice.element);
    if types.is_empty() {
        return Some(object([("code", rest.into())]));
    }
    types.iter().find(|known| known.text("code").is_some_and(|code| capitalised(code) == rest)).cloned()
}
