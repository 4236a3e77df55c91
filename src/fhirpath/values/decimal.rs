//! Which decimal does this text mean, and which decimals does this one stand for?
//!
//! <https://hl7.org/fhirpath/N1/#decimal>. Trailing zeros are kept: they are the precision that
//! `precision()`, boundaries and equivalence go by.

use rust_decimal::RoundingStrategy;

use crate::values::Decimal;

/// Digits after the point that a decimal can hold.
pub(crate) const SCALE_MAX: u32 = 28;

/// Reads a number as JSON or a literal writes it; `None` beyond the range of decimals.
pub(crate) fn parse_decimal(text: &str) -> Option<Decimal> {
    let begins = text.strip_prefix('-').unwrap_or(text).starts_with(|digit: char| digit.is_ascii_digit());
    // What the library reads beyond digits (underscores, a leading plus) is no number here.
    if !begins || text.contains('_') {
        return None;
    }
    match text.contains(['e', 'E']) {
        true => Decimal::from_scientific(text).ok(),
        false => text.parse().ok(),
    }
}

/// Whether two numbers are the same at the precision of the less precise one.
pub(crate) fn is_equivalent(left: Decimal, right: Decimal) -> bool {
    let digits = std::cmp::min(left.normalize().scale(), right.normalize().scale());
    round(left, digits) == round(right, digits)
}

/// Rounds to so many digits after the point, half away from zero.
pub(crate) fn round(number: Decimal, digits: u32) -> Decimal {
    number.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero)
}

/// The number written with exactly so many digits after the point; `None` when they do not fit.
pub(crate) fn with_scale(number: Decimal, digits: u32) -> Option<Decimal> {
    let mut scaled = number;
    scaled.rescale(digits);
    (scaled.scale() == digits).then_some(scaled)
}

/// A whole number, when the decimal is one that an integer can hold.
pub(crate) fn to_integer(number: Decimal) -> Option<i64> {
    number.is_integer().then(|| i64::try_from(number).ok()).flatten()
}
