//! How precise is this number, and which is larger?
//!
//! A decimal keeps its text, because `1.0` and `1.00` say different things about a measurement, and
//! compares by value without ever rounding: <https://hl7.org/fhir/R4/datatypes.html#decimal>.
//!
//! The digits are our own and not those of `rust_decimal`, which ends at 28 of them while a FHIR number
//! may have more. An exponent beyond [`DECIMAL_EXPONENT_MAX`] makes a text no decimal.

use std::cmp::Ordering;
use std::fmt;

use crate::limits::{DECIMAL_EXPONENT_MAX, NUMBER_LENGTH_MAX};
use crate::value::{Number, Text, scan_number};

/// Zeros at the end of a computed number up to which it is written without exponent.
const PLAIN_ZEROS_MAX: usize = 20;

/// A decimal number with its digits as written.
///
/// There is no `==`: say `compare` for the value or `as_str` for the text.
#[derive(Clone)]
pub struct Decimal {
    text: Text,
    negative: bool,
    /// The digits without leading zeros; empty for zero.
    digits: Text,
    /// The power of ten of the last digit written.
    exponent: i64,
    /// How many digits were written from the first that is not zero; for zero, all after the point.
    significant: usize,
}

/// The values that a number may stand for: from `low` on, and below `high`.
#[derive(Clone)]
pub struct Range {
    /// The least value that belongs to it.
    pub low: Decimal,
    /// The least value that no longer does.
    pub high: Decimal,
}

impl Decimal {
    /// Reads a number as JSON writes it; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > NUMBER_LENGTH_MAX || scan_number(text.as_bytes()) != Some(text.len()) {
            return None;
        }
        let (mantissa, power) = match text.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, power.parse().ok()?),
            None => (text, 0),
        };
        let unsigned = mantissa.strip_prefix('-').unwrap_or(mantissa);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let written: String = [whole, fraction].concat();
        let digits = Text::from(written.trim_start_matches('0'));
        let exponent = i64::checked_sub(power, length(fraction))?;
        if exponent.checked_abs()? > DECIMAL_EXPONENT_MAX {
            return None;
        }
        let significant = if digits.is_empty() { std::cmp::max(fraction.len(), 1) } else { digits.len() };
        let negative = mantissa.starts_with('-') && !digits.is_empty();
        Some(Self { text: text.into(), negative, digits, exponent, significant })
    }

    /// The number as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How many digits carry meaning: `0.0120` has three.
    pub fn significant_digits(&self) -> usize {
        self.significant
    }

    /// Whether the value is zero.
    pub fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// Compares by value: `1.0` and `1e0` are equal.
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self.sign(), other.sign()) {
            (left, right) if left != right => left.cmp(&right),
            (0, _) => Ordering::Equal,
            (1, _) => self.compare_magnitude(other),
            _ => other.compare_magnitude(self),
        }
    }

    /// The values that this number may have been before it was rounded to the digits written.
    ///
    /// Half a unit of the last digit to both sides: <https://hl7.org/fhir/R4/search.html#number>. That
    /// page gives `1e2` the range of `1.0e2` and calls it one significant digit; here the digits rule.
    pub fn range(&self) -> Range {
        let exponent = self.exponent - 1;
        let outer = format!("{}5", self.digits);
        if self.is_zero() {
            let low = Self::assemble(true, &outer, exponent);
            return Range { low, high: Self::assemble(false, &outer, exponent) };
        }
        let inner = format!("{}5", one_less(&self.digits));
        let (low, high) = if self.negative { (outer, inner) } else { (inner, outer) };
        Range {
            low: Self::assemble(self.negative, &low, exponent),
            high: Self::assemble(self.negative, &high, exponent),
        }
    }

    /// The nearest binary number; infinite beyond their range.
    pub fn to_f64(&self) -> f64 {
        self.text.parse().expect("every JSON number is a binary number's text")
    }

    /// Makes a decimal from digits and the power of ten of the last one; `None` beyond the limit.
    pub(crate) fn from_digits(negative: bool, digits: &str, exponent: i64) -> Option<Self> {
        (exponent.abs() <= DECIMAL_EXPONENT_MAX).then(|| Self::assemble(negative, digits, exponent))
    }

    /// Makes a decimal from digits, which may begin with zeros, and the power of ten of the last one.
    fn assemble(negative: bool, digits: &str, exponent: i64) -> Self {
        let digits = Text::from(digits.trim_start_matches('0'));
        let text = plain_text(negative, &digits, exponent).into();
        let significant = std::cmp::max(digits.len(), 1);
        Self { text, negative: negative && !digits.is_empty(), digits, exponent, significant }
    }

    fn sign(&self) -> i8 {
        match (self.is_zero(), self.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }

    /// Compares without sign; neither is zero.
    fn compare_magnitude(&self, other: &Self) -> Ordering {
        let point = |number: &Self| number.exponent + length(&number.digits);
        let longest = std::cmp::max(self.digits.len(), other.digits.len());
        let padded =
            |number: &Self| number.digits.to_string().into_bytes().into_iter().chain(std::iter::repeat(b'0'));
        point(self)
            .cmp(&point(other))
            .then_with(|| padded(self).take(longest).cmp(padded(other).take(longest)))
    }
}

/// Reads a number of the tree; `None` when its exponent is beyond the limit.
impl TryFrom<&Number> for Decimal {
    type Error = ();

    fn try_from(number: &Number) -> Result<Self, ()> {
        Self::parse(number.as_str()).ok_or(())
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

/// Says that it is a number, never which: content must not reach a log.
impl fmt::Debug for Decimal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("decimal")
    }
}

impl Range {
    /// Whether a value belongs to the range.
    pub fn contains(&self, value: &Decimal) -> bool {
        self.low.compare(value).is_le() && value.compare(&self.high).is_lt()
    }
}

/// Subtracts one from a number above zero.
fn one_less(digits: &str) -> String {
    let mut less = digits.as_bytes().to_vec();
    for digit in less.iter_mut().rev() {
        if *digit > b'0' {
            *digit -= 1;
            break;
        }
        *digit = b'9';
    }
    less.into_iter().map(char::from).collect()
}

/// Writes a number without exponent where that stays short.
fn plain_text(negative: bool, digits: &str, exponent: i64) -> String {
    let sign = if negative && !digits.is_empty() { "-" } else { "" };
    let digits = if digits.is_empty() { "0" } else { digits };
    let zeros = usize::try_from(exponent).unwrap_or(0);
    let fraction = usize::try_from(-exponent).unwrap_or(0);
    if zeros > PLAIN_ZEROS_MAX || fraction > NUMBER_LENGTH_MAX / 2 {
        return format!("{sign}{digits}e{exponent}");
    }
    let digits = format!("{digits}{}", "0".repeat(zeros));
    let padded = format!("{digits:0>width$}", width = fraction + 1);
    let (whole, fraction) = padded.split_at(padded.len() - fraction);
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// The length of a text that is known to be short.
fn length(text: &str) -> i64 {
    i64::try_from(text.len()).expect("the length of a number fits")
}

#[cfg(test)]
mod tests;
