//! How much is it, without a unit?
//!
//! <https://hl7.org/fhir/R4/search.html#number>: `eq`, `ne` and `ap` ask for all that rounds to the digits
//! written, the other prefixes take the number as it is. Numbers are compared in binary floating point.
//!
//! That page gives `1e2`, written without a point, the range of `1.0e2`; so does `read` here, and so it differs
//! from [`Decimal::range`]. A range of the resource has two rows, the second from its upper end to its lower one,
//! so that it also stands in the index by its upper end, where `gt` looks for it and where a sort from the
//! greatest reads it.

use model::decimal::{Decimal, Range as DecimalRange};
use model::{Issue, Value};

use super::prefix::{Comparison, Prefix};
use super::token::{refuse_modifier, refuse_value};
use super::{Asked, Element, Sink};
use crate::condition::{Condition, Test};
use crate::rows::{Indexed, ParameterId};
use crate::scan::{Index, Part, Range, ordered};

/// What a number in a URL is.
pub(super) const EXPECTED: &str =
    "a number such as 5, 5.40 or 1e2, after one of the prefixes eq, ne, gt, lt, ge, le, sa, eb, ap or none";

/// `ap` reaches this part of the number to both sides, as the specification recommends.
const APPROXIMATE_PART: f64 = 0.1;

/// A test of a number.
#[derive(Clone, Debug, PartialEq)]
pub struct NumberTest {
    amount: Comparison,
}

impl NumberTest {
    /// Whether a number or range passes, whichever of its ends comes first.
    pub fn holds(&self, low: i64, high: i64) -> bool {
        holds(&self.amount, low, high)
    }
}

/// What one value asks for.
pub fn parse(asked: &Asked<'_>) -> Result<Condition, Issue> {
    if asked.modifier.is_some() {
        return Err(refuse_modifier(asked, "`:missing` or none"));
    }
    let wanted = read(asked.value).ok_or_else(|| refuse_value(asked, EXPECTED))?;
    Ok(asked.clause(Test::Number(NumberTest { amount: wanted.comparison() })))
}

/// The rows that an element becomes.
pub fn index(element: &Element<'_>, sink: &mut Sink<'_>) {
    let end = |name| element.value.get(name).and_then(|it| it.get("value")).and_then(amount);
    let (low, high) = match element.type_name {
        "Range" => (end("low"), end("high")),
        _ => (amount(element.value), amount(element.value)),
    };
    if low.is_some() || high.is_some() {
        let (low, high) = (low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY));
        each_row(ordered(low), ordered(high), |low, high| sink.push(Indexed::Number { low, high }));
    }
}

/// Where candidates stand, and whether no others stand there.
pub fn ranges(test: &NumberTest, parameter: ParameterId) -> Option<(Vec<Range>, bool)> {
    amounts(&test.amount, 0, parameter)
}

/// A number that was asked for.
pub(super) struct Wanted {
    prefix: Prefix,
    /// Itself.
    value: Decimal,
    /// All that may be meant by it.
    range: DecimalRange,
}

impl Wanted {
    /// The same in another unit; none when that cannot be expressed.
    pub(super) fn convert(&self, unit: impl Fn(&Decimal) -> Option<Decimal>) -> Option<Self> {
        let range = DecimalRange { low: unit(&self.range.low)?, high: unit(&self.range.high)? };
        Some(Self { prefix: self.prefix, value: unit(&self.value)?, range })
    }

    /// The interval that rows are held against.
    pub(super) fn comparison(&self) -> Comparison {
        let value = ordered(self.value.to_f64());
        let (low, high) = match self.prefix {
            Prefix::Equal | Prefix::NotEqual | Prefix::Approximate => {
                (ordered(self.range.low.to_f64()), ordered(self.range.high.to_f64()))
            }
            _ => (value, value),
        };
        // More digits than a binary number has may leave nothing between the ends; the number itself stays.
        let (low, high) = (std::cmp::min(low, value), std::cmp::max(high, value + 1));
        Comparison { prefix: self.prefix, low, high }
    }
}

/// Reads a prefix and a number.
pub(super) fn read(text: &str) -> Option<Wanted> {
    let (prefix, text) = Prefix::split(text);
    // A `+` of the exponent that was not escaped in the URL arrives as a space.
    let value = Decimal::parse(&text.replace(' ', "+"))?;
    let range = match text.split_once(['e', 'E']) {
        Some((whole, power)) if !whole.contains('.') => {
            Decimal::parse(&format!("{whole}.0e{}", power.replace(' ', "+")))?.range()
        }
        _ => value.range(),
    };
    let range = if prefix == Prefix::Approximate { widen(&value, range) } else { range };
    Some(Wanted { prefix, value, range })
}

/// Whether a row passes; both of a range's rows say the same.
pub(super) fn holds(amount: &Comparison, low: i64, high: i64) -> bool {
    amount.holds(std::cmp::min(low, high), std::cmp::max(low, high).saturating_add(1))
}

/// Calls `push` for each row of a number or range; a range that ends before it begins has none.
pub(super) fn each_row(low: i64, high: i64, mut push: impl FnMut(i64, i64)) {
    if low <= high {
        push(low, high);
    }
    if low < high {
        push(high, low);
    }
}

/// Where the rows of [`each_row`] stand that pass.
pub(super) fn amounts(amount: &Comparison, unit: i64, parameter: ParameterId) -> Option<(Vec<Range>, bool)> {
    let Comparison { prefix, low, high } = *amount;
    let (from, below, exact) = match prefix {
        Prefix::Equal => (Some(low), Some(high), false),
        Prefix::NotEqual => return None,
        // Either end of a range that stands above tells that its upper one does.
        Prefix::Greater => (Some(high), None, true),
        Prefix::Less => (None, Some(low), true),
        Prefix::StartsAfter => (Some(high), None, false),
        Prefix::EndsBefore => (None, Some(low), false),
        Prefix::LessOrEqual => (None, Some(high), false),
        // What `ap` means has its upper end there; most amounts are positive, with few large ones.
        Prefix::GreaterOrEqual | Prefix::Approximate => (Some(low), None, false),
    };
    let (from, below) = (from.map(Part::Int), below.map(Part::Int));
    let range = Range { index: Index::Amounts, parameter, prefix: vec![Part::Int(unit)], from, below };
    Some((vec![range], exact))
}

/// A number as rows have it.
fn amount(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_str().parse().ok(),
        _ => None,
    }
}

/// What `ap` takes for the number; as it was when that is beyond all numbers.
fn widen(value: &Decimal, range: DecimalRange) -> DecimalRange {
    let reach = value.to_f64().abs() * APPROXIMATE_PART;
    let moved = |end: &Decimal, by: f64| Decimal::parse(&format!("{:e}", end.to_f64() + by));
    match (moved(&range.low, -reach), moved(&range.high, reach)) {
        (Some(low), Some(high)) => DecimalRange { low, high },
        _ => range,
    }
}

#[cfg(test)]
mod tests;
