//! What does a value become as another type?
//!
//! <https://hl7.org/fhirpath/N1/#conversion>. What does not convert yields nothing; elements that are no System
//! values convert to nothing.

use std::borrow::Cow;

use crate::failure::Failure;
use crate::functions::{Function, Run};
use crate::item::{Collection, Item};
use crate::values::{Date, DateTime, Decimal, Quantity, Time, parse_decimal, print, quantity};

/// The functions of this chapter.
pub(crate) static FUNCTIONS: &[Function] = &[
    Function { name: "toBoolean", arguments: (0, 0), run: Run::Values(|input, _| convert(input, boolean)) },
    Function {
        name: "convertsToBoolean",
        arguments: (0, 0),
        run: Run::Values(|input, _| converts(input, boolean)),
    },
    Function { name: "toInteger", arguments: (0, 0), run: Run::Values(|input, _| convert(input, integer)) },
    Function {
        name: "convertsToInteger",
        arguments: (0, 0),
        run: Run::Values(|input, _| converts(input, integer)),
    },
    Function { name: "toLong", arguments: (0, 0), run: Run::Values(|input, _| convert(input, long)) },
    Function {
        name: "convertsToLong",
        arguments: (0, 0),
        run: Run::Values(|input, _| converts(input, long)),
    },
    Function { name: "toDecimal", arguments: (0, 0), run: Run::Values(|input, _| convert(input, decimal)) },
    Function {
        name: "convertsToDecimal",
        arguments: (0, 0),
        run: Run::Values(|input, _| converts(input, decimal)),
    },
    Function { name: "toString", arguments: (0, 0), run: Run::Values(|input, _| convert(input, string)) },
    Function {
        name: "convertsToString",
        arguments: (0, 0),
        run: Run::Values(|input, _| converts(input, string)),
    },
    Function { name: "toDate", arguments: (0, 0), run: Run::Values(|input, _| convert(input, date)) },
    Function {
        name: "convertsToDate",
        arguments: (0, 0),
        run: Run::Values(|input, _| converts(input, date)),
    },
    Function { name: "toDateTime", arguments: (0, 0), run: Run::Values(|input, _| convert(input, datetime)) },
    Function {
        name: "convertsToDateTime",
        arguments: (0, 0),
        run: Run::Values(|input, _| converts(input, datetime)),
    },
    Function { name: "toTime", arguments: (0, 0), run: Run::Values(|input, _| convert(input, time)) },
    Function {
        name: "convertsToTime",
        arguments: (0, 0),
        run: Run::Values(|input, _| converts(input, time)),
    },
    Function { name: "toQuantity", arguments: (0, 1), run: Run::Values(to_quantity) },
    Function { name: "convertsToQuantity", arguments: (0, 1), run: Run::Values(converts_to_quantity) },
];

/// Words that mean true and false, in lower case.
const TRUE: [&str; 6] = ["true", "t", "yes", "y", "1", "1.0"];
const FALSE: [&str; 6] = ["false", "f", "no", "n", "0", "0.0"];

/// The only item of the input, if there is one; a second one ends the evaluation.
pub(crate) fn single<'a>(input: Collection<'a>) -> Result<Option<Item<'a>>, Failure> {
    let mut items = input.into_iter();
    match (items.next(), items.next()) {
        (first, None) => Ok(first),
        _ => {
            Err(Failure::Execution("cannot use a collection of several items, expected one item".to_owned()))
        }
    }
}

fn convert<'a>(
    input: Collection<'a>,
    to: fn(&Item<'a>) -> Option<Item<'a>>,
) -> Result<Collection<'a>, Failure> {
    Ok(single(input)?.and_then(|item| to(&item)).into_iter().collect())
}

fn converts<'a>(
    input: Collection<'a>,
    to: fn(&Item<'a>) -> Option<Item<'a>>,
) -> Result<Collection<'a>, Failure> {
    Ok(single(input)?.map(|item| Item::Boolean(to(&item).is_some())).into_iter().collect())
}

fn to_quantity<'a>(input: Collection<'a>, arguments: &[Collection<'a>]) -> Result<Collection<'a>, Failure> {
    let unit = wanted_unit(arguments)?;
    Ok(single(input)?.and_then(|item| quantity_in(&item, unit)).map(Item::Quantity).into_iter().collect())
}

fn converts_to_quantity<'a>(
    input: Collection<'a>,
    arguments: &[Collection<'a>],
) -> Result<Collection<'a>, Failure> {
    let unit = wanted_unit(arguments)?;
    let answer = |item: Item<'a>| Item::Boolean(quantity_in(&item, unit).is_some());
    Ok(single(input)?.map(answer).into_iter().collect())
}

fn wanted_unit<'s>(arguments: &'s [Collection<'_>]) -> Result<Option<&'s str>, Failure> {
    match arguments.first().map(Vec::as_slice) {
        None | Some([]) => Ok(None),
        Some([Item::String(unit)]) => Ok(Some(unit)),
        Some(_) => Err(Failure::Execution("cannot convert to a unit that is no String".to_owned())),
    }
}

fn boolean<'a>(item: &Item<'a>) -> Option<Item<'a>> {
    let truth = |yes: bool, no: bool| if yes || no { Some(Item::Boolean(yes)) } else { None };
    match item {
        Item::Boolean(_) => Some(item.clone()),
        Item::Integer(number) => truth(*number == 1, *number == 0),
        Item::Decimal(number) => truth(*number == Decimal::ONE, number.is_zero()),
        Item::String(text) => {
            let is = |word: &&str| text.eq_ignore_ascii_case(word);
            truth(TRUE.iter().any(is), FALSE.iter().any(is))
        }
        _ => None,
    }
}

fn integer<'a>(item: &Item<'a>) -> Option<Item<'a>> {
    match long(item)? {
        // The specification's Integer has 32 bits.
        Item::Integer(number) => i32::try_from(number).ok().map(|number| Item::Integer(number.into())),
        _ => None,
    }
}

fn long<'a>(item: &Item<'a>) -> Option<Item<'a>> {
    match item {
        Item::Integer(_) => Some(item.clone()),
        Item::Boolean(truth) => Some(Item::Integer((*truth).into())),
        Item::String(text) => text.parse().ok().map(Item::Integer),
        _ => None,
    }
}

fn decimal<'a>(item: &Item<'a>) -> Option<Item<'a>> {
    match item {
        Item::Decimal(_) => Some(item.clone()),
        Item::Integer(number) => Some(Item::Decimal((*number).into())),
        Item::Boolean(truth) => Some(Item::Decimal(Decimal::new(if *truth { 10 } else { 0 }, 1))),
        Item::String(text) => plain_decimal(text).map(Item::Decimal),
        _ => None,
    }
}

fn string<'a>(item: &Item<'a>) -> Option<Item<'a>> {
    match item {
        Item::String(_) => Some(item.clone()),
        other => print::text(other).map(|text| Item::String(Cow::Owned(text))),
    }
}

fn date<'a>(item: &Item<'a>) -> Option<Item<'a>> {
    match item {
        Item::Date(_) => Some(item.clone()),
        Item::DateTime(moment) => Some(Item::Date(moment.date())),
        Item::String(text) => Date::parse(text).map(Item::Date),
        _ => None,
    }
}

fn datetime<'a>(item: &Item<'a>) -> Option<Item<'a>> {
    match item {
        Item::DateTime(_) => Some(item.clone()),
        Item::Date(date) => Some(Item::DateTime((*date).into())),
        Item::String(text) => DateTime::parse(text).map(Item::DateTime),
        _ => None,
    }
}

fn time<'a>(item: &Item<'a>) -> Option<Item<'a>> {
    match item {
        Item::Time(_) => Some(item.clone()),
        Item::String(text) => Time::parse(text.strip_prefix('T').unwrap_or(text)).map(Item::Time),
        _ => None,
    }
}

fn quantity_in(item: &Item, unit: Option<&str>) -> Option<Quantity> {
    let amount = quantity(item)?;
    let Some(unit) = unit else { return Some(amount) };
    let target = Quantity::new(Decimal::ONE, unit);
    Some(Quantity { value: amount.to_unit(&target.unit)?, unit: target.unit })
}

fn quantity(item: &Item) -> Option<Quantity> {
    match item {
        Item::Quantity(quantity) => Some(quantity.clone()),
        Item::String(text) => parse_quantity(text),
        other => match decimal(other)? {
            Item::Decimal(number) => Some(Quantity::plain(number)),
            _ => None,
        },
    }
}

/// Reads `1`, `1.5 'mg'` or `4 days`.
fn parse_quantity(text: &str) -> Option<Quantity> {
    let end = text.find(|letter: char| !matches!(letter, '+' | '-' | '.' | '0'..='9')).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let (value, unit) = (plain_decimal(number)?, unit.trim_start());
    if unit.is_empty() {
        return Some(Quantity::plain(value));
    }
    if let Some(quoted) = unit.strip_prefix('\'') {
        let code = quoted.strip_suffix('\'').filter(|code| !code.is_empty() && !code.contains('\''))?;
        return Some(Quantity { value, unit: code.into() });
    }
    let known = quantity::CALENDAR.iter().any(|calendar| calendar.word == unit || calendar.plural == unit);
    known.then(|| Quantity::new(value, unit))
}

/// Reads digits with a sign and a point, as literals are written.
fn plain_decimal(text: &str) -> Option<Decimal> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let plain = digits(whole) && digits(fraction);
    plain.then(|| parse_decimal(text.strip_prefix('+').unwrap_or(text))).flatten()
}

#[cfg(test)]
mod tests;
