//! Is the answer one of those that the question offers?
//!
//! <https://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.answerOption>; a value set may
//! be contained in the questionnaire.

use std::cmp::Ordering;

use model::{Code, Object, Value};
use terminology::{Coding, Membership};

use super::Filling;
use super::answer::{Answer, extension};
use super::enabled::compare;
use crate::checks::{items, objects, text};
use crate::place::Place;

pub(super) fn check(filling: &mut Filling<'_>, answer: &Answer<'_>) {
    let is_open = text(answer.question, "type") == Some("open-choice");
    let options = items(answer.question, "answerOption");
    if let Some(canonical) = text(answer.question, "answerValueSet") {
        if answer.type_name == "Coding" || (answer.type_name == "string" && !is_open) {
            in_value_set(filling, answer, canonical);
        }
    } else if !options.is_empty() {
        offered(filling, answer, options);
    }
}

fn offered(filling: &mut Filling<'_>, answer: &Answer<'_>, options: &[Value]) {
    let is_open = text(answer.question, "type") == Some("open-choice");
    if is_open && answer.type_name == "string" {
        let told = answer.value.as_str();
        let mut shown = options.iter().filter_map(|option| option.get("valueCoding")?.text("display"));
        if told.is_some_and(|told| shown.any(|display| display == told)) {
            let message = "the text is the display of an option, so the option's code was probably meant";
            filling.findings.warning(Code::AnswerMismatch, answer.place, message);
        }
        return;
    }
    if !filling.spend(options.len()) {
        return;
    }
    let member = format!("value{}", capitalized(answer.type_name));
    let mut alike = options.iter().filter_map(|option| option.get(&member)).peekable();
    if alike.peek().is_none() {
        let message = format!("the question offers no options of type {}", answer.type_name);
        filling.complain(answer.place, message);
    } else if !alike.any(|option| same(answer.value, option)) {
        filling.complain(answer.place, "the answer is none of the options that are offered");
    }
}

/// Whether an answer is the option; codings are by system and code, a missing system as much as any.
fn same(answer: &Value, option: &Value) -> bool {
    match (answer, option) {
        (Value::Object(answer), Value::Object(option)) => {
            text(answer, "system") == text(option, "system") && text(answer, "code") == text(option, "code")
        }
        _ => compare(answer, option) == Some(Ordering::Equal),
    }
}

fn in_value_set(filling: &mut Filling<'_>, answer: &Answer<'_>, canonical: &str) {
    let coding = match answer.value {
        Value::String(code) => Coding { code: Some(code), ..Coding::default() },
        value => Coding {
            system: value.text("system"),
            version: value.text("version"),
            code: value.text("code"),
            display: value.text("display"),
        },
    };
    if coding.code.is_none() {
        return;
    }
    // A text that should be a code is wrong itself, and a coding as a whole.
    let place = if answer.type_name == "string" { answer.value_place } else { answer.place };
    let membership = match canonical.strip_prefix('#') {
        Some(id) => contained_member(filling, id, &coding),
        None => filling.subject.rules.terminology.member(canonical, &coding),
    };
    match membership {
        Membership::Member => {}
        Membership::Absent(why) => {
            let message = format!("the answer is not in the value set `{canonical}` that is offered: {why}");
            filling.complain(place, message);
        }
        Membership::Unknown(why) => {
            let message =
                format!("whether the answer is in the value set `{canonical}` cannot be told: {why}");
            filling.findings.warning(Code::CodeNotChecked, place, message);
        }
    }
}

/// Looks in a value set that the questionnaire, or the response, contains and that lists its codes.
fn contained_member(filling: &Filling<'_>, id: &str, coding: &Coding<'_>) -> Membership {
    let unknown = |what: &str| Membership::Unknown(format!("the contained value set `{id}` {what}"));
    let holders = [filling.questionnaire, filling.subject.resource];
    let mut contained = holders.into_iter().flat_map(|holder| objects(holder, "contained"));
    let Some((_, value_set)) = contained.find(|(_, contained)| text(contained, "id") == Some(id)) else {
        return unknown("does not exist");
    };
    if let Some(expansion) = value_set.get("expansion").and_then(Value::as_object) {
        if !filling.spend(items(expansion, "contains").len()) {
            return unknown("lists too many codes");
        }
        let listed = |(_, entry): (usize, &Object)| is(coding, text(entry, "system"), text(entry, "code"));
        let is_listed = objects(expansion, "contains").any(listed);
        return if is_listed { Membership::Member } else { absent() };
    }
    let Some(compose) = value_set.get("compose").and_then(Value::as_object) else {
        return unknown("defines nothing");
    };
    let mut is_whole = items(compose, "exclude").is_empty();
    for (_, include) in objects(compose, "include") {
        is_whole &= !items(include, "concept").is_empty();
        let system = text(include, "system");
        if !filling.spend(items(include, "concept").len()) {
            return unknown("lists too many codes");
        }
        if objects(include, "concept").any(|(_, concept)| is(coding, system, text(concept, "code"))) {
            return Membership::Member;
        }
    }
    if is_whole { absent() } else { unknown("does not list its codes") }
}

fn absent() -> Membership {
    Membership::Absent("it lists other codes only".to_owned())
}

/// Whether the coding is this concept; a bare code is found in any system.
fn is(coding: &Coding<'_>, system: Option<&str>, code: Option<&str>) -> bool {
    coding.code == code && (coding.system.is_none() || coding.system == system)
}

/// An option that excludes others stands alone.
pub(super) fn exclusive(
    filling: &mut Filling<'_>,
    question: &Object,
    answers: &[(usize, &Object)],
    place: &Place<'_>,
) {
    if answers.len() < 2 {
        return;
    }
    let excludes =
        |option: &Object| extension(option, "questionnaire-optionExclusive") == Some(&Value::Bool(true));
    let options = objects(question, "answerOption").map(|(_, option)| option);
    let excluding: Vec<&Value> = options.filter(|option| excludes(option)).filter_map(value).collect();
    if !filling.spend(answers.len().saturating_mul(excluding.len())) {
        return;
    }
    for (index, answer) in answers {
        if value(answer).is_some_and(|chosen| excluding.iter().any(|option| same(chosen, option))) {
            let message = "this option excludes all others, and others are chosen too";
            filling.complain(&place.item("answer", *index), message);
        }
    }
}

/// What an answer or an option says.
fn value(object: &Object) -> Option<&Value> {
    object.iter().find(|(name, _)| name.starts_with("value")).map(|(_, value)| value)
}

fn capitalized(type_name: &str) -> String {
    let mut letters = type_name.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}
