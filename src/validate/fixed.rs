//! Is the value the one that a profile asks for?
//!
//! Fixed values, patterns, ranges and lengths:
//! <https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.fixed_x_>.

use std::cmp::Ordering;

use model::datetime::DateTime;
use model::decimal::Decimal;
use model::quantity::Quantity;
use model::{Code, Object, Value};

use crate::place::Place;
use crate::walk::{Against, Met, Walk};

impl Walk<'_> {
    /// Complains when a profile asks for another value.
    pub(crate) fn values(&mut self, against: Against<'_>, met: Met<'_, '_>, place: &Place<'_>) {
        let element = against.element;
        let Some(value) = met.value else {
            if element.bounds.must_have_value {
                let message = format!("a value must be here ({})", against.profile.canonical());
                self.findings.error(Code::Cardinality, place, message);
            }
            return;
        };
        self.value(against, value, place);
    }

    /// The same of a value that is there.
    pub(crate) fn value(&mut self, against: Against<'_>, value: &Value, place: &Place<'_>) {
        let element = against.element;
        if let Some(fixed) = element.fixed.as_ref().filter(|fixed| !same(fixed, value)) {
            let message =
                format!("{} is expected, and nothing else ({})", text(fixed), against.profile.canonical());
            self.findings.error(Code::FixedValue, place, message);
        }
        if let Some(pattern) = element.pattern.as_ref().filter(|pattern| !contains(value, pattern)) {
            let message =
                format!("the pattern {} must be met ({})", text(pattern), against.profile.canonical());
            self.findings.error(Code::FixedValue, place, message);
        }
        self.range(against, value, place);
        self.length(against, value, place);
    }

    fn range(&mut self, against: Against<'_>, value: &Value, place: &Place<'_>) {
        let bounds = &against.element.bounds;
        let outside = |bound: &&Value, wrong| compare(value, bound) == Some(wrong);
        if let Some(min) = bounds.min.as_ref().filter(|min| outside(min, Ordering::Less)) {
            let message = format!("at least {} is expected ({})", text(min), against.profile.canonical());
            self.findings.error(Code::InvalidValue, place, message);
        }
        if let Some(max) = bounds.max.as_ref().filter(|max| outside(max, Ordering::Greater)) {
            let message = format!("at most {} is expected ({})", text(max), against.profile.canonical());
            self.findings.error(Code::InvalidValue, place, message);
        }
    }

    fn length(&mut self, against: Against<'_>, value: &Value, place: &Place<'_>) {
        let bounds = &against.element.bounds;
        let (Some(text), true) = (value.as_str(), bounds.length_max.is_some() || bounds.length_min.is_some())
        else {
            return;
        };
        let length = text.chars().count();
        if let Some(max) = bounds.length_max.filter(|max| length > *max) {
            let message =
                format!("{length} characters are more than {max} ({})", against.profile.canonical());
            self.findings.error(Code::InvalidValue, place, message);
        }
        if let Some(min) = bounds.length_min.filter(|min| length < *min) {
            let message =
                format!("{length} characters are fewer than {min} ({})", against.profile.canonical());
            self.findings.error(Code::InvalidValue, place, message);
        }
    }
}

/// Whether two values are the same, whatever the order of their members.
pub(crate) fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, value)| right.get(name).is_some_and(|other| same(value, other)))
        }
        (Value::Number(left), Value::Number(right)) => {
            left == right || decimals(left.as_str(), right.as_str()) == Some(Ordering::Equal)
        }
        _ => left == right,
    }
}

/// Whether a value has all that the pattern has, each item of an array in any place.
pub(crate) fn contains(value: &Value, pattern: &Value) -> bool {
    match (value, pattern) {
        (Value::Array(items), Value::Array(wanted)) => {
            wanted.iter().all(|wanted| items.iter().any(|item| contains(item, wanted)))
        }
        (Value::Object(object), Value::Object(wanted)) => {
            wanted.iter().all(|(name, wanted)| object.get(name).is_some_and(|value| contains(value, wanted)))
        }
        _ => same(value, pattern),
    }
}

fn decimals(left: &str, right: &str) -> Option<Ordering> {
    Some(Decimal::parse(left)?.compare(&Decimal::parse(right)?))
}

/// How a value compares with a bound; none where that cannot be told.
fn compare(value: &Value, bound: &Value) -> Option<Ordering> {
    match (value, bound) {
        (Value::Number(value), Value::Number(bound)) => decimals(value.as_str(), bound.as_str()),
        (Value::String(value), Value::String(bound)) => moments(value, bound),
        (Value::Object(value), Value::Object(bound)) => quantities(value, bound),
        _ => None,
    }
}

/// Dates and times of different precision compare where their intervals lie apart.
fn moments(value: &str, bound: &str) -> Option<Ordering> {
    if let (Some(value), Some(bound)) = (DateTime::parse(value), DateTime::parse(bound)) {
        let (value, bound) = (value.interval(), bound.interval());
        return if value.end <= bound.start {
            Some(Ordering::Less)
        } else if value.start >= bound.end {
            Some(Ordering::Greater)
        } else {
            Some(Ordering::Equal)
        };
    }
    Some(value.cmp(bound))
}

fn quantities(value: &Object, bound: &Object) -> Option<Ordering> {
    let same_unit = value.get("code") == bound.get("code") && value.get("system") == bound.get("system");
    if same_unit
        && let (Some(Value::Number(value)), Some(Value::Number(bound))) =
            (value.get("value"), bound.get("value"))
    {
        return decimals(value.as_str(), bound.as_str());
    }
    Quantity::read(value)?.compare(&Quantity::read(bound)?)
}

/// A value of a definition, short enough for a message.
fn text(value: &Value) -> String {
    const SHOWN_MAX: usize = 200;
    let whole = String::from_utf8_lossy(&model::json::to_compact(value)).into_owned();
    if whole.chars().count() <= SHOWN_MAX {
        return format!("`{whole}`");
    }
    format!("`{}…`", whole.chars().take(SHOWN_MAX).collect::<String>())
}

#[cfg(test)]
mod tests;
