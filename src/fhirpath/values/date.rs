//! Which days does this date mean, and what is so many months later?
//!
//! <https://hl7.org/fhirpath/N1/#date> and <https://hl7.org/fhirpath/N1/#datetime-arithmetic>.

use std::fmt;

/// The nanoseconds of a day.
pub(crate) const DAY_NANOS: i64 = 86_400_000_000_000;

/// The years that can be written with four digits, as the grammar asks.
const YEARS: std::ops::RangeInclusive<i32> = 1..=9999;

/// A calendar date to the year, month or day.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Date {
    // Invariant: a day that exists; the parts beyond the precision are 1.
    year: i32,
    month: u8,
    day: u8,
    precision: DatePrecision,
}

/// The last part of a date that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DatePrecision {
    /// `2015`.
    Year,
    /// `2015-02`.
    Month,
    /// `2015-02-04`.
    Day,
}

impl Date {
    /// Reads `2015`, `2015-02` or `2015-02-04`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let year = i32::try_from(digits(parts.next()?, 4)?).ok()?;
        let (month, day) = (parts.next(), parts.next());
        if parts.next().is_some() {
            return None;
        }
        let precision = match (month, day) {
            (None, _) => DatePrecision::Year,
            (_, None) => DatePrecision::Month,
            _ => DatePrecision::Day,
        };
        let part = |text: Option<&str>| text.map_or(Some(1), |text| u8::try_from(digits(text, 2)?).ok());
        Self::new((year, part(month)?, part(day)?), precision)
    }

    /// The date of a year, month and day, to the given precision; `None` for a day that does not exist.
    pub fn new((year, month, day): (i32, u8, u8), precision: DatePrecision) -> Option<Self> {
        let exists = YEARS.contains(&year)
            && (1..=12).contains(&month)
            && (1..=month_days(year, month)).contains(&day);
        exists.then_some(Self { year, month, day, precision }.truncated(precision))
    }

    /// The last part that was written.
    pub fn precision(self) -> DatePrecision {
        self.precision
    }

    /// The year.
    pub fn year(self) -> i32 {
        self.year
    }

    /// The month, from 1, if it was written.
    pub fn month(self) -> Option<u8> {
        (self.precision >= DatePrecision::Month).then_some(self.month)
    }

    /// The day of the month, if it was written.
    pub fn day(self) -> Option<u8> {
        (self.precision == DatePrecision::Day).then_some(self.day)
    }

    /// The date without the parts beyond `precision`.
    pub(crate) fn truncated(self, precision: DatePrecision) -> Self {
        match std::cmp::min(self.precision, precision) {
            DatePrecision::Year => Self { month: 1, day: 1, precision: DatePrecision::Year, ..self },
            DatePrecision::Month => Self { day: 1, precision: DatePrecision::Month, ..self },
            DatePrecision::Day => self,
        }
    }

    /// The first day that it may mean, to the day.
    pub(crate) fn first_day(self) -> Self {
        Self { precision: DatePrecision::Day, ..self }
    }

    /// The last day that it may mean, to the day.
    pub(crate) fn last_day(self) -> Self {
        let month = if self.precision == DatePrecision::Year { 12 } else { self.month };
        let last = month_days(self.year, month);
        let day = if self.precision == DatePrecision::Day { self.day } else { last };
        Self { month, day, precision: DatePrecision::Day, ..self }
    }

    /// The number of its first day, counted from 1970-01-01.
    pub(crate) fn day_number(self) -> i64 {
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let month = i64::from(self.month);
        let shifted = if month > 2 { month - 3 } else { month + 9 };
        let day_of_year = (153 * shifted + 2) / 5 + i64::from(self.day) - 1;
        let year_of_era = year.rem_euclid(400);
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        year.div_euclid(400) * 146_097 + day_of_era - 719_468
    }

    /// The day with this number; `None` beyond the years that can be written.
    pub(crate) fn from_day_number(number: i64) -> Option<Self> {
        let shifted = number.checked_add(719_468)?;
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = u8::try_from(day_of_year - (153 * month + 2) / 5 + 1).ok()?;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year_of_era + shifted.div_euclid(146_097) * 400 + i64::from(month <= 2);
        Self::new((i32::try_from(year).ok()?, u8::try_from(month).ok()?, day), DatePrecision::Day)
    }

    /// The date so many months later; the last day of the month where the month is too short.
    pub(crate) fn plus_months(self, months: i64) -> Option<Self> {
        let total = (i64::from(self.year) * 12 + i64::from(self.month) - 1).checked_add(months)?;
        let year = i32::try_from(total.div_euclid(12)).ok()?;
        let month = u8::try_from(total.rem_euclid(12) + 1).ok()?;
        let day = std::cmp::min(self.day, month_days(year, month));
        Self::new((year, month, day), self.precision)
    }

    /// The date so many days later.
    pub(crate) fn plus_days(self, days: i64) -> Option<Self> {
        let moved = Self::from_day_number(self.day_number().checked_add(days)?)?;
        Some(moved.truncated(self.precision))
    }

    /// The days that it may mean, as numbers, half-open.
    pub(crate) fn days(self) -> (i64, i64) {
        (self.day_number(), self.last_day().day_number() + 1)
    }
}

/// Writes it as read.
impl fmt::Display for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:04}", self.year)?;
        if let Some(month) = self.month() {
            write!(out, "-{month:02}")?;
        }
        match self.day() {
            Some(day) => write!(out, "-{day:02}"),
            None => Ok(()),
        }
    }
}

/// Says the precision, never the date: content must not reach a log.
impl fmt::Debug for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "date to the {:?}", self.precision)
    }
}

/// Reads a number of exactly so many digits.
pub(crate) fn digits(text: &str, width: usize) -> Option<u32> {
    let plain = text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

fn month_days(year: i32, month: u8) -> u8 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
