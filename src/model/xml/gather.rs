//! Where in its parent's members does an element go?
//!
//! JSON gathers the repeats of an element in one array, and what stands beside primitives in another,
//! called `_name`, with `null` where one of the two has nothing: <https://hl7.org/fhir/R4/json.html#primitive>.

use crate::value::{Name, Object, Value};

/// What an element was read as.
pub(super) struct Made<'a> {
    pub(super) name: &'a Name,
    /// Its place among its like, when it repeats.
    pub(super) index: Option<usize>,
    /// A primitive may have none.
    pub(super) value: Option<Value>,
    /// Id and extensions of a primitive.
    pub(super) beside: Option<Object>,
}

/// Puts an element into its parent, and what stands beside a primitive into `_name`.
pub(super) fn put(parent: &mut Object, made: Made<'_>) {
    let Made { name, index, value, beside: object } = made;
    let Some(index) = index else {
        if let Some(value) = value {
            parent.push(name.clone(), value);
        }
        if let Some(object) = object {
            parent.push(beside(name), Value::Object(object));
        }
        return;
    };
    push_item(parent, name, value.unwrap_or(Value::Null));
    let companion = beside(name);
    match (parent.get_mut(&companion), object) {
        (Some(Value::Array(items)), object) => items.push(object.map_or(Value::Null, Value::Object)),
        (_, Some(object)) => {
            let mut items = vec![Value::Null; index];
            items.push(Value::Object(object));
            let place = parent.position(name).expect("the item was pushed above") + 1;
            parent.insert_at(place, &companion, Value::Array(items));
        }
        (_, None) => {}
    }
}

fn push_item(parent: &mut Object, name: &Name, item: Value) {
    match parent.get_mut(name) {
        Some(Value::Array(items)) => items.push(item),
        _ => parent.push(name.clone(), Value::Array(vec![item])),
    }
}

/// Drops the arrays that hold placeholders only: no repeat had a value.
pub(super) fn without_blank_arrays(mut object: Object) -> Object {
    object.retain(|_, value| {
        let items = value.items();
        items.is_empty() || !items.iter().all(|item| *item == Value::Null)
    });
    object
}

/// The name of the member that holds a primitive's id and extensions.
pub(super) fn beside(name: &str) -> Name {
    compact_str::format_compact!("_{name}")
}
