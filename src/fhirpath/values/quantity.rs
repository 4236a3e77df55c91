//! How much is it, in which unit, and what is it in another?
//!
//! <https://hl7.org/fhirpath/N1/#quantity>. Weeks and shorter calendar durations are UCUM's; calendar years
//! and months are not UCUM's `a` and `mo`, which have a fixed length, and are equivalent to them only.
//! Units that UCUM does not know are kept, and compared with themselves alone.

use std::cmp::Ordering;

use model::Text;
use model::decimal::Decimal as Exact;
use model::limits::UNIT_LENGTH_MAX;
use model::ucum::Unit;

use crate::values::Decimal;
use crate::values::decimal::{is_equivalent, parse_decimal};

/// An amount with a unit: UCUM's, or a calendar duration.
#[derive(Clone)]
pub struct Quantity {
    /// The number.
    pub value: Decimal,
    /// The unit: a UCUM code, `year`, `month`, `week`, `day`, … for calendar durations; `1` without one.
    pub unit: Text,
}

/// A calendar duration that has a word of its own.
pub(crate) struct Calendar {
    /// The word for one of it.
    pub(crate) word: &'static str,
    /// The word for many.
    pub(crate) plural: &'static str,
    /// UCUM's code, which means the same for all but years and months.
    pub(crate) code: &'static str,
    /// Its length in months or in nanoseconds.
    pub(crate) span: Span,
}

/// How long a duration is.
#[derive(Clone, Copy)]
pub(crate) enum Span {
    /// Months, whose length depends on where they begin.
    Months(i64),
    /// Nanoseconds.
    Nanos(i64),
}

const MILLISECOND: i64 = 1_000_000;
const SECOND: i64 = 1000 * MILLISECOND;
const DAY: i64 = 86_400 * SECOND;

/// Every calendar duration: <https://hl7.org/fhirpath/N1/#time-valued-quantities>.
pub(crate) static CALENDAR: &[Calendar] = &[
    Calendar { word: "year", plural: "years", code: "a", span: Span::Months(12) },
    Calendar { word: "month", plural: "months", code: "mo", span: Span::Months(1) },
    Calendar { word: "week", plural: "weeks", code: "wk", span: Span::Nanos(7 * DAY) },
    Calendar { word: "day", plural: "days", code: "d", span: Span::Nanos(DAY) },
    Calendar { word: "hour", plural: "hours", code: "h", span: Span::Nanos(3600 * SECOND) },
    Calendar { word: "minute", plural: "minutes", code: "min", span: Span::Nanos(60 * SECOND) },
    Calendar { word: "second", plural: "seconds", code: "s", span: Span::Nanos(SECOND) },
    Calendar { word: "millisecond", plural: "milliseconds", code: "ms", span: Span::Nanos(MILLISECOND) },
];

/// Two amounts in one unit, or why there is none.
pub(crate) enum Aligned {
    /// The values in the unit that both are reduced to.
    Values(Exact, Exact),
    /// They measure different things.
    Different,
    /// Nobody can tell.
    Unknown,
}

impl Quantity {
    /// The amount in a UCUM unit or, as `4 days` is written, in a calendar duration, singular or plural.
    pub fn new(value: Decimal, unit: &str) -> Self {
        let calendar = CALENDAR.iter().find(|calendar| calendar.plural == unit);
        Self { value, unit: calendar.map_or(unit, |calendar| calendar.word).into() }
    }

    /// The number as an amount without unit.
    pub(crate) fn plain(value: Decimal) -> Self {
        Self { value, unit: Text::const_new("1") }
    }

    /// The calendar duration that its unit is.
    pub(crate) fn calendar(&self) -> Option<&'static Calendar> {
        CALENDAR.iter().find(|calendar| calendar.word == self.unit)
    }

    /// Both values in one unit.
    pub(crate) fn align(&self, other: &Self) -> Aligned {
        let plain = |quantity: &Self| Exact::parse(&quantity.value.to_string());
        if self.unit == other.unit {
            return values(plain(self), plain(other));
        }
        if let (Some(left), Some(right)) = (self.in_months(), other.in_months()) {
            return values(Exact::parse(&left.to_string()), Exact::parse(&right.to_string()));
        }
        let (Ok(left), Ok(right)) = (self.ucum(), other.ucum()) else { return Aligned::Unknown };
        if !left.is_comparable(&right) {
            return Aligned::Different;
        }
        if self.in_months().is_some() || other.in_months().is_some() {
            return Aligned::Unknown;
        }
        let canonical = |quantity: &Self, unit: &Unit| unit.to_canonical(&plain(quantity)?);
        values(canonical(self, &left), canonical(other, &right))
    }

    /// Whether they are the same at the precision of the one in the larger unit.
    pub(crate) fn is_equivalent(&self, other: &Self) -> bool {
        if self.unit == other.unit {
            return is_equivalent(self.value, other.value);
        }
        match (self.is_larger_unit(other), self.to_unit(&other.unit), other.to_unit(&self.unit)) {
            (Some(true), _, Some(converted)) => is_equivalent(self.value, converted),
            (Some(false), Some(converted), _) => is_equivalent(converted, other.value),
            _ => false,
        }
    }

    /// The value in another unit; `None` when the units have nothing in common.
    pub(crate) fn to_unit(&self, unit: &str) -> Option<Decimal> {
        if self.unit == unit {
            return Some(self.value);
        }
        let target = Self { value: Decimal::ONE, unit: unit.into() };
        if let (Some(months), Some(each)) = (self.in_months(), target.in_months()) {
            return months.checked_div(each);
        }
        let converted =
            self.ucum().ok()?.convert(&Exact::parse(&self.value.to_string())?, &target.ucum().ok()?)?;
        parse_decimal(converted.as_str())
    }

    /// The sum in the smaller of the two units; `None` when they have nothing in common.
    pub(crate) fn plus(&self, other: &Self) -> Option<Self> {
        if !matches!(self.align(other), Aligned::Values(..)) {
            return None;
        }
        let unit = if self.is_larger_unit(other)? { &other.unit } else { &self.unit };
        let value = self.to_unit(unit)?.checked_add(other.to_unit(unit)?)?;
        Some(Self { value, unit: unit.clone() })
    }

    /// The product; `None` beyond the range of decimals or the length of units.
    pub(crate) fn times(&self, other: &Self) -> Option<Self> {
        let value = self.value.checked_mul(other.value)?;
        let unit = match (self.unit.as_str(), other.unit.as_str()) {
            ("1", _) => other.unit.clone(),
            (_, "1") => self.unit.clone(),
            _ => format!("{}.{}", self.code(), factor(other.code())).into(),
        };
        (unit.len() <= UNIT_LENGTH_MAX).then_some(Self { value, unit })
    }

    /// The quotient; `None` for a division by zero and as for products.
    pub(crate) fn over(&self, other: &Self) -> Option<Self> {
        let value = self.value.checked_div(other.value)?;
        let unit = match (self.unit.as_str(), other.unit.as_str()) {
            (left, right) if left == right => Text::const_new("1"),
            (_, "1") => self.unit.clone(),
            ("1", _) => format!("/{}", factor(other.code())).into(),
            _ => format!("{}/{}", self.code(), factor(other.code())).into(),
        };
        (unit.len() <= UNIT_LENGTH_MAX).then_some(Self { value, unit })
    }

    /// Whether both measure the same kind of thing.
    pub(crate) fn is_comparable(&self, other: &Self) -> bool {
        let known = || Some(self.ucum().ok()?.is_comparable(&other.ucum().ok()?));
        self.unit == other.unit || known().unwrap_or(false)
    }

    /// UCUM's code for the unit.
    pub(crate) fn code(&self) -> &str {
        self.calendar().map_or(&self.unit, |calendar| calendar.code)
    }

    fn ucum(&self) -> Result<Unit, String> {
        Unit::parse(self.code())
    }

    /// Calendar years and months in months.
    fn in_months(&self) -> Option<Decimal> {
        match self.calendar()?.span {
            Span::Months(months) => self.value.checked_mul(months.into()),
            Span::Nanos(_) => None,
        }
    }

    /// Whether one of its unit is at least one of the other's.
    fn is_larger_unit(&self, other: &Self) -> Option<bool> {
        Some(Self { value: Decimal::ONE, unit: self.unit.clone() }.to_unit(&other.unit)? >= Decimal::ONE)
    }
}

impl Aligned {
    /// How the first value lies to the second.
    pub(crate) fn order(&self) -> Option<Ordering> {
        match self {
            Aligned::Values(left, right) => Some(left.compare(right)),
            Aligned::Different | Aligned::Unknown => None,
        }
    }
}

/// Says the unit, never how much: content must not reach a log.
impl std::fmt::Debug for Quantity {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "quantity in {}", self.unit)
    }
}

fn values(left: Option<Exact>, right: Option<Exact>) -> Aligned {
    match (left, right) {
        (Some(left), Some(right)) => Aligned::Values(left, right),
        _ => Aligned::Unknown,
    }
}

/// The code as a part of a longer one.
fn factor(code: &str) -> String {
    if code.contains(['.', '/']) { format!("({code})") } else { code.to_owned() }
}
