//! What does this unit mean?
//!
//! The Unified Code for Units of Measure, <https://ucum.org/ucum>, through `octofhir-ucum`, which bounds
//! nesting itself; the length of a code is bounded here.
//!
//! Values are exact as far as [`SIGNIFICANT_MAX`] digits go. Units on a curved scale, as pH or decibel,
//! are their own canonical form: they are converted in binary floating point, and only when asked to.

use std::fmt;

use octofhir_ucum::{CanonicalUnit, EvalResult, Number as Factor};

use crate::decimal::Decimal;
use crate::limits::UNIT_LENGTH_MAX;
use crate::value::Text;

/// The code system's URL in `Quantity.system`.
pub const SYSTEM: &str = "http://unitsofmeasure.org";

/// Digits of a computed value. The library computes with 28, of which the last ones are noise.
const SIGNIFICANT_MAX: usize = 24;
/// Digits of a value that was computed in binary floating point.
const SIGNIFICANT_BINARY: usize = 15;

/// A unit that was understood.
#[derive(Clone)]
pub struct Unit {
    code: Text,
    meaning: EvalResult,
    /// Absent on a curved scale.
    linear: Option<CanonicalUnit>,
}

impl Unit {
    /// Reads a code, case sensitive; otherwise says what is wrong with it.
    pub fn parse(code: &str) -> Result<Self, String> {
        if code.len() > UNIT_LENGTH_MAX {
            return Err(format!("the unit is longer than the limit of {UNIT_LENGTH_MAX} characters"));
        }
        let refused =
            |error: octofhir_ucum::UcumError| format!("`{code}` is not a unit of UCUM: {}", error.message);
        let expression = octofhir_ucum::parse_expression(code).map_err(refused)?;
        let meaning = octofhir_ucum::evaluate(&expression).map_err(refused)?;
        let linear = octofhir_ucum::get_canonical_units(code).ok();
        Ok(Self { code: code.into(), meaning, linear })
    }

    /// The code as written.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The unit that all units of its kind are reduced to: `g.m-3` for `mg/dL`.
    pub fn canonical(&self) -> &str {
        self.linear.as_ref().map_or(self.code.as_str(), |linear| linear.unit.as_str())
    }

    /// Whether values in this unit can be compared with values in the other.
    pub fn is_comparable(&self, other: &Self) -> bool {
        self.meaning.is_commensurable(&other.meaning)
    }

    /// The name in words: `(milligram) / (deciliter)`.
    pub fn display(&self) -> String {
        octofhir_ucum::display_name(&self.code).unwrap_or_else(|_| self.code.to_string())
    }

    /// A value in this unit as a value in [`Unit::canonical`]; `None` beyond the range of decimals.
    pub fn to_canonical(&self, value: &Decimal) -> Option<Decimal> {
        match &self.linear {
            Some(linear) => to_decimal(canonical_value(linear, value)?),
            None => Some(value.clone()),
        }
    }

    /// A value in this unit as a value in another; `None` when they have nothing in common.
    pub fn convert(&self, value: &Decimal, other: &Self) -> Option<Decimal> {
        if !self.is_comparable(other) {
            return None;
        }
        if let (Some(from), Some(to)) = (&self.linear, &other.linear) {
            // Rounded before the offset is taken off again, so that 32 [degF] is 0 Cel and not some dust.
            let base = round(canonical_value(from, value)?, SIGNIFICANT_MAX)?;
            return to_decimal(base.checked_sub(to.offset)?.checked_div(to.factor)?);
        }
        let binary = octofhir_ucum::convert(value.to_f64(), &self.code, &other.code).ok()?;
        to_decimal(round(Factor::from_f64(binary)?, SIGNIFICANT_BINARY)?)
    }
}

impl fmt::Debug for Unit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.code)
    }
}

fn canonical_value(unit: &CanonicalUnit, value: &Decimal) -> Option<Factor> {
    Factor::parse(value.as_str())?.checked_mul(unit.factor)?.checked_add(unit.offset)
}

fn to_decimal(number: Factor) -> Option<Decimal> {
    let (digits, exponent) = round(number, SIGNIFICANT_MAX)?.to_integer_and_exponent();
    Decimal::from_digits(digits < 0, &digits.unsigned_abs().to_string(), exponent.into())
}

/// Rounds to so many significant digits, half away from zero.
fn round(number: Factor, significant: usize) -> Option<Factor> {
    let (digits, exponent) = number.to_integer_and_exponent();
    let text = digits.unsigned_abs().to_string();
    let Some(surplus) = text.len().checked_sub(significant).filter(|surplus| *surplus > 0) else {
        return Some(number);
    };
    let (kept, dropped) = text.split_at(significant);
    let up = i128::from(dropped.as_bytes()[0] >= b'5');
    let kept = (kept.parse::<i128>().ok()? + up) * digits.signum();
    let exponent = exponent.checked_add(i32::try_from(surplus).ok()?)?;
    Factor::parse(&format!("{kept}e{exponent}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unit(code: &str) -> Unit {
        Unit::parse(code).expect(code)
    }

    fn convert(value: &str, from: &str, to: &str) -> Option<String> {
        let value = Decimal::parse(value).expect(value);
        unit(from).convert(&value, &unit(to)).map(|value| value.to_string())
    }

    #[test]
    fn values_are_converted_between_units_of_one_kind() {
        for (value, from, to, expected) in [
            ("5.5", "mg/dL", "g/L", "0.055"),
            ("98.6", "[degF]", "Cel", "37"),
            ("32", "[degF]", "Cel", "0"),
            ("-40", "Cel", "[degF]", "-40"),
            ("37.00", "Cel", "K", "310.15"),
            ("7", "[pH]", "mol/L", "0.0000001"),
            ("1", "[lb_av]", "kg", "0.45359237"),
            ("120", "mm[Hg]", "kPa", "15.99864"),
            ("1", "10*3/uL", "10*9/L", "1"),
        ] {
            assert_eq!(convert(value, from, to).as_deref(), Some(expected), "{value} {from} in {to}");
        }
    }

    #[test]
    fn units_of_different_kinds_have_nothing_in_common() {
        assert_eq!(convert("1", "kg", "m"), None);
        assert_eq!(convert("1", "[iU]", "[arb'U]"), None);
        assert!(!unit("kg").is_comparable(&unit("m")));
    }

    #[test]
    fn canonical_forms_are_equal_where_the_measures_are() {
        let canonical = |value: &str, code: &str| {
            let unit = unit(code);
            let value = Decimal::parse(value).expect(value);
            format!("{} {}", unit.to_canonical(&value).expect("in range"), unit.canonical())
        };
        assert_eq!(canonical("5.4", "mg/dL"), "54 g.m-3");
        assert_eq!(canonical("0.054", "g/L"), "54 g.m-3");
        assert_eq!(canonical("98.6", "[degF]"), canonical("37", "Cel"));
        assert_eq!(canonical("7.4", "[pH]"), "7.4 [pH]");
        assert_eq!(canonical("3", "{tablets}"), "3 1");
        assert_eq!(canonical("5", "[iU]/mL"), "5000000 m-3.[iU]");
    }

    #[test]
    fn units_are_named_in_words() {
        assert_eq!(unit("mm").display(), "(millimeter)");
    }

    #[test]
    fn what_is_no_unit_is_refused_with_a_reason() {
        for code in ["", "MG/DL", "mg / dL", "m/", "µg", "{a}{b}", "10+3/ul"] {
            let message = Unit::parse(code).expect_err(code);
            assert!(message.starts_with(&format!("`{code}` is not a unit of UCUM: ")), "{message}");
        }
    }

    #[test]
    fn hostile_codes_are_refused_and_bounded() {
        for code in ["(".repeat(100_000), "m/".repeat(100_000), "m.".repeat(100_000), "{".repeat(100_000)] {
            assert!(Unit::parse(&code).expect_err("refused").contains("longer than the limit"));
        }
        assert!(Unit::parse(&"(".repeat(UNIT_LENGTH_MAX)).is_err());
        let annotated = |length| format!("m{{{}}}", "a".repeat(length - 3));
        assert!(Unit::parse(&annotated(UNIT_LENGTH_MAX)).is_ok());
        let longer = Unit::parse(&annotated(UNIT_LENGTH_MAX + 1)).expect_err("refused");
        assert!(longer.contains("longer than the limit"));
        assert!(Unit::parse(&format!("m{}", "/m".repeat(120))).is_ok());
        for code in ["m999999999", "m-2147483648", "10*2147483647", "m99999999999999999999", "[iU]2147483647"]
        {
            if let Ok(unit) = Unit::parse(code) {
                drop(unit.to_canonical(&Decimal::parse("9e999999").expect("valid")));
            }
        }
    }

    proptest! {
        #[test]
        fn no_code_and_no_value_makes_the_reader_fall_over(
            wild in ".{0,40}",
            likely in "[-(/.]{0,2}(m|kg|Cel|10\\*|\\[iU\\]|dB|%|s|4|\\{a\\})([-+]?[0-9]{1,10})?[).]{0,2}(/(m|K|9)[0-9]?)?",
            value in "-?[1-9][0-9]{0,40}(\\.[0-9]{1,40})?(e-?[0-9]{1,6})?",
        ) {
            for code in [wild, likely] {
                let (Ok(unit), Some(value)) = (Unit::parse(&code), Decimal::parse(&value)) else { continue };
                drop(unit.to_canonical(&value));
                drop(unit.convert(&value, &Unit::parse("K").expect("kelvin")));
                drop(unit.display());
            }
        }
    }
}
