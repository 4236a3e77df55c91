//! Is this question asked at all, given the answers to others?
//!
//! <https://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.enableWhen>: of several answers
//! to the enabling question the nearest count, found from the asking item outwards.

use std::cmp::Ordering;

use model::decimal::Decimal;
use model::{Object, Value};

use super::Filling;
use crate::checks::{objects, text};
use crate::place::Place;

/// The items and answers that hold a place in the response, from the innermost outwards.
pub(super) struct Chain<'a> {
    pub(super) holder: &'a Object,
    /// Where it stands.
    pub(super) place: &'a Place<'a>,
    pub(super) up: Option<&'a Chain<'a>>,
}

/// Whether the answers that lie around enable `question`; so too when finding out would take too long.
pub(super) fn is_enabled(filling: &Filling<'_>, question: &Object, chain: &Chain<'_>) -> bool {
    let mut conditions =
        objects(question, "enableWhen").map(|(_, condition)| holds(filling, condition, chain)).peekable();
    if conditions.peek().is_none() {
        return true;
    }
    match text(question, "enableBehavior") {
        Some("any") => conditions.any(|holds| holds),
        _ => conditions.all(|holds| holds),
    }
}

fn holds(filling: &Filling<'_>, condition: &Object, chain: &Chain<'_>) -> bool {
    let question = text(condition, "question").unwrap_or_default();
    let Some(answers) = nearest(filling, question, chain) else { return true };
    let Some((_, expected)) = condition.iter().find(|(name, _)| name.starts_with("answer")) else {
        return true;
    };
    match text(condition, "operator").unwrap_or_default() {
        "exists" => *expected == Value::Bool(!answers.is_empty()),
        "!=" => !answers.iter().any(|answer| compare(answer, expected) == Some(Ordering::Equal)),
        operator => answers.iter().any(|answer| fits(operator, compare(answer, expected))),
    }
}

fn fits(operator: &str, found: Option<Ordering>) -> bool {
    match operator {
        "=" => found == Some(Ordering::Equal),
        ">" => found == Some(Ordering::Greater),
        "<" => found == Some(Ordering::Less),
        ">=" => matches!(found, Some(Ordering::Greater | Ordering::Equal)),
        "<=" => matches!(found, Some(Ordering::Less | Ordering::Equal)),
        _ => false,
    }
}

/// The values of the answers to `question` in the innermost holder that has any; none when looking takes too
/// long.
fn nearest<'a>(filling: &Filling<'_>, question: &str, chain: &Chain<'a>) -> Option<Vec<&'a Value>> {
    let mut link = Some(chain);
    while let Some(Chain { holder, up, .. }) = link {
        let mut found = Vec::new();
        let mut waiting = vec![*holder];
        while let Some(holder) = waiting.pop() {
            if !filling.spend(1) {
                return None;
            }
            if text(holder, "linkId") == Some(question) {
                values(holder, &mut found);
            }
            waiting.extend(objects(holder, "item").map(|(_, item)| item));
            waiting.extend(objects(holder, "answer").map(|(_, answer)| answer));
        }
        if !found.is_empty() {
            return Some(found);
        }
        link = *up;
    }
    Some(Vec::new())
}

fn values<'a>(item: &'a Object, found: &mut Vec<&'a Value>) {
    let value = |answer: &'a Object| {
        answer.iter().find(|(name, _)| name.starts_with("value")).map(|(_, value)| value)
    };
    found.extend(objects(item, "answer").filter_map(|(_, answer)| value(answer)));
}

/// Compares two answers; none when they have no order.
pub(super) fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            Some(Decimal::parse(left.as_str())?.compare(&Decimal::parse(right.as_str())?))
        }
        // Dates, times and codes of one precision order as their texts do.
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (Value::Object(left), Value::Object(right)) => compare_objects(left, right),
        _ => None,
    }
}

fn compare_objects(left: &Object, right: &Object) -> Option<Ordering> {
    if left.get("value").is_some() || right.get("value").is_some() {
        use model::quantity::Quantity;
        let (left, right) = (Quantity::read(left)?, Quantity::read(right)?);
        return left.compare(&right);
    }
    let same = |name| match (text(left, name), text(right, name)) {
        (Some(left), Some(right)) => left == right,
        (_, None) => true,
        (None, Some(_)) => false,
    };
    let is_equal = same("system") && same("code") && same("reference");
    Some(if is_equal { Ordering::Equal } else { Ordering::Less })
}
