//! What can be computed of numbers, and asked of values that were written only so precisely?
//!
//! <https://hl7.org/fhirpath/N1/#math>, and of the continuous build the sums, boundaries and the parts of dates and
//! times. What lies beyond the range of decimals is empty; roots, logarithms and fractional powers are computed
//! in binary floating point.

mod parts;
mod precise;

use std::cmp::Ordering;

use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use crate::failure::Failure;
use crate::functions::conversion::single;
use crate::functions::{Function, Run};
use crate::item::{Collection, Item};
use crate::limits::POWER_MAX;
use crate::values::decimal::{SCALE_MAX, round as rounded, to_integer};
use crate::values::operators::{self, name};
use crate::values::{Decimal, Quantity};

/// The functions of this chapter.
pub(crate) static FUNCTIONS: &[Function] = &[
    Function { name: "abs", arguments: (0, 0), run: Run::Values(abs) },
    Function {
        name: "ceiling",
        arguments: (0, 0),
        run: Run::Values(|input, _| whole(input, |number| number.ceil())),
    },
    Function {
        name: "floor",
        arguments: (0, 0),
        run: Run::Values(|input, _| whole(input, |number| number.floor())),
    },
    Function {
        name: "truncate",
        arguments: (0, 0),
        run: Run::Values(|input, _| whole(input, |number| number.trunc())),
    },
    Function { name: "exp", arguments: (0, 0), run: Run::Values(|input, _| binary(input, f64::exp)) },
    Function { name: "ln", arguments: (0, 0), run: Run::Values(|input, _| binary(input, f64::ln)) },
    Function { name: "sqrt", arguments: (0, 0), run: Run::Values(|input, _| binary(input, f64::sqrt)) },
    Function { name: "log", arguments: (1, 1), run: Run::Values(log) },
    Function { name: "power", arguments: (1, 1), run: Run::Values(power) },
    Function { name: "round", arguments: (0, 1), run: Run::Values(round) },
    Function { name: "sum", arguments: (0, 0), run: Run::Values(sum) },
    Function { name: "avg", arguments: (0, 0), run: Run::Values(avg) },
    Function { name: "min", arguments: (0, 0), run: Run::Values(|input, _| extreme(input, Ordering::Less)) },
    Function {
        name: "max",
        arguments: (0, 0),
        run: Run::Values(|input, _| extreme(input, Ordering::Greater)),
    },
    Function { name: "lowBoundary", arguments: (0, 1), run: Run::Values(precise::low) },
    Function { name: "highBoundary", arguments: (0, 1), run: Run::Values(precise::high) },
    Function { name: "precision", arguments: (0, 0), run: Run::Values(precise::precision) },
    Function { name: "comparable", arguments: (1, 1), run: Run::Values(comparable) },
    Function {
        name: "yearOf",
        arguments: (0, 0),
        run: Run::Values(|input, _| parts::of(input, parts::year)),
    },
    Function {
        name: "monthOf",
        arguments: (0, 0),
        run: Run::Values(|input, _| parts::of(input, parts::month)),
    },
    Function { name: "dayOf", arguments: (0, 0), run: Run::Values(|input, _| parts::of(input, parts::day)) },
    Function {
        name: "hourOf",
        arguments: (0, 0),
        run: Run::Values(|input, _| parts::of(input, parts::hour)),
    },
    Function {
        name: "minuteOf",
        arguments: (0, 0),
        run: Run::Values(|input, _| parts::of(input, parts::minute)),
    },
    Function {
        name: "secondOf",
        arguments: (0, 0),
        run: Run::Values(|input, _| parts::of(input, parts::second)),
    },
    Function {
        name: "millisecondOf",
        arguments: (0, 0),
        run: Run::Values(|input, _| parts::of(input, parts::millisecond)),
    },
    Function {
        name: "timezoneOffsetOf",
        arguments: (0, 0),
        run: Run::Values(|input, _| parts::of(input, parts::zone)),
    },
    Function {
        name: "dateOf",
        arguments: (0, 0),
        run: Run::Values(|input, _| parts::of(input, parts::date)),
    },
    Function {
        name: "timeOf",
        arguments: (0, 0),
        run: Run::Values(|input, _| parts::of(input, parts::time)),
    },
];

type Answer<'a> = Result<Collection<'a>, Failure>;

fn abs<'a>(input: Collection<'a>, _: &[Collection<'a>]) -> Answer<'a> {
    let Some(item) = single(input)? else { return Ok(Vec::new()) };
    match item {
        Item::Integer(number) => Ok(number.checked_abs().map(Item::Integer).into_iter().collect()),
        Item::Decimal(number) => Ok(vec![Item::Decimal(number.abs())]),
        Item::Quantity(Quantity { value, unit }) => {
            Ok(vec![Item::Quantity(Quantity { value: value.abs(), unit })])
        }
        other => Err(no_number(&other)),
    }
}

/// Whether two amounts measure the same kind of thing.
fn comparable<'a>(input: Collection<'a>, arguments: &[Collection<'a>]) -> Answer<'a> {
    let other = single(arguments.first().cloned().unwrap_or_default())?;
    match (single(input)?, other) {
        (None, _) | (_, None) => Ok(Vec::new()),
        (Some(Item::Quantity(left)), Some(Item::Quantity(right))) => {
            Ok(vec![Item::Boolean(left.is_comparable(&right))])
        }
        _ => Err(Failure::Execution("cannot ask `comparable` of what is no Quantity".to_owned())),
    }
}

/// Makes a whole number of a number.
fn whole<'a>(input: Collection<'a>, cut: fn(&Decimal) -> Decimal) -> Answer<'a> {
    let Some(number) = number(single(input)?.as_ref())? else { return Ok(Vec::new()) };
    Ok(to_integer(cut(&number)).map(Item::Integer).into_iter().collect())
}

/// Computes in binary floating point; empty where there is no real number.
fn binary<'a>(input: Collection<'a>, compute: fn(f64) -> f64) -> Answer<'a> {
    let Some(number) = number(single(input)?.as_ref())? else { return Ok(Vec::new()) };
    Ok(decimal(number.to_f64().map(compute)))
}

fn log<'a>(input: Collection<'a>, arguments: &[Collection<'a>]) -> Answer<'a> {
    let (Some(number), Some(base)) = (number(single(input)?.as_ref())?, argument(arguments)?) else {
        return Ok(Vec::new());
    };
    let (Some(number), Some(base)) = (number.to_f64(), base.to_f64()) else { return Ok(Vec::new()) };
    // The two bases for which the library is exact.
    Ok(decimal(Some(match base {
        2.0 => number.log2(),
        10.0 => number.log10(),
        base => number.log(base),
    })))
}

fn power<'a>(input: Collection<'a>, arguments: &[Collection<'a>]) -> Answer<'a> {
    let base = single(input)?;
    let (Some(number), Some(exponent)) = (number(base.as_ref())?, argument(arguments)?) else {
        return Ok(Vec::new());
    };
    let Some(times) =
        to_integer(exponent).and_then(|times| u32::try_from(times).ok()).filter(|times| *times <= POWER_MAX)
    else {
        let computed = number.to_f64().zip(exponent.to_f64()).map(|(base, exponent)| base.powf(exponent));
        return Ok(decimal(computed));
    };
    let exponent_is_whole = matches!(arguments.first().map(Vec::as_slice), Some([Item::Integer(_)]));
    if let (Some(Item::Integer(base)), true) = (&base, exponent_is_whole) {
        return Ok(base.checked_pow(times).map(Item::Integer).into_iter().collect());
    }
    let product = (0..times).try_fold(Decimal::ONE, |product, _| product.checked_mul(number));
    Ok(product.map(Item::Decimal).into_iter().collect())
}

fn round<'a>(input: Collection<'a>, arguments: &[Collection<'a>]) -> Answer<'a> {
    let Some(number) = number(single(input)?.as_ref())? else { return Ok(Vec::new()) };
    let digits = match arguments.first().map(Vec::as_slice) {
        None | Some([]) => 0,
        Some([Item::Integer(digits)]) if *digits >= 0 => u32::try_from(*digits).unwrap_or(SCALE_MAX),
        Some(_) => {
            return Err(Failure::Execution(
                "cannot round to this precision, expected an Integer from 0 on".to_owned(),
            ));
        }
    };
    Ok(vec![Item::Decimal(rounded(number, digits))])
}

fn sum<'a>(input: Collection<'a>, _: &[Collection<'a>]) -> Answer<'a> {
    let mut items = input.into_iter();
    let Some(mut total) = items.next() else { return Ok(Vec::new()) };
    if !matches!(total, Item::Integer(_) | Item::Decimal(_) | Item::Quantity(_)) {
        return Err(no_number(&total));
    }
    for item in items {
        let Some(next) = operators::add(&total, &item)? else { return Ok(Vec::new()) };
        total = next;
    }
    Ok(vec![total])
}

fn avg<'a>(input: Collection<'a>, _: &[Collection<'a>]) -> Answer<'a> {
    let Ok(count) = i64::try_from(input.len()) else { return Ok(Vec::new()) };
    match sum(input, &[])?.first() {
        Some(total) => Ok(operators::divide(total, &Item::Integer(count))?.into_iter().collect()),
        None => Ok(Vec::new()),
    }
}

/// The least or greatest item; empty when two cannot be compared.
fn extreme<'a>(input: Collection<'a>, wanted: Ordering) -> Answer<'a> {
    let mut items = input.into_iter();
    let Some(mut best) = items.next() else { return Ok(Vec::new()) };
    for item in items {
        match operators::compare(&item, &best)? {
            None => return Ok(Vec::new()),
            Some(order) if order == wanted => best = item,
            Some(_) => {}
        }
    }
    Ok(vec![best])
}

fn number(item: Option<&Item>) -> Result<Option<Decimal>, Failure> {
    match item {
        None => Ok(None),
        Some(Item::Integer(number)) => Ok(Some((*number).into())),
        Some(Item::Decimal(number)) => Ok(Some(*number)),
        Some(other) => Err(no_number(other)),
    }
}

fn argument(arguments: &[Collection<'_>]) -> Result<Option<Decimal>, Failure> {
    match arguments.first().map(Vec::as_slice) {
        None | Some([]) => Ok(None),
        Some([item]) => number(Some(item)),
        Some(_) => {
            Err(Failure::Execution("cannot use several items as an argument, expected one number".to_owned()))
        }
    }
}

fn no_number(item: &Item) -> Failure {
    Failure::Execution(format!("cannot compute with {}, expected a number", name(item)))
}

fn decimal<'a>(number: Option<f64>) -> Collection<'a> {
    let finite = number.filter(|number| number.is_finite());
    finite.and_then(Decimal::from_f64).map(|number| Item::Decimal(number.normalize())).into_iter().collect()
}

#[cfg(test)]
mod tests;
