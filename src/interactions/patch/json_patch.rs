//! What does a JSON Patch make of a tree?
//!
//! RFC 6902. Deviations: `test` compares numbers by value however many digits they have, as the RFC
//! asks, while everything else keeps their text; the root cannot be removed, because nothing would be
//! left to store; the result is bounded in depth and size.

use std::cmp::Ordering;

use model::decimal::Decimal;
use model::limits::PATCH_OPERATIONS_MAX;
use model::{Code, Issue, Number, Object, Value};

use super::pointer::{self, Pointer};
use super::{Allowance, weigh};

/// Applies all operations of `patch` in order, or none.
///
/// A patch that is not one is [`Code::MalformedPatch`], one that does not fit [`Code::PatchFailed`];
/// the message names the operation by its place, from 0.
pub fn apply(patch: &Value, target: Value) -> Result<Value, Issue> {
    let operations = operations(patch)?;
    let mut allowance = Allowance::new();
    let mut root = target;
    for (place, operation) in operations.iter().enumerate() {
        root = run(operation, root, &mut allowance).map_err(|issue| name_operation(issue, place))?;
    }
    Ok(root)
}

enum Operation<'a> {
    Add(Pointer, &'a Value),
    Remove(Pointer),
    Replace(Pointer, &'a Value),
    Move { from: Pointer, to: Pointer },
    Copy { from: Pointer, to: Pointer },
    Test(Pointer, &'a Value),
}

fn operations(patch: &Value) -> Result<Vec<Operation<'_>>, Issue> {
    let Value::Array(operations) = patch else {
        return Err(malformed("a JSON Patch is an array of operations"));
    };
    if operations.len() > PATCH_OPERATIONS_MAX {
        let message = format!("the patch has more than the limit of {PATCH_OPERATIONS_MAX} operations");
        return Err(malformed(message));
    }
    let parsed = operations.iter().enumerate();
    parsed.map(|(place, item)| parse(item).map_err(|issue| name_operation(issue, place))).collect()
}

fn parse(operation: &Value) -> Result<Operation<'_>, Issue> {
    let Value::Object(operation) = operation else {
        return Err(malformed("an operation is an object"));
    };
    let Some(verb) = operation.get("op").and_then(Value::as_str) else {
        return Err(malformed("the operation lacks `op`"));
    };
    let path = || pointer_member(operation, "path");
    let from = || pointer_member(operation, "from");
    let value = || operation.get("value").ok_or_else(|| malformed("the operation lacks `value`"));
    Ok(match verb {
        "add" => Operation::Add(path()?, value()?),
        "remove" => Operation::Remove(path()?),
        "replace" => Operation::Replace(path()?, value()?),
        "move" => Operation::Move { from: from()?, to: path()? },
        "copy" => Operation::Copy { from: from()?, to: path()? },
        "test" => Operation::Test(path()?, value()?),
        _ => return Err(malformed(format!("`{verb}` is not an operation of JSON Patch"))),
    })
}

fn pointer_member(operation: &Object, name: &str) -> Result<Pointer, Issue> {
    let Some(text) = operation.get(name).and_then(Value::as_str) else {
        return Err(malformed(format!("the operation lacks `{name}`")));
    };
    Pointer::parse(text).ok_or_else(|| malformed(format!("`{text}` is not a JSON Pointer")))
}

fn run(operation: &Operation<'_>, mut root: Value, allowance: &mut Allowance) -> Result<Value, Issue> {
    match operation {
        Operation::Add(path, value) => {
            weigh(value, path.levels(), allowance)?;
            return add(path, (*value).clone(), root, allowance);
        }
        Operation::Remove(path) => drop(remove(path, &mut root, allowance)?),
        Operation::Replace(path, value) => {
            weigh(value, path.levels(), allowance)?;
            *path.get_mut(&mut root, allowance)? = (*value).clone();
        }
        Operation::Move { from, to } if from == to => drop(from.get(&root, allowance)?),
        Operation::Move { from, to } => {
            if from.holds(to) {
                return Err(failed("a value cannot be moved into itself"));
            }
            let value = remove(from, &mut root, allowance)?;
            weigh(&value, to.levels(), allowance)?;
            return add(to, value, root, allowance);
        }
        Operation::Copy { from, to } => {
            let value = from.get(&root, allowance)?;
            weigh(value, to.levels(), allowance)?;
            let value = value.clone();
            return add(to, value, root, allowance);
        }
        Operation::Test(path, value) => {
            if !equal(path.get(&root, allowance)?, value, allowance)? {
                return Err(failed("the value at this path is not the one tested for"));
            }
        }
    }
    Ok(root)
}

fn add(path: &Pointer, value: Value, mut root: Value, allowance: &mut Allowance) -> Result<Value, Issue> {
    let Some((parent, name)) = path.parent_mut(&mut root, allowance)? else { return Ok(value) };
    match parent {
        Value::Object(object) => {
            allowance.spend(object.len())?;
            object.set(name, value);
        }
        Value::Array(items) => {
            let place = if name == "-" { Some(items.len()) } else { pointer::index(name) };
            let Some(place) = place.filter(|place| *place <= items.len()) else {
                return Err(failed(format!("`{name}` is no place to add to in an array of {}", items.len())));
            };
            allowance.spend(items.len() - place)?;
            items.insert(place, value);
        }
        _ => return Err(pointer::absent(name)),
    }
    Ok(root)
}

fn remove(path: &Pointer, root: &mut Value, allowance: &mut Allowance) -> Result<Value, Issue> {
    let Some((parent, name)) = path.parent_mut(root, allowance)? else {
        return Err(failed("the whole document cannot be removed"));
    };
    match parent {
        Value::Object(object) => {
            // Looked through once and closed up once.
            allowance.spend(2 * object.len())?;
            object.remove(name).ok_or_else(|| pointer::absent(name))
        }
        Value::Array(items) => {
            let place = pointer::item(items, name)?;
            allowance.spend(items.len() - place)?;
            Ok(items.remove(place))
        }
        _ => Err(pointer::absent(name)),
    }
}

/// Whether two trees are equal as RFC 6902, section 4.6 says: numbers by value, members in any order.
fn equal(left: &Value, right: &Value, allowance: &mut Allowance) -> Result<bool, Issue> {
    allowance.spend(1)?;
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => Ok(same_number(left, right)),
        (Value::Array(left), Value::Array(right)) => {
            if left.len() != right.len() {
                return Ok(false);
            }
            for (left, right) in left.iter().zip(right) {
                if !equal(left, right, allowance)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::Object(left), Value::Object(right)) => equal_members(left, right, allowance),
        (left, right) => Ok(left == right),
    }
}

fn equal_members(left: &Object, right: &Object, allowance: &mut Allowance) -> Result<bool, Issue> {
    if left.len() != right.len() {
        return Ok(false);
    }
    for (name, left) in left.iter() {
        allowance.spend(right.len())?;
        let Some(right) = right.get(name) else { return Ok(false) };
        if !equal(left, right, allowance)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Compares by value; a number too large to be one is compared by its text.
fn same_number(left: &Number, right: &Number) -> bool {
    match (Decimal::parse(left.as_str()), Decimal::parse(right.as_str())) {
        (Some(left), Some(right)) => left.compare(&right) == Ordering::Equal,
        _ => left == right,
    }
}

fn malformed(message: impl Into<String>) -> Issue {
    Issue::error(Code::MalformedPatch, message)
}

fn failed(message: impl Into<String>) -> Issue {
    Issue::error(Code::PatchFailed, message)
}

fn name_operation(mut issue: Issue, place: usize) -> Issue {
    issue.message = format!("operation {place}: {}", issue.message);
    issue
}

#[cfg(test)]
mod tests;
