//! How is this value written?
//!
//! <https://hl7.org/fhirpath/N1/#tostring-string>.

use std::fmt;

use crate::item::Item;
use crate::values::{Decimal, Quantity};

/// The text of a System value; `None` of anything else.
pub(crate) fn text(item: &Item) -> Option<String> {
    Some(match item {
        Item::Boolean(truth) => truth.to_string(),
        Item::Integer(number) => number.to_string(),
        Item::Decimal(number) => number.to_string(),
        Item::String(text) => text.to_string(),
        Item::Date(date) => date.to_string(),
        Item::DateTime(moment) => moment.to_string(),
        Item::Time(time) => time.to_string(),
        Item::Quantity(quantity) => quantity.to_string(),
        Item::Node(_) | Item::Type(..) => return None,
    })
}

/// Writes `4 days` and `1.5 'mg'`.
impl fmt::Display for Quantity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.calendar() {
            Some(calendar) if self.value == Decimal::ONE => write!(out, "{} {}", self.value, calendar.word),
            Some(calendar) => write!(out, "{} {}", self.value, calendar.plural),
            None => write!(out, "{} '{}'", self.value, self.unit),
        }
    }
}
