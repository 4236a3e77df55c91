//! How much is it, in which unit?
//!
//! <https://hl7.org/fhir/R4/search.html#quantity>. Units of UCUM are compared in the unit that all of their kind
//! are reduced to, so that 1 g finds 1000 mg; of others only the code, or the unit in words, is. Every amount has
//! a row for each way in which it can be asked for: as it is, in its unit, and by what that is called.

use model::decimal::Decimal;
use model::quantity::{Comparator, Quantity};
use model::ucum::{self, Unit};
use model::{Issue, Value};

use super::number::{self, EXPECTED, Wanted};
use super::prefix::Comparison;
use super::token::{refuse_modifier, refuse_value};
use super::{Asked, Element, Sink, split, unescape};
use crate::condition::{Condition, Test};
use crate::hash;
use crate::rows::{Indexed, ParameterId};
use crate::scan::{Range, ordered};

/// The system of a Money's currency: <https://hl7.org/fhir/R4/datatypes.html#Money>.
const CURRENCIES: &str = "urn:iso:std:iso:4217";

/// The number of the value whatever its unit.
const ANY_UNIT: i64 = 0;

/// A test of an amount.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantityTest {
    /// The number of the unit, as rows have it.
    unit: i64,
    amount: Comparison,
}

impl QuantityTest {
    /// Whether an amount or range passes, whichever of its ends comes first.
    pub fn holds(&self, unit: i64, low: i64, high: i64) -> bool {
        unit == self.unit && number::holds(&self.amount, low, high)
    }
}

/// What one value asks for: `number`, `number|system|code` or `number||code`.
pub fn parse(asked: &Asked<'_>) -> Result<Condition, Issue> {
    if asked.modifier.is_some() {
        return Err(refuse_modifier(asked, "`:missing` or none"));
    }
    let mut tests = read(asked.value).map_err(|expected| refuse_value(asked, &expected))?;
    let clause = |test| asked.clause(Test::Quantity(test));
    Ok(match tests.pop() {
        Some(only) if tests.is_empty() => clause(only),
        last => Condition::Any(tests.into_iter().chain(last).map(clause).collect()),
    })
}

/// The rows that an element becomes.
pub fn index(element: &Element<'_>, sink: &mut Sink<'_>) {
    let rows = match element.type_name {
        "Quantity" | "SimpleQuantity" | "MoneyQuantity" | "Age" | "Count" | "Distance" | "Duration" => {
            quantity(element.value)
        }
        "Money" => money(element.value),
        "Range" => range(element.value),
        _ => Vec::new(),
    };
    for (unit, low, high) in rows {
        number::each_row(low, high, |low, high| sink.push(Indexed::Quantity { unit, low, high }));
    }
}

/// Where candidates stand, and whether no others stand there.
pub fn ranges(test: &QuantityTest, parameter: ParameterId) -> Option<(Vec<Range>, bool)> {
    number::amounts(&test.amount, test.unit, parameter)
}

/// Reads a value as tests of which one must pass; otherwise says what was expected.
fn read(value: &str) -> Result<Vec<QuantityTest>, String> {
    let parts = split(value, '|');
    let wanted = number::read(parts[0]).ok_or(EXPECTED)?;
    let test = |unit, wanted: &Wanted| QuantityTest { unit, amount: wanted.comparison() };
    let (system, code) = match parts[..] {
        [_] => (unescape(""), unescape("")),
        [_, system, code] => (unescape(system), unescape(code)),
        _ => return Err("number, number|system|code or number||code".to_owned()),
    };
    if code.is_empty() {
        let is_alone = system.is_empty();
        return if is_alone {
            Ok(vec![test(ANY_UNIT, &wanted)])
        } else {
            Err("a code after the system".into())
        };
    }
    let mut tests = Vec::new();
    let unit = if system.is_empty() || system == ucum::SYSTEM { Unit::parse(&code).ok() } else { None };
    match &unit {
        Some(unit) => {
            let canonical =
                wanted.convert(|value| unit.to_canonical(value)).ok_or("an amount that can be converted")?;
            tests.push(test(of_kind(unit.canonical()), &canonical));
        }
        None if !system.is_empty() => tests.push(test(of_code(&system, &code), &wanted)),
        None => {}
    }
    if system.is_empty() {
        tests.push(test(of_name(&code), &wanted));
    }
    Ok(tests)
}

/// An amount by the number of each unit that it can be asked for in.
type Amounts = Vec<(i64, f64)>;

/// From where to where, by the number of the unit.
type Spans = Vec<(i64, i64, i64)>;

fn quantity(value: &Value) -> Spans {
    let Some(read) = value.as_object().and_then(Quantity::read) else { return Vec::new() };
    let (least, most) = (ordered(f64::NEG_INFINITY), ordered(f64::INFINITY));
    let span = |(unit, amount)| {
        let amount = ordered(amount);
        let (low, high) = match read.comparator {
            None => (amount, amount),
            Some(Comparator::Less) => (least, amount - 1),
            Some(Comparator::LessOrEqual) => (least, amount),
            Some(Comparator::GreaterOrEqual) => (amount, most),
            Some(Comparator::Greater) => (amount + 1, most),
        };
        (unit, low, high)
    };
    amounts(&read).into_iter().map(span).collect()
}

fn money(value: &Value) -> Spans {
    let Some(Value::Number(number)) = value.get("value") else { return Vec::new() };
    let currency = value.text("currency").map(Into::into);
    let system = currency.is_some().then(|| CURRENCIES.into());
    let read =
        Quantity { value: Decimal::try_from(number).ok(), system, code: currency, ..Quantity::default() };
    let span = |(unit, amount)| (unit, ordered(amount), ordered(amount));
    amounts(&read).into_iter().map(span).collect()
}

/// Both ends belong to a range; one that is missing is open.
fn range(value: &Value) -> Spans {
    let end = |name| -> Amounts {
        let read = value.get(name).and_then(Value::as_object).and_then(Quantity::read);
        read.as_ref().map(amounts).unwrap_or_default()
    };
    let (lows, highs) = (end("low"), end("high"));
    let (least, most) = (ordered(f64::NEG_INFINITY), ordered(f64::INFINITY));
    if highs.is_empty() {
        return lows.into_iter().map(|(unit, low)| (unit, ordered(low), most)).collect();
    }
    if lows.is_empty() {
        return highs.into_iter().map(|(unit, high)| (unit, least, ordered(high))).collect();
    }
    // Where the ends are given in different units, those that both can be asked for in are left.
    let both = lows.into_iter().filter_map(|(unit, low)| {
        let (_, high) = highs.iter().find(|(other, _)| *other == unit)?;
        Some((unit, ordered(low), ordered(*high)))
    });
    both.collect()
}

fn amounts(quantity: &Quantity) -> Amounts {
    let Some(value) = quantity.value.as_ref() else { return Vec::new() };
    let (plain, code) = (value.to_f64(), quantity.code.as_deref());
    let mut amounts = vec![(ANY_UNIT, plain)];
    match (quantity.canonical(), code) {
        (Some((value, kind)), _) => amounts.push((of_kind(&kind), value.to_f64())),
        (None, Some(code)) => {
            amounts.extend(quantity.system.as_deref().map(|system| (of_code(system, code), plain)));
            amounts.push((of_name(code), plain));
        }
        (None, None) => {}
    }
    let unit = quantity.unit.as_deref().filter(|unit| Some(*unit) != code);
    amounts.extend(unit.map(|unit| (of_name(unit), plain)));
    amounts
}

/// The number of a unit that all of its kind are reduced to.
fn of_kind(canonical: &str) -> i64 {
    hash::number(&["ucum ", canonical].concat())
}

/// The number of a code of a system.
fn of_code(system: &str, code: &str) -> i64 {
    hash::number(&[system, "|", code].concat())
}

/// The number of a unit that is only called so.
fn of_name(name: &str) -> i64 {
    hash::number(&["|", name].concat())
}

#[cfg(test)]
mod tests;
