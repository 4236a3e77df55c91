//! Which items are kept, and what is made of each?
//!
//! <https://hl7.org/fhirpath/N1/#filtering-and-projection>, <https://hl7.org/fhirpath/N1/#tree-navigation>,
//! <https://hl7.org/fhirpath/N1/#aggregates>.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::{Answer, Function, Run};
use crate::evaluate::{Evaluation, Scope, Walk, fail};
use crate::failure::Failure;
use crate::item::{Collection, Item};
use crate::syntax::Syntax;
use crate::values::operators;

/// The functions of this chapter.
pub(crate) static FUNCTIONS: &[Function] = &[
    Function { name: "where", arguments: (1, 1), run: Run::Walk(Walk::Where) },
    Function { name: "select", arguments: (1, 1), run: Run::Walk(Walk::Select) },
    Function { name: "repeat", arguments: (1, 1), run: Run::Expressions(repeat) },
    Function { name: "repeatAll", arguments: (1, 1), run: Run::Expressions(repeat_all) },
    Function { name: "aggregate", arguments: (1, 2), run: Run::Expressions(aggregate) },
    Function { name: "sort", arguments: (0, 16), run: Run::Expressions(sort) },
    Function { name: "children", arguments: (0, 0), run: Run::Walk(Walk::Children) },
    Function { name: "descendants", arguments: (0, 0), run: Run::Walk(Walk::Descendants) },
];

/// What the expression yields for each of the items.
fn select<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    input: Collection<'a>,
    arguments: &[Syntax],
    scope: &Scope<'_, 'a>,
) -> Answer<'a> {
    let mut selected = Vec::new();
    for (index, item) in input.iter().enumerate() {
        selected.append(&mut evaluation.apart(&arguments[0], &scope.on(item, index))?);
        evaluation.bounded(selected.len())?;
    }
    Ok(selected)
}

/// Each item once, however often it is come across.
fn repeat<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    input: Collection<'a>,
    arguments: &[Syntax],
    scope: &Scope<'_, 'a>,
) -> Answer<'a> {
    let (mut found, mut open) = (Vec::new(), input);
    while !open.is_empty() {
        let mut next = Vec::new();
        for item in select(evaluation, std::mem::take(&mut open), arguments, scope)? {
            if !evaluation.contains(&found, &item)? {
                found.push(item.clone());
                next.push(item);
            }
        }
        evaluation.bounded(found.len())?;
        open = next;
    }
    Ok(found)
}

/// Each item as often as it is come across; what never ends is ended by the budget.
fn repeat_all<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    input: Collection<'a>,
    arguments: &[Syntax],
    scope: &Scope<'_, 'a>,
) -> Answer<'a> {
    let (mut found, mut open) = (Vec::new(), input);
    while !open.is_empty() {
        evaluation.step()?;
        open = select(evaluation, open, arguments, scope)?;
        found.extend(open.iter().cloned());
        evaluation.bounded(found.len())?;
    }
    Ok(found)
}

fn aggregate<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    input: Collection<'a>,
    arguments: &[Syntax],
    scope: &Scope<'_, 'a>,
) -> Answer<'a> {
    let mut total = match arguments.get(1) {
        Some(first) => evaluation.apart(first, scope)?,
        None => Vec::new(),
    };
    for (index, item) in input.iter().enumerate() {
        let inner = Scope { total: Some(&total), ..scope.on(item, index) };
        total = evaluation.apart(&arguments[0], &inner)?;
    }
    Ok(total)
}

/// By the items themselves or by keys; a key after `-` sorts downwards. Items without a key come first.
fn sort<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    input: Collection<'a>,
    arguments: &[Syntax],
    scope: &Scope<'_, 'a>,
) -> Answer<'a> {
    let mut rows = Vec::with_capacity(input.len());
    for (index, item) in input.into_iter().enumerate() {
        let mut keys = Vec::with_capacity(arguments.len().max(1));
        for argument in arguments {
            let (key, _) = direction(argument);
            let items = evaluation.apart(key, &scope.on(&item, index))?;
            keys.push(evaluation.single(&items, "a key of `sort`")?.map(Cow::into_owned));
        }
        if arguments.is_empty() {
            keys.push(Some(evaluation.value_of(&item).into_owned()));
        }
        rows.push((keys, item));
    }
    let downwards: Vec<bool> = arguments.iter().map(|argument| direction(argument).1).collect();
    let compare = |(left, _): &Row<'_>, (right, _): &Row<'_>| {
        let mut found = Ordering::Equal;
        for (place, (left, right)) in left.iter().zip(right).enumerate() {
            let order = order(left.as_ref(), right.as_ref())?;
            found = found.then(if downwards.get(place) == Some(&true) { order.reverse() } else { order });
        }
        Ok(found)
    };
    Ok(merged(rows, &compare)?.into_iter().map(|(_, item)| item).collect())
}

/// The keys of an item, and the item.
type Row<'a> = (Vec<Option<Item<'a>>>, Item<'a>);

/// Sorts by merging halves, because the sort of the standard library panics where no order holds together.
fn merged<T>(
    mut items: Vec<T>,
    compare: &impl Fn(&T, &T) -> Result<Ordering, Failure>,
) -> Result<Vec<T>, Failure> {
    if items.len() < 2 {
        return Ok(items);
    }
    let right = items.split_off(items.len() / 2);
    let mut left = merged(items, compare)?.into_iter().peekable();
    let mut right = merged(right, compare)?.into_iter().peekable();
    let mut sorted = Vec::with_capacity(left.len() + right.len());
    while let (Some(first), Some(second)) = (left.peek(), right.peek()) {
        let next = if compare(first, second)?.is_le() { left.next() } else { right.next() };
        sorted.extend(next);
    }
    sorted.extend(left);
    sorted.extend(right);
    Ok(sorted)
}

fn direction(argument: &Syntax) -> (&Syntax, bool) {
    match argument {
        Syntax::Negate(key) => (key, true),
        key => (key, false),
    }
}

fn order(left: Option<&Item<'_>>, right: Option<&Item<'_>>) -> Result<Ordering, Failure> {
    match (left, right) {
        (Some(left), Some(right)) => match operators::compare(left, right)? {
            Some(order) => Ok(order),
            None => fail("cannot sort items of which nobody can tell which comes first".to_owned()),
        },
        (left, right) => Ok(left.is_some().cmp(&right.is_some())),
    }
}
