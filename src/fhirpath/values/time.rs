//! Which time of day does this text mean?
//!
//! <https://hl7.org/fhirpath/N1/#time>. Fractions of a second are kept to the nanosecond; digits beyond
//! are left out. Second 60, which FHIR allows for leap seconds, is the first of the next minute.

use std::fmt;

use crate::values::date::{DAY_NANOS, digits};

/// The nanoseconds of a second.
pub(crate) const SECOND_NANOS: i64 = 1_000_000_000;

/// Digits of a fraction of a second that are kept.
const FRACTION_DIGITS_MAX: usize = 9;

/// A time of day to the hour … fraction of a second.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Time(pub Clock);

/// What a clock shows, as precisely as it was written.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Clock {
    // Invariant: below a day; the parts beyond the precision are 0.
    nanos: i64,
    precision: ClockPrecision,
}

/// The last part of a time that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClockPrecision {
    /// `14`.
    Hour,
    /// `14:30`.
    Minute,
    /// `14:30:28`.
    Second,
    /// `14:30:28.123`, with so many digits after the point.
    Fraction(u8),
}

impl Time {
    /// Reads `14`, `14:30`, `14:30:28` or `14:30:28.123`; the `T` before it is the reader's.
    pub fn parse(text: &str) -> Option<Self> {
        let (days, clock) = Clock::read(text)?;
        (days == 0).then_some(Self(clock))
    }
}

impl Clock {
    /// The time so many nanoseconds after midnight; `None` beyond the day.
    pub fn new(nanos: i64, precision: ClockPrecision) -> Option<Self> {
        let precise = Self { nanos, precision };
        (0..DAY_NANOS).contains(&nanos).then(|| precise.truncated(precision))
    }

    /// Reads a time, and says whether a leap second took it to the next day.
    pub(crate) fn read(text: &str) -> Option<(i64, Self)> {
        let mut parts = text.split(':');
        let hour = digits(parts.next()?, 2).filter(|hour| *hour < 24)?;
        let (minute, second) = (parts.next(), parts.next());
        if parts.next().is_some() {
            return None;
        }
        let minutes = minute.map_or(Some(0), |text| digits(text, 2)).filter(|minute| *minute < 60)?;
        let whole = i64::from(hour * 3600 + minutes * 60) * SECOND_NANOS;
        let (nanos, precision) = match (minute, second) {
            (None, _) => (0, ClockPrecision::Hour),
            (_, None) => (0, ClockPrecision::Minute),
            (_, Some(second)) => read_second(second)?,
        };
        let nanos = whole + nanos;
        Some((nanos / DAY_NANOS, Self { nanos: nanos % DAY_NANOS, precision }))
    }

    /// The last part that was written.
    pub fn precision(self) -> ClockPrecision {
        self.precision
    }

    /// The nanoseconds since midnight, at least.
    pub fn nanos(self) -> i64 {
        self.nanos
    }

    /// The hour.
    pub fn hour(self) -> i64 {
        self.nanos / (3600 * SECOND_NANOS)
    }

    /// The minute, if it was written.
    pub fn minute(self) -> Option<i64> {
        (self.precision >= ClockPrecision::Minute).then_some(self.nanos / (60 * SECOND_NANOS) % 60)
    }

    /// The second, if it was written.
    pub fn second(self) -> Option<i64> {
        (self.precision >= ClockPrecision::Second).then_some(self.nanos / SECOND_NANOS % 60)
    }

    /// The millisecond, if a fraction was written.
    pub fn millisecond(self) -> Option<i64> {
        (self.precision > ClockPrecision::Second).then_some(self.nanos / 1_000_000 % 1000)
    }

    /// The time without the parts beyond `precision`.
    pub(crate) fn truncated(self, precision: ClockPrecision) -> Self {
        let precision = std::cmp::min(self.precision, precision);
        Self { nanos: self.nanos - self.nanos % step(precision), precision }
    }

    /// The time after so many nanoseconds more, and the days that passed at midnight.
    pub(crate) fn plus(self, nanos: i64) -> Option<(i64, Self)> {
        let total = self.nanos.checked_add(nanos)?;
        let nanos = total.rem_euclid(DAY_NANOS);
        let moved = Self { nanos: nanos - nanos % step(self.precision), ..self };
        Some((total.div_euclid(DAY_NANOS), moved))
    }

    /// The earliest or latest time that it may mean, down to `precision`.
    pub(crate) fn widened(self, precision: ClockPrecision, last: i64) -> Self {
        let nanos = self.nanos + last * (step(self.precision) - step(precision));
        Self { nanos, precision }
    }

    /// The nanoseconds since midnight that it may mean, half-open; a second is a point, as the
    /// specification takes seconds and their fractions for one number.
    pub(crate) fn interval(self) -> (i64, i64) {
        let width = if self.precision >= ClockPrecision::Second { 1 } else { step(self.precision) };
        (self.nanos, self.nanos + width)
    }
}

/// The nanoseconds that the last part written stands for.
pub(crate) fn step(precision: ClockPrecision) -> i64 {
    match precision {
        ClockPrecision::Hour => 3600 * SECOND_NANOS,
        ClockPrecision::Minute => 60 * SECOND_NANOS,
        ClockPrecision::Second => SECOND_NANOS,
        ClockPrecision::Fraction(digits) => (0..digits).fold(SECOND_NANOS, |step, _| step / 10),
    }
}

fn read_second(text: &str) -> Option<(i64, ClockPrecision)> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let second = digits(whole, 2).filter(|second| *second <= 60)?;
    let nanos = i64::from(second) * SECOND_NANOS;
    let Some(fraction) = fraction else { return Some((nanos, ClockPrecision::Second)) };
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let kept = &fraction[..std::cmp::min(fraction.len(), FRACTION_DIGITS_MAX)];
    let precision = ClockPrecision::Fraction(u8::try_from(kept.len()).ok()?);
    Some((nanos + kept.parse::<i64>().ok()? * step(precision), precision))
}

/// Writes it as read.
impl fmt::Display for Clock {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:02}", self.hour())?;
        if let Some(minute) = self.minute() {
            write!(out, ":{minute:02}")?;
        }
        if let Some(second) = self.second() {
            write!(out, ":{second:02}")?;
        }
        let ClockPrecision::Fraction(width) = self.precision else { return Ok(()) };
        let fraction = self.nanos % SECOND_NANOS / step(self.precision);
        write!(out, ".{fraction:0width$}", width = usize::from(width))
    }
}

/// Writes it as read, without the `T` of literals.
impl fmt::Display for Time {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// Says the precision, never the time: content must not reach a log.
impl fmt::Debug for Time {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt_debug(out)
    }
}

impl Clock {
    fn fmt_debug(self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "time to the {:?}", self.precision)
    }
}

/// Says the precision, never the time: content must not reach a log.
impl fmt::Debug for Clock {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_debug(out)
    }
}
