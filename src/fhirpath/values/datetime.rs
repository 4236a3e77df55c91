//! Which stretch of time does this date and time mean?
//!
//! <https://hl7.org/fhirpath/N1/#datetime>. A date without time of day has no zone.

use std::cmp::Ordering;
use std::fmt;

use model::Instant;

use crate::values::date::{DAY_NANOS, Date, DatePrecision, digits};
use crate::values::time::{Clock, ClockPrecision, SECOND_NANOS};

/// Minutes of the zone that is farthest from Greenwich.
pub(crate) const ZONE_MINUTES_MAX: i16 = 840;

const MINUTE_NANOS: i64 = 60 * SECOND_NANOS;

/// A point in time to the year … fraction of a second, with or without a zone.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DateTime {
    // Invariant: with a clock, the date is precise to the day; without, there is no zone.
    date: Date,
    clock: Option<Clock>,
    zone: Option<i16>,
}

impl DateTime {
    /// Reads `2015`, `2015-02-04T14`, `2015-02-04T14:30:28.123+10:00`; a literal's `T` at the end is none of it.
    pub fn parse(text: &str) -> Option<Self> {
        let Some((date, time)) = text.split_once('T') else { return Date::parse(text).map(Self::from) };
        let date = Date::parse(date).filter(|date| date.precision() == DatePrecision::Day)?;
        let (time, zone) = split_zone(time)?;
        let (days, clock) = Clock::read(time)?;
        Self::new(date.plus_days(days)?, clock, zone)
    }

    /// A date at a time of day, in a zone given by its minutes east of Greenwich.
    pub fn new(date: Date, clock: Clock, zone: Option<i16>) -> Option<Self> {
        let far = zone.is_some_and(|zone| !(-ZONE_MINUTES_MAX..=ZONE_MINUTES_MAX).contains(&zone));
        let fits = date.precision() == DatePrecision::Day && !far;
        fits.then_some(Self { date, clock: Some(clock), zone })
    }

    /// The moment in UTC, to the millisecond.
    pub fn from_instant(instant: Instant) -> Option<Self> {
        let nanos = instant.0.rem_euclid(DAY_NANOS / 1000) * 1000;
        let date = Date::from_day_number(instant.0.div_euclid(DAY_NANOS / 1000))?;
        Self::new(
            date,
            Clock::new(nanos, ClockPrecision::Fraction(9))?.truncated(ClockPrecision::Fraction(3)),
            Some(0),
        )
    }

    /// The date.
    pub fn date(self) -> Date {
        self.date
    }

    /// The time of day, if one was written.
    pub fn clock(self) -> Option<Clock> {
        self.clock
    }

    /// The zone's minutes east of Greenwich, if it was written.
    pub fn zone(self) -> Option<i16> {
        self.zone
    }

    /// Compares; `None` when the precision, or a zone that is missing, leaves it open.
    pub(crate) fn compare(self, other: Self) -> Option<Ordering> {
        let ((left_start, left_end), (right_start, right_end)) = (self.interval(), other.interval());
        let (left, right) = match (self.clock, other.clock, self.zone, other.zone) {
            // A zone shifts both or is written on one of them: then the other may be in any.
            (Some(_), Some(_), Some(left), Some(right)) => (i128::from(left), i128::from(right)),
            (Some(_), Some(_), Some(zone), None) => return self.compare_loosely(other, zone),
            (Some(_), Some(_), None, Some(zone)) => {
                return other.compare_loosely(self, zone).map(Ordering::reverse);
            }
            _ => (0, 0),
        };
        let shift = |zone: i128| zone * i128::from(MINUTE_NANOS);
        let left = (left_start - shift(left), left_end - shift(left));
        order(left, (right_start - shift(right), right_end - shift(right)))
    }

    /// Compares with one that has no zone and may be in any.
    fn compare_loosely(self, other: Self, zone: i16) -> Option<Ordering> {
        let shift = i128::from(zone) * i128::from(MINUTE_NANOS);
        let spread = i128::from(ZONE_MINUTES_MAX) * i128::from(MINUTE_NANOS);
        let ((start, end), (low, high)) = (self.interval(), other.interval());
        order((start - shift, end - shift), (low - spread, high + spread)).filter(|order| order.is_ne())
    }

    /// Whether both were written to the same part; seconds and their fractions are one part.
    pub(crate) fn is_as_precise_as(self, other: Self) -> bool {
        let part = |clock: Option<Clock>| {
            clock.map(|clock| std::cmp::min(clock.precision(), ClockPrecision::Second))
        };
        self.date.precision() == other.date.precision() && part(self.clock) == part(other.clock)
    }

    /// The date so many months later.
    pub(crate) fn plus_months(self, months: i64) -> Option<Self> {
        Some(Self { date: self.date.plus_months(months)?, ..self })
    }

    /// The date so many days later.
    pub(crate) fn plus_days(self, days: i64) -> Option<Self> {
        Some(Self { date: self.date.plus_days(days)?, ..self })
    }

    /// The moment so many nanoseconds later; whole days where there is no time of day.
    pub(crate) fn plus_nanos(self, nanos: i64) -> Option<Self> {
        let Some(clock) = self.clock else { return self.plus_days(nanos / DAY_NANOS) };
        let (days, clock) = clock.plus(nanos)?;
        Some(Self { date: self.date.plus_days(days)?, clock: Some(clock), ..self })
    }

    /// The nanoseconds that it may mean, half-open, as if its zone were Greenwich.
    fn interval(self) -> (i128, i128) {
        let (first, last) = self.date.days();
        let nanos = |days: i64| i128::from(days) * i128::from(DAY_NANOS);
        let Some(clock) = self.clock else { return (nanos(first), nanos(last)) };
        let (start, end) = clock.interval();
        (nanos(first) + i128::from(start), nanos(first) + i128::from(end))
    }
}

/// A date is a date and time whose time of day nobody knows.
impl From<Date> for DateTime {
    fn from(date: Date) -> Self {
        Self { date, clock: None, zone: None }
    }
}

/// Writes it as read.
impl fmt::Display for DateTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.date.fmt(out)?;
        let Some(clock) = self.clock else { return Ok(()) };
        write!(out, "T{clock}")?;
        match self.zone {
            None => Ok(()),
            Some(0) => out.write_str("Z"),
            Some(zone) => {
                let sign = if zone < 0 { '-' } else { '+' };
                write!(out, "{sign}{:02}:{:02}", zone.abs() / 60, zone.abs() % 60)
            }
        }
    }
}

/// Says the precision, never the date: content must not reach a log.
impl fmt::Debug for DateTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.clock {
            Some(clock) => write!(out, "date and {clock:?}"),
            None => write!(out, "{:?}", self.date),
        }
    }
}

/// Orders stretches that do not overlap, and equal ones; of others nobody knows.
pub(crate) fn order<T: Ord>(left: (T, T), right: (T, T)) -> Option<Ordering> {
    if left == right {
        Some(Ordering::Equal)
    } else if left.1 <= right.0 {
        Some(Ordering::Less)
    } else if right.1 <= left.0 {
        Some(Ordering::Greater)
    } else {
        None
    }
}

/// Splits `Z`, `+05:00` or `-14:00` off a time of day.
fn split_zone(text: &str) -> Option<(&str, Option<i16>)> {
    if let Some(clock) = text.strip_suffix('Z') {
        return Some((clock, Some(0)));
    }
    let Some(place) = text.find(['+', '-']) else { return Some((text, None)) };
    let (clock, offset) = text.split_at(place);
    let (hours, minutes) = offset[1..].split_once(':')?;
    let minutes = digits(hours, 2)? * 60 + digits(minutes, 2).filter(|minutes| *minutes < 60)?;
    let minutes = i16::try_from(minutes).ok().filter(|minutes| *minutes <= ZONE_MINUTES_MAX)?;
    Some((clock, Some(if offset.starts_with('-') { -minutes } else { minutes })))
}
