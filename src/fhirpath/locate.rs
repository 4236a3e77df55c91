//! Where in the resource does a node stand?
//!
//! Evaluation carries no places. A node is found again by the address of its value, which no other node has.

use std::collections::HashMap;

use model::{Object, Value};

use crate::failure::Failure;
use crate::item::Node;
use crate::types::{Kind, Member, TypeId, Types};

/// A resource as a node; none when its type is not known.
pub fn resource_node<'a>(resource: &'a Value, types: &dyn Types) -> Option<Node<'a>> {
    let type_id =
        types.find(resource.text("resourceType")?).filter(|found| types.kind(*found) == Kind::Resource)?;
    Some(Node { value: Some(resource), companion: None, type_id })
}

/// The FHIRPath of a node below `root`: `Patient.name[0].given[1]`.
pub fn locate<'a>(root: Node<'a>, found: Node<'a>, types: &dyn Types) -> Option<String> {
    let wanted = found.value.or(found.companion)?;
    let mut path = types.name(root.type_id).to_owned();
    if root.value.is_some_and(|value| std::ptr::eq(value, wanted)) {
        return Some(path);
    }
    let object = root.value?.as_object()?;
    descend(object, root.type_id, wanted, types, &mut path).then_some(path)
}

fn descend(object: &Object, type_id: TypeId, wanted: &Value, types: &dyn Types, path: &mut String) -> bool {
    for (name, value) in object.iter() {
        let Some(member) = types.member(type_id, name.strip_prefix('_').unwrap_or(name)) else { continue };
        let outside = path.len();
        path.push('.');
        path.push_str(member.element);
        let place = path.len();
        let items = match value {
            Value::Array(items) => items.as_slice(),
            single => std::slice::from_ref(single),
        };
        for (index, item) in items.iter().enumerate() {
            path.truncate(place);
            if matches!(value, Value::Array(_)) {
                path.push_str(&format!("[{index}]"));
            }
            if std::ptr::eq(item, wanted) {
                return true;
            }
            let inner = member.type_id.or_else(|| types.find(item.text("resourceType")?));
            if let (Some(inner), Some(object)) = (inner, item.as_object())
                && descend(object, inner, wanted, types, path)
            {
                return true;
            }
        }
        path.truncate(outside);
    }
    false
}

/// For each element below a resource, by the address of its value, the type that has it and the member it stands in.
pub(crate) type Holders = HashMap<*const Value, (TypeId, Member)>;

/// Collects what holds each element below `root`; `step` is asked before each and may end it.
pub(crate) fn holders(
    root: Node<'_>,
    types: &dyn Types,
    step: &mut dyn FnMut() -> Result<(), Failure>,
) -> Result<Holders, Failure> {
    let mut found = Holders::new();
    let mut waiting: Vec<(&Object, TypeId)> =
        root.value.and_then(Value::as_object).map(|object| (object, root.type_id)).into_iter().collect();
    // Every object of the tree is put in once.
    while let Some((object, type_id)) = waiting.pop() {
        for (name, value) in object.iter() {
            let Some(member) = types.member(type_id, name.strip_prefix('_').unwrap_or(name)) else {
                continue;
            };
            let items = match value {
                Value::Array(items) => items.as_slice(),
                single => std::slice::from_ref(single),
            };
            for item in items {
                step()?;
                found.insert(std::ptr::from_ref(item), (type_id, member));
                let inner = member.type_id.or_else(|| types.find(item.text("resourceType")?));
                waiting.extend(item.as_object().zip(inner));
            }
        }
    }
    Ok(found)
}
