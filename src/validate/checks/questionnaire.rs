//! Can this questionnaire be answered?
//!
//! What a question is enabled by must be a question of the same form, and not a part of the question itself:
//! <https://hl7.org/fhir/R4/questionnaire.html#enable>. That linkIds are unique and the like, invariants say;
//! que-12 says by mistake "more than two" in its expression, and is checked here as its text has it.

use std::collections::{HashMap, HashSet};

use model::{Code, Object, Value};

use super::{Subject, items as items_of, objects, text};
use crate::findings::Findings;
use crate::place::Place;

/// The place of each question in the form, by its linkId.
type Order<'a> = HashMap<&'a str, usize>;

pub(crate) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let mut link_ids = Vec::new();
    collect(subject.resource, &mut link_ids);
    let order: Order<'_> =
        link_ids.into_iter().enumerate().map(|(place, link_id)| (link_id, place)).collect();
    items(subject.resource, subject.place, &order, findings);
}

/// The linkIds in the order of the form.
fn collect<'a>(holder: &'a Object, order: &mut Vec<&'a str>) {
    for (_, item) in objects(holder, "item") {
        order.push(text(item, "linkId").unwrap_or_default());
        collect(item, order);
    }
}

fn items(holder: &Object, place: &Place<'_>, order: &Order<'_>, findings: &mut Findings) {
    for (index, item) in objects(holder, "item") {
        let place = place.item("item", index);
        for (_, condition) in objects(item, "enableWhen") {
            enabled_by(item, text(condition, "question").unwrap_or_default(), order, &place, findings);
        }
        if items_of(item, "enableWhen").len() > 1 && item.get("enableBehavior").is_none() {
            let message =
                "several conditions enable the question, and enableBehavior does not say how they combine";
            findings.error(Code::RuleBroken, &place, message);
        }
        options(item, &place, findings);
        items(item, &place, order, findings);
    }
}

fn enabled_by(item: &Object, question: &str, order: &Order<'_>, place: &Place<'_>, findings: &mut Findings) {
    let own = text(item, "linkId").unwrap_or_default();
    let mut within = Vec::new();
    collect(item, &mut within);
    let at = |link_id: &str| order.get(link_id);
    let message = if question.is_empty() {
        return;
    } else if question == own {
        format!("the question `{own}` is enabled by itself")
    } else if within.contains(&question) {
        format!("the question `{own}` is enabled by `{question}`, which is a part of it")
    } else {
        match (at(question), at(own)) {
            (None, _) => format!("the question `{own}` is enabled by `{question}`, which is not in the form"),
            (Some(enabling), Some(enabled)) if enabling > enabled => {
                let message = format!("the question `{own}` is enabled by `{question}`, which comes later");
                return findings.warning(Code::RuleBroken, place, message);
            }
            _ => return,
        }
    };
    findings.error(Code::RuleBroken, place, message);
}

/// No option may be offered twice.
fn options(item: &Object, place: &Place<'_>, findings: &mut Findings) {
    let mut known = HashSet::new();
    for (index, option) in objects(item, "answerOption") {
        let Some((name, value)) = option.iter().find(|(name, _)| name.starts_with("value")) else { continue };
        if !known.insert((name, identity(value))) {
            let message = "the same option is offered twice";
            findings.warning(Code::RuleBroken, &place.item("answerOption", index), message);
        }
    }
}

/// What makes an option that option: of a coding system and code, of a reference its target, else the value.
fn identity(value: &Value) -> (Option<&str>, Option<&str>) {
    match value {
        Value::Object(option) => {
            (text(option, "system"), text(option, "code").or_else(|| text(option, "reference")))
        }
        Value::Number(number) => (None, Some(number.as_str())),
        value => (None, value.as_str()),
    }
}

#[cfg(test)]
mod tests;
