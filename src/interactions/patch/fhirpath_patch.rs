//! How does a FHIRPath Patch change a resource?
//!
//! A Parameters resource with operations: <https://hl7.org/fhir/R4/fhirpatch.html>. A path may be any
//! expression that yields elements of the resource. Taking away what is not there is no failure; everything
//! else that does not find its place is one.

mod place;
mod value;

use fhir_profiles::Definitions;
use fhirpath::{Budget, Context, Expression, Item, Node, Nothing};
use model::limits::{PATCH_OPERATIONS_MAX, PATCH_WORK_MAX};
use model::{Code, Instant, Issue, Object, Value};

use self::place::{Place, Rows};
use super::Allowance;

/// Applies the operations of `patch`, a Parameters resource, one after the other.
pub fn apply(
    patch: &Object,
    mut resource: Value,
    definitions: &'static Definitions,
    now: Instant,
) -> Result<Value, Issue> {
    let operations = patch.get("parameter").map_or(&[][..], Value::items);
    if operations.len() > PATCH_OPERATIONS_MAX {
        let message = format!("the patch has more operations than the limit of {PATCH_OPERATIONS_MAX}");
        return Err(malformed(message));
    }
    let mut work = Work { definitions, now, operations: operations.len(), allowance: Allowance::new() };
    for (index, operation) in operations.iter().enumerate() {
        let here = || format!("Parameters.parameter[{index}]");
        let read = Operation::read(operation).map_err(|issue| issue.at(here()))?;
        work.apply(&read, &mut resource).map_err(|issue| issue.at(here()))?;
    }
    Ok(resource)
}

/// An operation, read.
struct Operation<'a> {
    kind: Kind,
    path: &'a str,
    name: Option<&'a str>,
    value: Option<&'a Object>,
    index: Option<usize>,
    source: Option<usize>,
    destination: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Add,
    Insert,
    Delete,
    Replace,
    Move,
}

impl<'a> Operation<'a> {
    fn read(parameter: &'a Value) -> Result<Self, Issue> {
        if parameter.text("name") != Some("operation") {
            return Err(malformed("a parameter called `operation` is expected"));
        }
        let parts = parameter.get("part").map_or(&[][..], Value::items);
        let part = |name: &str| parts.iter().find(|part| part.text("name") == Some(name));
        let text = |name: &str| {
            let member = part(name)?.as_object()?.iter().find(|(member, _)| member.starts_with("value"));
            member.and_then(|(_, value)| value.as_str())
        };
        let number = |name: &str| match part(name).and_then(|part| part.get("valueInteger")) {
            None => Ok(None),
            Some(Value::Number(number)) => match number.as_str().parse() {
                Ok(number) => Ok(Some(number)),
                Err(_) => Err(malformed(format!("`{name}` is not a place in a list, counted from 0"))),
            },
            Some(_) => Err(malformed(format!("`{name}` is not a number"))),
        };
        let kind = match text("type") {
            Some("add") => Kind::Add,
            Some("insert") => Kind::Insert,
            Some("delete") => Kind::Delete,
            Some("replace") => Kind::Replace,
            Some("move") => Kind::Move,
            Some(other) => {
                let message =
                    format!("`{other}` is no operation: add, insert, delete, replace or move is expected");
                return Err(malformed(message));
            }
            None => return Err(malformed("the operation has no `type`")),
        };
        Ok(Self {
            kind,
            path: text("path").ok_or_else(|| malformed("the operation has no `path`"))?,
            name: text("name"),
            value: part("value").and_then(Value::as_object),
            index: number("index")?,
            source: number("source")?,
            destination: number("destination")?,
        })
    }

    fn value(&self) -> Result<&'a Object, Issue> {
        self.value.ok_or_else(|| malformed("the operation has no `value`"))
    }
}

/// An element that a path leads to.
struct Found {
    place: Place,
    type_name: &'static str,
}

struct Work {
    definitions: &'static Definitions,
    now: Instant,
    operations: usize,
    allowance: Allowance,
}

impl Work {
    fn apply(&mut self, operation: &Operation<'_>, resource: &mut Value) -> Result<(), Issue> {
        let mut found = self.find(operation.path, resource)?;
        match (operation.kind, found.len()) {
            (Kind::Delete, 0) => Ok(()),
            (_, 0) => Err(failed(format!("`{}` names nothing that is there", operation.path))),
            (Kind::Insert, _) => self.insert(operation, &found, resource),
            (Kind::Move, _) => shift(operation, &found, resource),
            (kind, 1) => {
                let found = found.remove(0);
                match kind {
                    Kind::Add => self.add(operation, &found, resource),
                    Kind::Replace => self.replace(operation, &found, resource),
                    _ => place::remove(resource, &found.place).map_err(failed),
                }
            }
            (_, many) => {
                let message = format!("`{}` names {many} elements where one is expected", operation.path);
                Err(failed(message))
            }
        }
    }

    /// The elements that the path yields, by their places.
    fn find(&mut self, path: &str, resource: &Value) -> Result<Vec<Found>, Issue> {
        let expression = Expression::parse(path)
            .map_err(|wrong| malformed(format!("`{path}` is no FHIRPath: {}", wrong.message)))?;
        let root = fhirpath::resource_node(resource, self.definitions)
            .ok_or_else(|| failed("the patch is applied to something that is no resource"))?;
        let steps = PATCH_WORK_MAX / self.operations.max(1);
        let context = Context {
            types: self.definitions,
            host: &Nothing,
            resource: root,
            root,
            now: self.now,
            variables: &[],
            budget: Budget { steps: steps as u64, ..Budget::default() },
        };
        let items = expression
            .evaluate(Item::Node(root), &context)
            .map_err(|failure| failed(format!("evaluating `{path}` failed: {failure}")))?;
        items.iter().map(|item| self.locate(path, item, resource)).collect()
    }

    fn locate(&mut self, path: &str, item: &Item<'_>, resource: &Value) -> Result<Found, Issue> {
        let computed = || failed(format!("`{path}` yields a computed value where an element is expected"));
        let Item::Node(node) = item else { return Err(computed()) };
        let Node { value, companion, type_id } = node;
        let wanted = value.or(*companion).ok_or_else(computed)?;
        let place = Place::find(resource, wanted, &mut self.allowance)?.ok_or_else(computed)?;
        Ok(Found { place, type_name: fhirpath::Types::name(self.definitions, *type_id) })
    }

    fn add(&self, operation: &Operation<'_>, found: &Found, resource: &mut Value) -> Result<(), Issue> {
        let name = operation.name.ok_or_else(|| malformed("the operation has no `name`"))?;
        let child = value::child(self.definitions, found.type_name, name, operation.value()?)?;
        let new = value::read(self.definitions, child, operation.value()?)?;
        let parent = found.place.element_mut(resource).and_then(Value::as_object_mut);
        let parent =
            parent.ok_or_else(|| failed(format!("`{}` has no elements of its own", operation.path)))?;
        let element = child.element;
        let stands = self.definitions.type_definition(found.type_name).is_some_and(|definition| {
            let alike = definition.children().iter().filter(|known| known.element == element);
            alike.into_iter().any(|known| place::stands(parent, known.name))
        });
        if stands && !child.repeats() {
            return Err(failed(format!("there is a `{name}` already, and it does not repeat")));
        }
        let mut rows = Rows::take(parent, child.name, child.repeats());
        rows.insert(rows.len(), new);
        rows.put(parent);
        Ok(())
    }

    fn replace(&self, operation: &Operation<'_>, found: &Found, resource: &mut Value) -> Result<(), Issue> {
        let value = operation.value()?;
        let Some((above, member)) = found.place.above(resource, self.definitions) else {
            return Err(failed("the resource itself cannot be replaced by a patch"));
        };
        let child = value::child(self.definitions, above, &member, value)?;
        let new = value::read(self.definitions, child, value)?;
        place::replace(resource, &found.place, child.name, new).map_err(failed)
    }

    fn insert(&self, operation: &Operation<'_>, found: &[Found], resource: &mut Value) -> Result<(), Issue> {
        let index = operation.index.ok_or_else(|| malformed("the operation has no `index`"))?;
        let list = list(operation, found)?;
        let (above, member) = list.above(resource, self.definitions).ok_or_else(|| not_a_list(operation))?;
        let child = value::child(self.definitions, above, &member, operation.value()?)?;
        let new = value::read(self.definitions, child, operation.value()?)?;
        let parent = list.parent_mut(resource).ok_or_else(|| not_a_list(operation))?;
        let mut rows = Rows::take(parent, child.name, child.repeats());
        let length = rows.len();
        let fits = index <= length;
        if fits {
            rows.insert(index, new);
        }
        rows.put(parent);
        if fits { Ok(()) } else { Err(beyond("index", index, length)) }
    }
}

fn shift(operation: &Operation<'_>, found: &[Found], resource: &mut Value) -> Result<(), Issue> {
    let (Some(source), Some(destination)) = (operation.source, operation.destination) else {
        return Err(malformed("a move has a `source` and a `destination`"));
    };
    let list = list(operation, found)?;
    let member = list.member().ok_or_else(|| not_a_list(operation))?.to_owned();
    let parent = list.parent_mut(resource).ok_or_else(|| not_a_list(operation))?;
    let mut rows = Rows::take(parent, &member, true);
    let length = rows.len();
    let wrong =
        [("source", source), ("destination", destination)].into_iter().find(|(_, place)| *place >= length);
    if wrong.is_none() {
        let row = rows.remove(source);
        rows.insert(destination, row);
    }
    rows.put(parent);
    wrong.map_or(Ok(()), |(name, place)| Err(beyond(name, place, length)))
}

/// The place of any element of the list that the path names, all of whose elements must stand in one list.
fn list<'f>(operation: &Operation<'_>, found: &'f [Found]) -> Result<&'f Place, Issue> {
    let first = found.first().map(|found| &found.place).filter(|place| place.is_in_list());
    let first = first.ok_or_else(|| not_a_list(operation))?;
    let together = found.iter().all(|other| other.place.is_beside(first));
    if together { Ok(first) } else { Err(not_a_list(operation)) }
}

fn not_a_list(operation: &Operation<'_>) -> Issue {
    failed(format!("`{}` does not name the elements of one list", operation.path))
}

fn beyond(name: &str, place: usize, length: usize) -> Issue {
    failed(format!("`{name}` is {place}, and the list has {length} elements"))
}

fn malformed(message: impl Into<String>) -> Issue {
    Issue::error(Code::MalformedPatch, message)
}

fn failed(message: impl Into<String>) -> Issue {
    Issue::error(Code::PatchFailed, message)
}

#[cfg(test)]
mod tests;
