//! Which stretch of time does this text mean?
//!
//! FHIR's `date`, `dateTime`, `instant` and `time` are parsed to the letter and kept as text, so that
//! precision and zone survive; what they mean is a half-open interval of microseconds:
//! <https://hl7.org/fhir/R4/datatypes.html#dateTime>.
//!
//! Deviations: a text without zone is taken as UTC; digits beyond the microsecond are kept in the text
//! and left out of the interval; second 60 is the first of the next minute, since instants know none.

use std::cmp::Ordering;
use std::fmt;

use crate::http_date::{days_in_month, number};
use crate::instant::Instant;
use crate::value::Text;

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 1440 * MINUTE;

/// A point in time as precise as it was written.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DateTime {
    text: Text,
    precision: Precision,
    zone: Option<Zone>,
    interval: Interval,
}

/// A time of day as precise as it was written.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Time {
    text: Text,
    start: i64,
    end: i64,
}

/// The last part that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    /// `2026`.
    Year,
    /// `2026-11`.
    Month,
    /// `2026-11-21`.
    Day,
    /// `2026-11-21T08:01`, which only searches may say.
    Minute,
    /// `2026-11-21T08:01:02Z`.
    Second,
    /// `2026-11-21T08:01:02.123Z`.
    Fraction,
}

/// Minutes east of Greenwich, from -840 to 840.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Zone(i16);

/// The moments from `start` on and before `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Interval {
    /// The first moment that belongs to it.
    pub start: Instant,
    /// The first moment that no longer does.
    pub end: Instant,
}

impl DateTime {
    /// Reads a `dateTime`: a time of day needs seconds and a zone.
    pub fn parse(text: &str) -> Option<Self> {
        Self::read(text).filter(|read| read.precision < Precision::Minute || read.is_moment())
    }

    /// Reads a `date`: no time of day.
    pub fn parse_date(text: &str) -> Option<Self> {
        Self::read(text).filter(|read| read.precision <= Precision::Day)
    }

    /// Reads an `instant`: everything down to the second, and a zone.
    pub fn parse_instant(text: &str) -> Option<Self> {
        Self::read(text).filter(Self::is_moment)
    }

    /// Reads what a search may say: seconds and zone are optional too.
    ///
    /// <https://hl7.org/fhir/R4/search.html#date>
    pub fn parse_search(text: &str) -> Option<Self> {
        Self::read(text)
    }

    /// The text as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The last part that was written.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// The zone, if one was written.
    pub fn zone(&self) -> Option<Zone> {
        self.zone
    }

    /// The moments that the text may mean.
    pub fn interval(&self) -> Interval {
        self.interval
    }

    fn is_moment(&self) -> bool {
        self.precision >= Precision::Second && self.zone.is_some()
    }

    fn read(text: &str) -> Option<Self> {
        let (date, time) = match text.split_once('T') {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let (mut precision, mut interval) = read_date(date)?;
        let mut zone = None;
        if let Some(time) = time {
            // A time of day needs a whole date before it.
            if precision != Precision::Day {
                return None;
            }
            let (clock, written) = split_zone(time)?;
            let offset = written.map_or(0, |zone: Zone| i64::from(zone.0)) * MINUTE;
            let (fine, start, end) = read_clock(clock)?;
            let midnight = interval.start.0 - offset;
            interval = Interval { start: Instant(midnight + start), end: Instant(midnight + end) };
            (precision, zone) = (fine, written);
        }
        Some(Self { text: text.into(), precision, zone, interval })
    }
}

impl Time {
    /// Reads a `time`: hours, minutes and seconds, no zone.
    pub fn parse(text: &str) -> Option<Self> {
        let (precision, start, end) = read_clock(text)?;
        (precision >= Precision::Second).then(|| Self { text: text.into(), start, end })
    }

    /// The text as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The microseconds since midnight that the text may mean, half-open.
    pub fn micros(&self) -> (i64, i64) {
        (self.start, self.end)
    }
}

impl Zone {
    /// Minutes east of Greenwich.
    pub fn minutes(self) -> i16 {
        self.0
    }
}

impl Interval {
    /// Whether a moment belongs to it.
    pub fn contains(self, instant: Instant) -> bool {
        self.start <= instant && instant < self.end
    }

    /// Whether all of the other belongs to it.
    pub fn holds(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether they have a moment in common.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// Orders intervals that do not overlap, and equal ones; of others nobody knows.
impl PartialOrd for Interval {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        if self == other {
            Some(Ordering::Equal)
        } else if self.end <= other.start {
            Some(Ordering::Less)
        } else if other.end <= self.start {
            Some(Ordering::Greater)
        } else {
            None
        }
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

/// Says the precision, never the date: content must not reach a log.
impl fmt::Debug for DateTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "date to the {:?}", self.precision)
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("time")
    }
}

/// Reads `2026`, `2026-11` or `2026-11-21`, years 0001 to 9999, as UTC.
fn read_date(text: &str) -> Option<(Precision, Interval)> {
    let mut parts = text.split('-');
    let year = number(parts.next()?, 4).filter(|year| *year > 0)?;
    let Some(month) = parts.next() else {
        return Some((Precision::Year, between((year, 1, 1), (year + 1, 1, 1))));
    };
    let month = number(month, 2).filter(|month| (1..=12).contains(month))?;
    let Some(day) = parts.next() else {
        let next = if month == 12 { (year + 1, 1, 1) } else { (year, month + 1, 1) };
        return Some((Precision::Month, between((year, month, 1), next)));
    };
    let day = number(day, 2).filter(|day| (1..=days_in_month(year, month)).contains(day))?;
    let start = Instant::from_civil((year, month, day), 0, 0);
    let whole = Interval { start, end: Instant(start.0 + DAY) };
    parts.next().is_none().then_some((Precision::Day, whole))
}

fn between(first: (i64, i64, i64), next: (i64, i64, i64)) -> Interval {
    Interval { start: Instant::from_civil(first, 0, 0), end: Instant::from_civil(next, 0, 0) }
}

/// Reads `08:01`, `08:01:02` or `08:01:02.5` as microseconds since midnight.
fn read_clock(text: &str) -> Option<(Precision, i64, i64)> {
    let mut parts = text.split(':');
    let hour = number(parts.next()?, 2).filter(|hour| *hour < 24)?;
    let minute = number(parts.next()?, 2).filter(|minute| *minute < 60)?;
    let start = (hour * 60 + minute) * MINUTE;
    let Some(seconds) = parts.next() else { return Some((Precision::Minute, start, start + MINUTE)) };
    let (whole, fraction) = match seconds.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (seconds, None),
    };
    let second = number(whole, 2).filter(|second| *second <= 60)?;
    let start = start + second * 1_000_000;
    if parts.next().is_some() {
        return None;
    }
    let Some(fraction) = fraction else { return Some((Precision::Second, start, start + 1_000_000)) };
    let (micros, width) = read_fraction(fraction)?;
    Some((Precision::Fraction, start + micros, start + micros + width))
}

/// Reads the digits after the point as microseconds and says how many the last digit stands for.
fn read_fraction(digits: &str) -> Option<(i64, i64)> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let kept = &digits[..std::cmp::min(digits.len(), 6)];
    let width = (kept.len()..6).fold(1, |width, _| width * 10);
    Some((kept.parse::<i64>().ok()? * width, width))
}

/// Splits `Z`, `+05:00` or `-14:00` off a time of day.
fn split_zone(text: &str) -> Option<(&str, Option<Zone>)> {
    if let Some(clock) = text.strip_suffix('Z') {
        return Some((clock, Some(Zone(0))));
    }
    let Some(place) = text.find(['+', '-']) else { return Some((text, None)) };
    let (clock, offset) = text.split_at(place);
    let (hours, minutes) = offset[1..].split_once(':')?;
    let (hours, minutes) = (number(hours, 2)?, number(minutes, 2).filter(|minutes| *minutes < 60)?);
    let minutes = i16::try_from(hours * 60 + minutes).ok().filter(|minutes| *minutes <= 840)?;
    Some((clock, Some(Zone(if offset.starts_with('-') { -minutes } else { minutes }))))
}

#[cfg(test)]
mod tests;
