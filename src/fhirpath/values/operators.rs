//! What comes out when an operator meets two System values?
//!
//! <https://hl7.org/fhirpath/N1/#operations>. Whole numbers stand in for decimals, numbers for amounts without unit
//! and dates for dates with times, as the section on implicit conversion says. `None` is an empty result.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::failure::Failure;
use crate::item::Item;
use crate::limits::TEXT_LENGTH_MAX;
use crate::values::decimal::{is_equivalent, to_integer};
use crate::values::quantity::Aligned;
use crate::values::{DateTime, Decimal, Quantity, shift};

/// What an operator yields: nothing when the result is empty.
pub(crate) type Outcome<'a> = Result<Option<Item<'a>>, Failure>;

/// Two operands of one type.
enum Pair<'p> {
    Booleans(bool, bool),
    Integers(i64, i64),
    Decimals(Decimal, Decimal),
    Texts(&'p str, &'p str),
    Moments(DateTime, DateTime),
    Times((i64, i64), (i64, i64)),
    Quantities(Cow<'p, Quantity>, Cow<'p, Quantity>),
    Types((&'static str, &'static str), (&'static str, &'static str)),
}

/// `+`
pub(crate) fn add<'a>(left: &Item<'a>, right: &Item<'a>) -> Outcome<'a> {
    if let Item::Quantity(quantity) = right
        && matches!(left, Item::Date(_) | Item::DateTime(_) | Item::Time(_))
    {
        return shift::by(left, quantity);
    }
    match pair(left, right) {
        Some(Pair::Integers(left, right)) => Ok(left.checked_add(right).map(Item::Integer)),
        Some(Pair::Decimals(left, right)) => Ok(left.checked_add(right).map(Item::Decimal)),
        Some(Pair::Texts(..)) => concatenate(left, right),
        Some(Pair::Quantities(left, right)) => Ok(left.plus(&right).map(Item::Quantity)),
        _ => Err(refused("add", left, right)),
    }
}

/// `-`
pub(crate) fn subtract<'a>(left: &Item<'a>, right: &Item<'a>) -> Outcome<'a> {
    match (pair(left, right), right) {
        (Some(Pair::Integers(left, right)), _) => Ok(left.checked_sub(right).map(Item::Integer)),
        (Some(Pair::Decimals(left, right)), _) => Ok(left.checked_sub(right).map(Item::Decimal)),
        (Some(Pair::Quantities(left, right)), _) => Ok(left.plus(&negative(&right)).map(Item::Quantity)),
        (None, Item::Quantity(quantity)) => shift::by(left, &negative(quantity)),
        _ => Err(refused("subtract", left, right)),
    }
}

/// `*`
pub(crate) fn multiply<'a>(left: &Item<'a>, right: &Item<'a>) -> Outcome<'a> {
    match pair(left, right) {
        Some(Pair::Integers(left, right)) => Ok(left.checked_mul(right).map(Item::Integer)),
        Some(Pair::Decimals(left, right)) => Ok(left.checked_mul(right).map(Item::Decimal)),
        Some(Pair::Quantities(left, right)) => Ok(left.times(&right).map(Item::Quantity)),
        _ => Err(refused("multiply", left, right)),
    }
}

/// `/`: whole numbers too are divided as decimals.
pub(crate) fn divide<'a>(left: &Item<'a>, right: &Item<'a>) -> Outcome<'a> {
    match pair(left, right) {
        Some(Pair::Integers(left, right)) => Ok(Decimal::from(left)
            .checked_div(right.into())
            .map(|quotient| Item::Decimal(quotient.normalize()))),
        Some(Pair::Decimals(left, right)) => {
            Ok(left.checked_div(right).map(|quotient| Item::Decimal(quotient.normalize())))
        }
        Some(Pair::Quantities(left, right)) => Ok(left.over(&right).map(Item::Quantity)),
        _ => Err(refused("divide", left, right)),
    }
}

/// `div`: the whole part of the quotient.
pub(crate) fn div<'a>(left: &Item<'a>, right: &Item<'a>) -> Outcome<'a> {
    match pair(left, right) {
        Some(Pair::Integers(left, right)) => Ok(left.checked_div(right).map(Item::Integer)),
        Some(Pair::Decimals(left, right)) => {
            Ok(left.checked_div(right).and_then(|quotient| to_integer(quotient.trunc())).map(Item::Integer))
        }
        _ => Err(refused("divide", left, right)),
    }
}

/// `mod`: what is left after `div`.
pub(crate) fn modulo<'a>(left: &Item<'a>, right: &Item<'a>) -> Outcome<'a> {
    match pair(left, right) {
        Some(Pair::Integers(left, right)) => Ok(left.checked_rem(right).map(Item::Integer)),
        Some(Pair::Decimals(left, right)) => Ok(left.checked_rem(right).map(Item::Decimal)),
        _ => Err(refused("divide", left, right)),
    }
}

/// `&`, where both sides hold something.
pub(crate) fn concatenate<'a>(left: &Item<'a>, right: &Item<'a>) -> Outcome<'a> {
    let (Item::String(head), Item::String(tail)) = (left, right) else {
        return Err(refused("join", left, right));
    };
    if head.len() + tail.len() > TEXT_LENGTH_MAX {
        return Err(Failure::TooCostly("TEXT_LENGTH_MAX"));
    }
    Ok(Some(Item::String(Cow::Owned(format!("{head}{tail}")))))
}

/// `-` before a number or amount.
pub(crate) fn negate<'a>(item: &Item<'a>) -> Outcome<'a> {
    match item {
        Item::Integer(number) => Ok(number.checked_neg().map(Item::Integer)),
        Item::Decimal(number) => Ok(Some(Item::Decimal(-*number))),
        Item::Quantity(quantity) => Ok(Some(Item::Quantity(negative(quantity)))),
        other => Err(Failure::Execution(format!("cannot negate {}, expected a number", name(other)))),
    }
}

/// `<`, `<=`, `>`, `>=`: `None` when the precision, a zone or the units leave it open.
pub(crate) fn compare(left: &Item, right: &Item) -> Result<Option<Ordering>, Failure> {
    match pair(left, right) {
        Some(Pair::Booleans(..) | Pair::Types(..)) | None => Err(refused("compare", left, right)),
        Some(pair) => Ok(pair.order()),
    }
}

/// `=`: `None` when the precision, a zone or the units leave it open.
pub(crate) fn equal(left: &Item, right: &Item) -> Option<bool> {
    match pair(left, right) {
        Some(Pair::Booleans(left, right)) => Some(left == right),
        Some(Pair::Types(left, right)) => Some(left == right),
        Some(Pair::Quantities(left, right)) => match left.align(&right) {
            Aligned::Different => Some(false),
            aligned => aligned.order().map(Ordering::is_eq),
        },
        Some(pair) => pair.order().map(Ordering::is_eq),
        None => Some(false),
    }
}

/// `~`
pub(crate) fn equivalent(left: &Item, right: &Item) -> bool {
    match pair(left, right) {
        Some(Pair::Booleans(left, right)) => left == right,
        Some(Pair::Types(left, right)) => left == right,
        Some(Pair::Integers(left, right)) => left == right,
        Some(Pair::Decimals(left, right)) => is_equivalent(left, right),
        Some(Pair::Texts(left, right)) => folded(left).eq(folded(right)),
        Some(Pair::Moments(left, right)) => {
            left.is_as_precise_as(right) && left.compare(right) == Some(Ordering::Equal)
        }
        Some(Pair::Times(left, right)) => left == right,
        Some(Pair::Quantities(left, right)) => {
            let alike = Quantity { value: left.value, unit: left.code().into() };
            alike.is_equivalent(&Quantity { value: right.value, unit: right.code().into() })
        }
        None => false,
    }
}

impl Pair<'_> {
    fn order(&self) -> Option<Ordering> {
        match self {
            Pair::Integers(left, right) => Some(left.cmp(right)),
            Pair::Decimals(left, right) => Some(left.cmp(right)),
            Pair::Texts(left, right) => Some(left.cmp(right)),
            Pair::Moments(left, right) => left.compare(*right),
            Pair::Times(left, right) => crate::values::datetime::order(*left, *right),
            Pair::Quantities(left, right) => left.align(right).order(),
            Pair::Booleans(..) | Pair::Types(..) => None,
        }
    }
}

/// Brings both to one type; `None` when they have none in common.
fn pair<'p>(left: &'p Item, right: &'p Item) -> Option<Pair<'p>> {
    Some(match (left, right) {
        (Item::Boolean(left), Item::Boolean(right)) => Pair::Booleans(*left, *right),
        (Item::Integer(left), Item::Integer(right)) => Pair::Integers(*left, *right),
        (Item::String(left), Item::String(right)) => Pair::Texts(left, right),
        (Item::Time(left), Item::Time(right)) => Pair::Times(left.0.interval(), right.0.interval()),
        (Item::Type(left, first), Item::Type(right, second)) => Pair::Types((left, first), (right, second)),
        (Item::Quantity(_), _) | (_, Item::Quantity(_)) => Pair::Quantities(amount(left)?, amount(right)?),
        (Item::Decimal(_), _) | (_, Item::Decimal(_)) => Pair::Decimals(number(left)?, number(right)?),
        _ => Pair::Moments(moment(left)?, moment(right)?),
    })
}

fn number(item: &Item) -> Option<Decimal> {
    match item {
        Item::Integer(number) => Some((*number).into()),
        Item::Decimal(number) => Some(*number),
        _ => None,
    }
}

fn amount<'p>(item: &'p Item) -> Option<Cow<'p, Quantity>> {
    match item {
        Item::Quantity(quantity) => Some(Cow::Borrowed(quantity)),
        other => Some(Cow::Owned(Quantity::plain(number(other)?))),
    }
}

fn moment(item: &Item) -> Option<DateTime> {
    match item {
        Item::Date(date) => Some((*date).into()),
        Item::DateTime(moment) => Some(*moment),
        _ => None,
    }
}

fn negative(quantity: &Quantity) -> Quantity {
    Quantity { value: -quantity.value, unit: quantity.unit.clone() }
}

/// The text without case, and with one kind of white space.
fn folded(text: &str) -> impl Iterator<Item = char> {
    let plain = |character: char| if character.is_whitespace() { ' ' } else { character };
    text.chars().map(plain).flat_map(char::to_lowercase)
}

fn refused(verb: &str, left: &Item, right: &Item) -> Failure {
    Failure::Execution(format!("cannot {verb} {} and {}", name(left), name(right)))
}

/// What kind of value it is, never which.
pub(crate) fn name(item: &Item) -> &'static str {
    match item {
        Item::Node(_) => "an element",
        Item::Boolean(_) => "a Boolean",
        Item::Integer(_) => "an Integer",
        Item::Decimal(_) => "a Decimal",
        Item::String(_) => "a String",
        Item::Date(_) => "a Date",
        Item::DateTime(_) => "a DateTime",
        Item::Time(_) => "a Time",
        Item::Quantity(_) => "a Quantity",
        Item::Type(..) => "a type",
    }
}

#[cfg(test)]
mod tests;
