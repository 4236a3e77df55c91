//! How much is it, and is that more than the other?
//!
//! A Quantity's value, comparator and unit: <https://hl7.org/fhir/R4/datatypes.html#Quantity>. Units are
//! understood where they are UCUM's; of others only the code is compared.

use std::cmp::Ordering;

use crate::decimal::Decimal;
use crate::ucum::{self, Unit};
use crate::value::{Object, Text, Value};

/// A measured amount, or one that could have been; any member may be absent.
#[derive(Clone, Debug, Default)]
pub struct Quantity {
    /// The number.
    pub value: Option<Decimal>,
    /// How the number is to be taken, where it is not the amount itself.
    pub comparator: Option<Comparator>,
    /// The unit in words.
    pub unit: Option<Text>,
    /// The system that the code is from.
    pub system: Option<Text>,
    /// The unit as a code.
    pub code: Option<Text>,
}

/// How the true amount lies to the number: <https://hl7.org/fhir/R4/valueset-quantity-comparator.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparator {
    /// Below it.
    Less,
    /// Below it, or it.
    LessOrEqual,
    /// It, or above.
    GreaterOrEqual,
    /// Above it.
    Greater,
}

impl Comparator {
    const ALL: [Self; 4] = [Self::Less, Self::LessOrEqual, Self::GreaterOrEqual, Self::Greater];

    /// Reads the code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|comparator| comparator.as_str() == code)
    }

    /// The code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::GreaterOrEqual => ">=",
            Self::Greater => ">",
        }
    }
}

impl Quantity {
    /// Reads an element; `None` when a member has another form than a Quantity's.
    pub fn read(element: &Object) -> Option<Self> {
        let text = |name| match element.get(name) {
            None => Some(None),
            Some(Value::String(text)) => Some(Some(text.clone())),
            Some(_) => None,
        };
        let value = match element.get("value") {
            None => None,
            Some(Value::Number(number)) => Some(Decimal::parse(number.as_str())?),
            Some(_) => return None,
        };
        let comparator = match text("comparator")? {
            None => None,
            Some(code) => Some(Comparator::parse(&code)?),
        };
        Some(Self { value, comparator, unit: text("unit")?, system: text("system")?, code: text("code")? })
    }

    /// The unit, when it is one of UCUM's.
    pub fn ucum(&self) -> Option<Unit> {
        let named = self.system.as_deref() == Some(ucum::SYSTEM);
        named.then(|| Unit::parse(self.code.as_deref()?).ok()).flatten()
    }

    /// The amount in the unit that all of its kind are reduced to.
    pub fn canonical(&self) -> Option<(Decimal, Text)> {
        let unit = self.ucum()?;
        Some((unit.to_canonical(self.value.as_ref()?)?, unit.canonical().into()))
    }

    /// Compares two amounts; `None` when nobody can tell.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        if self.comparator.is_some() || other.comparator.is_some() {
            return None;
        }
        if (&self.system, &self.code) == (&other.system, &other.code) {
            let alike = self.code.is_some() || self.unit == other.unit;
            return alike.then(|| Some(self.value.as_ref()?.compare(other.value.as_ref()?))).flatten();
        }
        let ((left, left_unit), (right, right_unit)) = (self.canonical()?, other.canonical()?);
        (left_unit == right_unit).then(|| left.compare(&right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn quantity(text: &str) -> Option<Quantity> {
        let Ok(Value::Object(element)) = json::parse(text.as_bytes()) else { panic!("an object: {text}") };
        Quantity::read(&element)
    }

    fn measured(value: &str, code: &str) -> Quantity {
        let text = format!(r#"{{"value":{value},"system":"http://unitsofmeasure.org","code":"{code}"}}"#);
        quantity(&text).expect("valid")
    }

    #[test]
    fn members_are_read_and_those_of_another_form_refused() {
        let read =
            quantity(r#"{"value":1.50,"comparator":"<","unit":"x","system":"s","code":"c"}"#).expect("valid");
        assert_eq!(read.value.as_ref().map(Decimal::as_str), Some("1.50"));
        assert_eq!(read.comparator, Some(Comparator::Less));
        assert_eq!((read.unit.as_deref(), read.code.as_deref()), (Some("x"), Some("c")));
        assert!(quantity("{}").is_some());
        for bad in [r#"{"value":"1"}"#, r#"{"comparator":"="}"#, r#"{"code":1}"#, r#"{"value":1e99999999}"#] {
            assert!(quantity(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn amounts_are_compared_across_units_of_one_kind() {
        use Ordering::{Equal, Greater, Less};
        for (left, right, expected) in [
            (measured("1.0", "kg"), measured("1000", "g"), Some(Equal)),
            (measured("36.9", "Cel"), measured("98.6", "[degF]"), Some(Less)),
            (measured("2", "[iU]"), measured("1.5", "[iU]"), Some(Greater)),
            (measured("1", "kg"), measured("1", "m"), None),
            (measured("1", "nonsense"), measured("2", "nonsense"), Some(Less)),
            (measured("1", "nonsense"), measured("2", "g"), None),
        ] {
            assert_eq!(left.compare(&right), expected, "{left:?} and {right:?}");
        }
    }

    #[test]
    fn what_is_only_bounded_or_has_another_unit_is_not_compared() {
        let bounded = quantity(r#"{"value":1,"comparator":">"}"#).expect("valid");
        let plain = quantity(r#"{"value":1}"#).expect("valid");
        let tablets = quantity(r#"{"value":1,"unit":"tablets"}"#).expect("valid");
        assert_eq!(bounded.compare(&plain), None);
        assert_eq!(tablets.compare(&plain), None);
        assert_eq!(plain.compare(&plain.clone()), Some(Ordering::Equal));
    }

    #[test]
    fn only_units_of_ucum_have_a_canonical_form() {
        let canonical = measured("5", "km").canonical().map(|(value, unit)| format!("{value} {unit}"));
        assert_eq!(canonical.as_deref(), Some("5000 m"));
        assert!(
            quantity(r#"{"value":5,"system":"http://other","code":"km"}"#)
                .expect("valid")
                .canonical()
                .is_none()
        );
    }
}
