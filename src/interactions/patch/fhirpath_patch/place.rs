//! Where in the tree does an element stand, and how is it changed there?

use fhir_profiles::Definitions;
use model::{Issue, Object, Text, Value};

use super::super::Allowance;
use super::value::New;

/// The way from the root to an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    /// The member, without the underscore of what stands beside a primitive.
    member: Text,
    /// The place in the list, when the element repeats.
    index: Option<usize>,
}

impl Place {
    /// Finds a node again by its address, which no other node has.
    pub(super) fn find(
        root: &Value,
        wanted: &Value,
        allowance: &mut Allowance,
    ) -> Result<Option<Self>, Issue> {
        let mut steps = Vec::new();
        let found = std::ptr::eq(root, wanted) || descend(root, wanted, &mut steps, allowance)?;
        Ok(found.then_some(Self(steps)))
    }

    /// The member that the element stands in; none of the root.
    pub(super) fn member(&self) -> Option<&str> {
        self.0.last().map(|step| step.member.as_str())
    }

    pub(super) fn is_in_list(&self) -> bool {
        self.0.last().is_some_and(|step| step.index.is_some())
    }

    /// Whether both stand in the same list.
    pub(super) fn is_beside(&self, other: &Self) -> bool {
        let list = |place: &Self| {
            let (last, above) = place.0.split_last()?;
            Some((above.to_vec(), last.member.clone(), last.index.is_some()))
        };
        list(self) == list(other)
    }

    /// The element itself; none of a primitive without value.
    pub(super) fn element_mut<'v>(&self, root: &'v mut Value) -> Option<&'v mut Value> {
        self.0.iter().try_fold(root, |value, step| {
            let member = value.as_object_mut()?.get_mut(&step.member)?;
            match (step.index, member) {
                (None, member) => Some(member),
                (Some(index), Value::Array(items)) => items.get_mut(index),
                _ => None,
            }
        })
    }

    /// The object that the element stands in.
    pub(super) fn parent_mut<'v>(&self, root: &'v mut Value) -> Option<&'v mut Object> {
        let (_, above) = self.0.split_last()?;
        Place(above.to_vec()).element_mut(root)?.as_object_mut()
    }

    /// The name of the type of the object that the element stands in, and the element's name in it.
    pub(super) fn above(&self, root: &Value, definitions: &Definitions) -> Option<(&'static str, String)> {
        let (last, above) = self.0.split_last()?;
        let mut value = root;
        let mut node = definitions.resource_node(value.text("resourceType")?)?;
        for step in above {
            let child = definitions.node(node).child(&step.member)?;
            let member = value.get(&step.member)?;
            value = step.index.map_or(Some(member), |index| member.items().get(index))?;
            node = match child.form {
                model::xml::Form::Object(node) => node,
                model::xml::Form::Resource => definitions.resource_node(value.text("resourceType")?)?,
                _ => definitions.element_node(),
            };
        }
        let definition = definitions.node(node);
        let element = definition.child(&last.member)?.element;
        Some((definition.name, element.to_owned()))
    }
}

fn descend(
    value: &Value,
    wanted: &Value,
    steps: &mut Vec<Step>,
    allowance: &mut Allowance,
) -> Result<bool, Issue> {
    let Value::Object(object) = value else { return Ok(false) };
    allowance.spend(object.len())?;
    for (name, member) in object.iter() {
        let plain = name.strip_prefix('_').unwrap_or(name);
        let items = match member {
            Value::Array(items) => items.as_slice(),
            single => std::slice::from_ref(single),
        };
        for (index, item) in items.iter().enumerate() {
            let index = matches!(member, Value::Array(_)).then_some(index);
            steps.push(Step { member: plain.into(), index });
            if std::ptr::eq(item, wanted) || descend(item, wanted, steps, allowance)? {
                return Ok(true);
            }
            steps.pop();
        }
    }
    Ok(false)
}

/// Whether the element stands in the object, be it only by what stands beside it.
pub(super) fn stands(parent: &Object, member: &str) -> bool {
    parent.get(member).is_some() || parent.get(&beside(member)).is_some()
}

fn beside(member: &str) -> String {
    format!("_{member}")
}

/// Takes the element away, and with it what is left empty above it.
pub(super) fn remove(root: &mut Value, place: &Place) -> Result<(), String> {
    let Some((last, above)) = place.0.split_last() else {
        return Err("the resource itself cannot be taken away by a patch".to_owned());
    };
    let parent = place.parent_mut(root).ok_or("the place is no longer there")?;
    let mut rows = Rows::take(parent, &last.member, last.index.is_some());
    rows.remove(last.index.unwrap_or_default());
    rows.put(parent);
    if parent.is_empty() && !above.is_empty() {
        return remove(root, &Place(above.to_vec()));
    }
    Ok(())
}

/// Puts a new element in the place of the old; of a choice it may have another type, and so another name.
pub(super) fn replace(root: &mut Value, place: &Place, member: &str, new: New) -> Result<(), String> {
    let gone = || "the place is no longer there".to_owned();
    let last = place.0.last().ok_or_else(gone)?;
    let parent = place.parent_mut(root).ok_or_else(gone)?;
    let mut rows = Rows::take(parent, &last.member, last.index.is_some());
    let index = last.index.unwrap_or_default();
    rows.remove(index);
    rows.insert(index, new);
    rows.member = member.into();
    rows.put(parent);
    Ok(())
}

/// The elements of one member, each with what stands beside it.
pub(super) struct Rows {
    member: Text,
    repeats: bool,
    /// Where the member stood.
    place: usize,
    rows: Vec<New>,
}

impl Rows {
    /// Takes the member out of its object.
    pub(super) fn take(parent: &mut Object, member: &str, repeats: bool) -> Self {
        let name = beside(member);
        let places = [parent.position(member), parent.position(&name)];
        let place = places.into_iter().flatten().min().unwrap_or(parent.len());
        let list = |value: Option<Value>| match value {
            Some(Value::Array(items)) => items,
            single => single.into_iter().collect(),
        };
        let (mut values, mut companions) =
            (list(parent.remove(member)).into_iter(), list(parent.remove(&name)).into_iter());
        let mut rows = Vec::new();
        loop {
            match (values.next(), companions.next()) {
                (None, None) => break,
                (value, companion) => {
                    let there = |value: Option<Value>| value.filter(|value| *value != Value::Null);
                    rows.push(New { value: there(value), companion: there(companion) });
                }
            }
        }
        Self { member: member.into(), repeats, place, rows }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Takes a row out; an empty one where there is none.
    pub(super) fn remove(&mut self, index: usize) -> New {
        if index < self.rows.len() { self.rows.remove(index) } else { New { value: None, companion: None } }
    }

    pub(super) fn insert(&mut self, index: usize, row: New) {
        let place = std::cmp::min(index, self.rows.len());
        self.rows.insert(place, row);
    }

    /// Puts the member back, where it stood before.
    pub(super) fn put(self, parent: &mut Object) {
        let (values, companions): (Vec<_>, Vec<_>) =
            self.rows.into_iter().map(|row| (row.value, row.companion)).unzip();
        let place = std::cmp::min(self.place, parent.len());
        let name = beside(&self.member);
        for (name, items) in [(name.as_str(), companions), (self.member.as_str(), values)] {
            if items.iter().all(Option::is_none) {
                continue;
            }
            let mut items = items.into_iter().map(|item| item.unwrap_or(Value::Null));
            let value = if self.repeats { Some(Value::Array(items.collect())) } else { items.next() };
            if let Some(value) = value {
                parent.insert_at(place, name, value);
            }
        }
    }
}
