//! Are two collections the same?
//!
//! <https://hl7.org/fhirpath/N1/#equality>. Values are compared as values, elements with parts part by part.

use std::collections::HashSet;

use model::{Object, Value};

use super::{Evaluation, settled};
use crate::failure::Failure;
use crate::item::{Collection, Item, Node};
use crate::values::operators;

impl<'a> Evaluation<'_, 'a> {
    /// `=`: the same items in the same order; nothing where either side is empty or nobody can tell.
    pub(crate) fn equal(&mut self, left: &[Item<'a>], right: &[Item<'a>]) -> Result<Option<bool>, Failure> {
        if left.is_empty() || right.is_empty() {
            return Ok(None);
        }
        if left.len() != right.len() {
            return Ok(Some(false));
        }
        let mut known = true;
        for (left, right) in left.iter().zip(right) {
            match self.same(left, right)? {
                Some(true) => {}
                Some(false) => return Ok(Some(false)),
                None => known = false,
            }
        }
        Ok(known.then_some(true))
    }

    /// `~`: the same items in any order, each as precise as the less precise.
    pub(crate) fn equivalent(&mut self, left: &[Item<'a>], right: &[Item<'a>]) -> Result<bool, Failure> {
        if left.len() != right.len() {
            return Ok(false);
        }
        let mut open: Vec<&Item<'a>> = right.iter().collect();
        for item in left {
            let mut found = None;
            for (place, other) in open.iter().enumerate() {
                if self.alike(item, other)? {
                    found = Some(place);
                    break;
                }
            }
            match found {
                Some(place) => open.swap_remove(place),
                None => return Ok(false),
            };
        }
        Ok(true)
    }

    /// Whether two items are the same.
    pub(crate) fn same(&mut self, left: &Item<'a>, right: &Item<'a>) -> Result<Option<bool>, Failure> {
        self.step()?;
        match (&*self.value_of(left), &*self.value_of(right)) {
            (Item::Node(left), Item::Node(right)) => Ok(Some(self.same_nodes(*left, *right)?)),
            (Item::Node(_), _) | (_, Item::Node(_)) => Ok(Some(false)),
            (left, right) => Ok(operators::equal(left, right)),
        }
    }

    fn alike(&mut self, left: &Item<'a>, right: &Item<'a>) -> Result<bool, Failure> {
        self.step()?;
        match (&*self.value_of(left), &*self.value_of(right)) {
            (Item::Node(left), Item::Node(right)) => self.alike_nodes(*left, *right),
            (Item::Node(_), _) | (_, Item::Node(_)) => Ok(false),
            (left, right) => Ok(operators::equivalent(left, right)),
        }
    }

    fn same_nodes(&mut self, left: Node<'a>, right: Node<'a>) -> Result<bool, Failure> {
        let mut looked_at = 0;
        let mut same = |left: Option<&Value>, right: Option<&Value>| match (left, right) {
            (None, None) => true,
            (Some(left), Some(right)) => {
                std::ptr::eq(left, right) || same_values(left, right, &mut looked_at)
            }
            _ => false,
        };
        let is_same = same(left.value, right.value) && same(left.companion, right.companion);
        self.spend(looked_at)?;
        Ok(is_same)
    }

    /// Two elements with parts are alike when they have the same elements and these are alike, in any order.
    fn alike_nodes(&mut self, left: Node<'a>, right: Node<'a>) -> Result<bool, Failure> {
        if self.same_nodes(left, right)? {
            return Ok(true);
        }
        let object = |node: Node<'a>| node.value.and_then(Value::as_object);
        let (Some(ours), Some(theirs)) = (object(left), object(right)) else { return Ok(false) };
        let mut names: Vec<&str> = Vec::new();
        for (name, _) in ours.iter().chain(theirs.iter()) {
            names.push(name.strip_prefix('_').unwrap_or(name));
        }
        names.sort_unstable();
        names.dedup();
        for name in names {
            let (ours, theirs) = (self.member_items(left, name)?, self.member_items(right, name)?);
            if !self.equivalent(&ours, &theirs)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn member_items(&mut self, node: Node<'a>, name: &str) -> Result<Collection<'a>, Failure> {
        let mut items = Vec::new();
        settled(self.stored(node, name, &mut |_, item| {
            items.push(item);
            Ok(())
        }))?;
        Ok(items)
    }

    /// The items without repeats, in the order in which they first come.
    pub(crate) fn distinct(&mut self, items: Collection<'a>) -> Result<Collection<'a>, Failure> {
        // Texts, of which there may be many, are told apart without comparing each with each.
        let mut texts = HashSet::new();
        let mut distinct: Collection<'a> = Vec::with_capacity(items.len());
        for item in items {
            let value = self.value_of(&item).into_owned();
            let is_new = match value {
                Item::String(text) => {
                    self.step()?;
                    texts.insert(text)
                }
                _ => !self.contains(&distinct, &item)?,
            };
            if is_new {
                distinct.push(item);
            }
        }
        Ok(distinct)
    }

    /// Whether the item is among the others.
    pub(crate) fn contains(&mut self, items: &[Item<'a>], wanted: &Item<'a>) -> Result<bool, Failure> {
        for item in items {
            if self.same(item, wanted)? == Some(true) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Numbers by what they are worth, members in any order: `1.0` and `1.00` are the same.
fn same_values(left: &Value, right: &Value, looked_at: &mut u64) -> bool {
    *looked_at += 1;
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            let number = |text: &str| model::decimal::Decimal::parse(text);
            left == right
                || match (number(left.as_str()), number(right.as_str())) {
                    (Some(left), Some(right)) => left.compare(&right).is_eq(),
                    _ => false,
                }
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left.iter().zip(right).all(|(left, right)| same_values(left, right, looked_at))
        }
        (Value::Object(left), Value::Object(right)) => same_members(left, right, looked_at),
        (left, right) => left == right,
    }
}

fn same_members(left: &Object, right: &Object, looked_at: &mut u64) -> bool {
    left.len() == right.len()
        && left
            .iter()
            .all(|(name, value)| right.get(name).is_some_and(|other| same_values(value, other, looked_at)))
}
