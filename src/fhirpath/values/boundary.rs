//! Between which values does a value lie that was written only so precisely?
//!
//! `precision()`, `lowBoundary()` and `highBoundary()` of the continuous build, <https://build.fhir.org/ig/HL7/FHIRPath/>:
//! decimals count digits after the point, dates and times the digits written. A boundary that is asked for more
//! coarsely than it lies is moved outwards, so that it still bounds.

use rust_decimal::RoundingStrategy;

use crate::values::datetime::ZONE_MINUTES_MAX;
use crate::values::decimal::{SCALE_MAX, with_scale};
use crate::values::{Clock, ClockPrecision, Date, DatePrecision, DateTime, Decimal, Time};

/// Digits of a decimal boundary when none are asked for.
pub(crate) const DECIMAL_PRECISION: i64 = 8;
/// Digits of a date to the day.
pub(crate) const DATE_PRECISION: i64 = 8;
/// Digits of a date and time to the millisecond.
pub(crate) const DATETIME_PRECISION: i64 = 17;
/// Digits of a time to the millisecond.
pub(crate) const TIME_PRECISION: i64 = 9;

/// Minutes east of Greenwich of the zone where a day begins first, and of the one where it ends last.
const ZONES: (i16, i16) = (ZONE_MINUTES_MAX, -720);

/// Which boundary is meant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The least value.
    Low,
    /// The greatest value.
    High,
}

/// The boundary of a decimal, with so many digits after its point.
pub(crate) fn of_decimal(value: Decimal, side: Side, precision: i64) -> Option<Decimal> {
    let digits = u32::try_from(precision).ok().filter(|digits| *digits <= SCALE_MAX)?;
    // Half of the last digit written: one place more, where there is one.
    let half = Decimal::try_new(5, value.scale() + 1).ok()?;
    let (bound, outwards) = match side {
        Side::Low => (value.checked_sub(half)?, RoundingStrategy::ToNegativeInfinity),
        Side::High => (value.checked_add(half)?, RoundingStrategy::ToPositiveInfinity),
    };
    with_scale(bound.round_dp_with_strategy(digits, outwards), digits)
}

/// The boundary of a date, to so many of its digits.
pub(crate) fn of_date(value: Date, side: Side, precision: i64) -> Option<Date> {
    let bound = match side {
        Side::Low => value.first_day(),
        Side::High => value.last_day(),
    };
    Some(bound.truncated(date_precision(precision)?))
}

/// The boundary of a date and time, to so many of its digits.
pub(crate) fn of_datetime(value: DateTime, side: Side, precision: i64) -> Option<DateTime> {
    if let Some(precision) = date_precision(precision) {
        let digits = precision_digits(precision);
        return Some(of_date(value.date(), side, digits)?.into());
    }
    let precision = clock_precision(precision - DATE_PRECISION)?;
    let midnight = match side {
        Side::Low => Clock::new(0, ClockPrecision::Fraction(3))?,
        Side::High => last_clock()?,
    };
    let zone = match side {
        Side::Low => ZONES.0,
        Side::High => ZONES.1,
    };
    let clock = match value.clock() {
        Some(clock) => bound_clock(clock, side),
        None => midnight,
    };
    let day = of_date(value.date(), side, DATE_PRECISION)?;
    DateTime::new(day, clock.truncated(precision), Some(value.zone().unwrap_or(zone)))
}

/// The boundary of a time, to so many of its digits.
pub(crate) fn of_time(value: Time, side: Side, precision: i64) -> Option<Time> {
    Some(Time(bound_clock(value.0, side).truncated(clock_precision(precision)?)))
}

/// How many digits of a date were written.
pub(crate) fn date_digits(value: Date) -> i64 {
    precision_digits(value.precision())
}

/// How many digits of a time were written; fractions count as milliseconds.
pub(crate) fn clock_digits(value: Clock) -> i64 {
    match value.precision() {
        ClockPrecision::Hour => 2,
        ClockPrecision::Minute => 4,
        ClockPrecision::Second => 6,
        ClockPrecision::Fraction(digits) => 6 + i64::from(digits),
    }
}

fn bound_clock(clock: Clock, side: Side) -> Clock {
    let finest = std::cmp::max(clock.precision(), ClockPrecision::Fraction(3));
    clock.widened(finest, i64::from(side == Side::High))
}

/// The last millisecond of a day.
fn last_clock() -> Option<Clock> {
    Clock::new(0, ClockPrecision::Hour).map(|clock| {
        let (_, last) = clock.plus(23 * 3600 * 1_000_000_000).unwrap_or((0, clock));
        bound_clock(last, Side::High)
    })
}

fn date_precision(digits: i64) -> Option<DatePrecision> {
    match digits {
        4 => Some(DatePrecision::Year),
        6 => Some(DatePrecision::Month),
        8 => Some(DatePrecision::Day),
        _ => None,
    }
}

fn precision_digits(precision: DatePrecision) -> i64 {
    match precision {
        DatePrecision::Year => 4,
        DatePrecision::Month => 6,
        DatePrecision::Day => 8,
    }
}

fn clock_precision(digits: i64) -> Option<ClockPrecision> {
    match digits {
        2 => Some(ClockPrecision::Hour),
        4 => Some(ClockPrecision::Minute),
        6 => Some(ClockPrecision::Second),
        7..=15 => Some(ClockPrecision::Fraction(u8::try_from(digits - 6).ok()?)),
        _ => None,
    }
}
