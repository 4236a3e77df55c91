//! In which ways is an example spoilt?
//!
//! One thing at a time, in a few places of each example, chosen by their number so that every run spoils the same.

use model::{Number, Value};

/// Objects of one example that are spoilt; the first is the resource itself.
const OBJECTS_MAX: usize = 4;

/// Members of one object that are spoilt.
const MEMBERS_MAX: usize = 7;

/// An example with one thing spoilt.
pub(super) struct Spoilt {
    /// What was done to it.
    pub(super) what: String,
    /// Whether something is absent, which structure alone does not complain of.
    pub(super) is_absence: bool,
    /// What came of it.
    pub(super) resource: Value,
}

/// Returns the spoilt forms of a resource.
pub(super) fn ways(resource: &Value) -> Vec<Spoilt> {
    let mut objects = Vec::new();
    collect(resource, &mut Vec::new(), &mut objects);
    let mut found = Vec::new();
    for path in spread(&objects, OBJECTS_MAX) {
        let members: Vec<&str> = members(resource, path).collect();
        let shown = path.iter().map(Step::to_string).collect::<String>();
        let mut spoil = |what: String, is_absence: bool, change: &dyn Fn(&mut model::Object)| {
            let mut resource = resource.clone();
            change(object_at(&mut resource, path).expect("the path was found in the resource"));
            found.push(Spoilt { what: format!("{shown}{what}"), is_absence, resource });
        };
        spoil(": a member that nobody knows".to_owned(), false, &|object| {
            object.set("unheardOf", "of");
        });
        for member in spread(&members, MEMBERS_MAX) {
            spoil(format!(".{member}: taken out"), true, &|object| {
                object.remove(member);
            });
            spoil(format!(".{member}: of another kind"), false, &|object| {
                if let Some(value) = object.get_mut(member) {
                    *value = of_another_kind(value);
                }
            });
            spoil(format!(".{member}: once for many, many for once"), false, &|object| {
                if let Some(value) = object.get_mut(member) {
                    *value = otherwise_repeated(value);
                }
            });
        }
    }
    found
}

/// A step from an object to one within it.
#[derive(Clone)]
enum Step {
    Member(String),
    Index(usize),
}

impl std::fmt::Display for Step {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Step::Member(name) => write!(out, ".{name}"),
            Step::Index(index) => write!(out, "[{index}]"),
        }
    }
}

/// At most `count` of the items, the first among them and the others evenly apart.
fn spread<T>(items: &[T], count: usize) -> impl Iterator<Item = &T> {
    items.iter().step_by(items.len().div_ceil(count).max(1))
}

/// Notes the paths of all objects that hold members.
fn collect(value: &Value, path: &mut Vec<Step>, objects: &mut Vec<Vec<Step>>) {
    if let Some(object) = value.as_object() {
        objects.push(path.clone());
        for (name, member) in object.iter() {
            path.push(Step::Member(name.to_owned()));
            collect(member, path, objects);
            path.pop();
        }
    }
    for (index, item) in value.items().iter().enumerate() {
        path.push(Step::Index(index));
        collect(item, path, objects);
        path.pop();
    }
}

fn members<'v>(resource: &'v Value, path: &[Step]) -> impl Iterator<Item = &'v str> {
    let found = path.iter().try_fold(resource, |value, step| match step {
        Step::Member(name) => value.get(name),
        Step::Index(index) => value.items().get(*index),
    });
    found.and_then(Value::as_object).into_iter().flat_map(|object| object.iter().map(|(name, _)| name))
}

fn object_at<'v>(resource: &'v mut Value, path: &[Step]) -> Option<&'v mut model::Object> {
    let found = path.iter().try_fold(resource, |value, step| match (step, value) {
        (Step::Member(name), Value::Object(object)) => object.get_mut(name),
        (Step::Index(index), Value::Array(items)) => items.get_mut(*index),
        _ => None,
    });
    found.and_then(Value::as_object_mut)
}

fn of_another_kind(value: &Value) -> Value {
    match value {
        Value::String(_) => Value::Number(Number::from(7)),
        Value::Array(items) => Value::Array(items.iter().map(of_another_kind).collect()),
        Value::Null => true.into(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => "a text".into(),
    }
}

fn otherwise_repeated(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.first().cloned().unwrap_or(Value::Null),
        other => Value::Array(vec![other.clone()]),
    }
}
