//! How is a number or a range asked for?
//!
//! <https://hl7.org/fhir/R4/search.html#number>: a number by itself, and by numbers well below and above both ends.

use search::scan::number;

use super::{Form, Written};

/// Numbers that can be written and compared without losing their last digits.
const SIZE_MAX: f64 = 1e12;

/// The searches for what reaches from `low` to `high`, in the order of rows; `unit` follows the number.
///
/// A range has a second row that begins with its upper end.
pub(super) fn of(low: i64, high: i64, unit: &str) -> Vec<Written> {
    let (low, high) = (number(std::cmp::min(low, high)), number(std::cmp::max(low, high)));
    let mut searches = Vec::new();
    let mut ask = |prefix: &'static str, number: f64, is_meant: bool| {
        let form = if prefix.is_empty() { Form::Plain } else { Form::Prefix(prefix) };
        searches.push(Written { form, value: format!("{prefix}{number}{unit}"), is_meant });
    };
    let margin = |number: f64| number.abs() + 1.0;
    if low.abs() < SIZE_MAX {
        let below = low - margin(low);
        ["gt", "ge", "sa", "ne"].into_iter().for_each(|prefix| ask(prefix, below, true));
        ["lt", "le", "eb", "eq"].into_iter().for_each(|prefix| ask(prefix, below, false));
    }
    if high.abs() < SIZE_MAX {
        let above = high + margin(high);
        ["lt", "le", "eb", "ne"].into_iter().for_each(|prefix| ask(prefix, above, true));
        ["gt", "ge", "sa", "eq"].into_iter().for_each(|prefix| ask(prefix, above, false));
    }
    if low.total_cmp(&high).is_eq() && low.abs() < SIZE_MAX {
        ["", "eq", "ge", "le", "ap"].into_iter().for_each(|prefix| ask(prefix, low, true));
        ["ne", "gt", "lt", "sa", "eb"].into_iter().for_each(|prefix| ask(prefix, low, false));
    }
    searches
}
