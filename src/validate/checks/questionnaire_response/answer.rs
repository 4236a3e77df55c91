//! Is this an answer of the kind that was asked for?
//!
//! Number and types of answers: <https://hl7.org/fhir/R4/valueset-item-type.html>.

use model::{Object, Value};

use super::items::is_true;
use super::{Filling, bounds, options};
use crate::checks::{items, objects, text};
use crate::place::Place;

/// An answer to a question.
pub(super) struct Answer<'a> {
    pub(super) question: &'a Object,
    /// The type of the value, as FHIR writes it.
    pub(super) type_name: &'a str,
    pub(super) value: &'a Value,
    /// Where the answer stands.
    pub(super) place: &'a Place<'a>,
    /// Where its value stands.
    pub(super) value_place: &'a Place<'a>,
}

/// Which types answer which kind of question; the first is the usual one.
const TYPES: &[(&str, &[&str])] = &[
    ("attachment", &["Attachment"]),
    ("boolean", &["boolean"]),
    ("choice", &["Coding", "date", "time", "integer", "string"]),
    ("date", &["date"]),
    ("dateTime", &["dateTime"]),
    ("decimal", &["decimal"]),
    ("integer", &["integer"]),
    ("open-choice", &["Coding", "date", "time", "integer", "string"]),
    ("quantity", &["Quantity"]),
    ("reference", &["Reference"]),
    ("string", &["string"]),
    ("text", &["string"]),
    ("time", &["time"]),
    ("url", &["uri"]),
];

/// Holds the answers of `item` against its question.
pub(super) fn check(filling: &mut Filling<'_>, question: &Object, item: &Object, place: &Place<'_>) {
    let answers: Vec<(usize, &Object)> = objects(item, "answer").collect();
    number(filling, question, answers.len(), place);
    let kind = text(question, "type").unwrap_or_default();
    let Some((_, allowed)) = TYPES.iter().find(|(name, _)| *name == kind) else {
        if !answers.is_empty() {
            filling.complain(place, format!("an item of type `{kind}` has no answers"));
        }
        return;
    };
    for (index, answer) in &answers {
        let place = &place.item("answer", *index);
        let Some((name, value)) = answer.iter().find(|(name, _)| name.starts_with("value")) else { continue };
        let Some(type_name) = type_of(name) else { continue };
        let told = format!("value.ofType({type_name})");
        let value_place = &place.child(&told);
        if allowed.contains(&type_name) {
            let answer = Answer { question, type_name, value, place, value_place };
            bounds::check(filling, &answer);
            options::check(filling, &answer);
        } else {
            let allowed = allowed.join(" or ");
            let message = format!("an answer to this question is a {allowed}, not a {type_name}");
            filling.complain(value_place, message);
        }
    }
    options::exclusive(filling, question, &answers, place);
}

fn number(filling: &mut Filling<'_>, question: &Object, found: usize, place: &Place<'_>) {
    let link_id = text(question, "linkId").unwrap_or_default();
    let answered = !matches!(text(question, "type"), Some("group" | "display"));
    if found == 0 && answered && is_true(question, "required") {
        filling.miss(place, format!("the question `{link_id}` requires an answer and has none"));
    }
    if found > 1 && answered && !is_true(question, "repeats") {
        let message = format!("the question `{link_id}` has one answer at most, and {found} are given");
        filling.complain(place, message);
    }
    let limit = |name| extension(question, name).and_then(number_of);
    if let Some(least) = limit("questionnaire-minOccurs").filter(|least| found < *least) {
        let message = format!("the question `{link_id}` has at least {least} answers, and {found} are given");
        filling.miss(place, message);
    }
    if let Some(most) = limit("questionnaire-maxOccurs").filter(|most| found > *most) {
        let message = format!("the question `{link_id}` has at most {most} answers, and {found} are given");
        filling.complain(place, message);
    }
}

/// The type that a member `value…` says: `valueUri` is a `uri`.
fn type_of(name: &str) -> Option<&'static str> {
    let told = name.strip_prefix("value")?;
    let known = TYPES.iter().flat_map(|(_, types)| types.iter());
    known.copied().find(|type_name| type_name.eq_ignore_ascii_case(told))
}

/// The value of the first extension whose URL ends with `/name`.
pub(super) fn extension<'a>(element: &'a Object, name: &str) -> Option<&'a Value> {
    extensions(element, name).next()
}

/// The values of all extensions whose URL ends with `/name`.
pub(super) fn extensions<'a>(element: &'a Object, name: &str) -> impl Iterator<Item = &'a Value> {
    let named = move |extension: &&Value| {
        extension.text("url").and_then(|url| url.rsplit_once('/')).is_some_and(|(_, last)| last == name)
    };
    let value = |extension: &'a Value| {
        let mut members = extension.as_object()?.iter();
        members.find(|(name, _)| name.starts_with("value")).map(|(_, value)| value)
    };
    items(element, "extension").iter().filter(named).filter_map(value)
}

/// A number that counts something.
pub(super) fn number_of(value: &Value) -> Option<usize> {
    match value {
        Value::Number(number) => number.as_str().parse().ok(),
        _ => None,
    }
}
