//! Does every item answer a question of the form, in its place, in order, and as often as it may?
//!
//! <https://hl7.org/fhir/R4/questionnaireresponse.html#link>

use std::collections::HashMap;

use model::{Object, Value};

use super::Filling;
use super::enabled::{Chain, is_enabled};
use crate::checks::{items, objects, text};
use crate::place::Place;

/// The items of a response that answer one question, with their places among their siblings.
type Given<'a> = Vec<(usize, &'a Object)>;

pub(super) fn check(filling: &mut Filling<'_>) {
    let (subject, form) = (filling.subject, filling.questionnaire);
    level(filling, form, &Chain { holder: subject.resource, place: subject.place, up: None });
}

/// Holds the items in the innermost of `chain` against the items of `form`.
fn level(filling: &mut Filling<'_>, form: &Object, chain: &Chain<'_>) {
    let questions = items(form, "item");
    let places: HashMap<&str, usize> = questions
        .iter()
        .enumerate()
        .filter_map(|(place, question)| Some((question.text("linkId")?, place)))
        .collect();
    let mut given: Vec<Given<'_>> = vec![Vec::new(); questions.len()];
    let mut last = 0;
    for (index, item) in objects(chain.holder, "item") {
        let Some(link_id) = text(item, "linkId") else { continue };
        match places.get(link_id).copied() {
            Some(found) => {
                if found < last {
                    let message = "comes behind one that it precedes in the questionnaire";
                    filling.complain(chain.place, format!("the item `{link_id}` {message}"));
                }
                last = found;
                given[found].push((index, item));
            }
            None => misplaced(filling, link_id, chain.place),
        }
    }
    for (question, given) in questions.iter().zip(&given) {
        if let Some(question) = question.as_object() {
            one(filling, question, given, chain);
        }
    }
}

fn misplaced(filling: &mut Filling<'_>, link_id: &str, place: &Place<'_>) {
    let message = if filling.link_ids.contains(link_id) {
        format!("the item `{link_id}` belongs to another place of the questionnaire")
    } else {
        format!("the questionnaire has no item `{link_id}`")
    };
    filling.complain(place, message);
}

/// Holds what answers one question against it.
fn one(filling: &mut Filling<'_>, question: &Object, given: &Given<'_>, chain: &Chain<'_>) {
    let link_id = text(question, "linkId").unwrap_or_default();
    if !is_enabled(filling, question, chain) {
        for (index, _) in given.iter().filter(|(_, item)| has_answer(item)) {
            let message = format!("the item `{link_id}` is answered although it is not enabled");
            filling.complain(&chain.place.item("item", *index), message);
        }
        return;
    }
    if given.is_empty() && is_true(question, "required") {
        filling.miss(chain.place, format!("the item `{link_id}` is required and is missing"));
    }
    if given.len() > 1 && !is_true(question, "repeats") {
        let message = format!("the item `{link_id}` may stand once and stands {} times", given.len());
        filling.complain(chain.place, message);
    }
    for (index, item) in given {
        let place = chain.place.item("item", *index);
        filled(filling, question, &Chain { holder: item, place: &place, up: Some(chain) });
    }
}

/// Holds the item that is the innermost of `chain` against its question.
fn filled(filling: &mut Filling<'_>, question: &Object, chain: &Chain<'_>) {
    let link_id = text(question, "linkId").unwrap_or_default();
    let (item, place) = (chain.holder, chain.place);
    if let (Some(told), Some(asked)) = (text(item, "text"), text(question, "text"))
        && told != asked
    {
        filling.complain(place, format!("the text of the item `{link_id}` is not that of the questionnaire"));
    }
    match text(question, "type").unwrap_or_default() {
        "group" => {
            if is_true(question, "required") && items(item, "item").is_empty() {
                filling.miss(place, format!("the group `{link_id}` is required and holds nothing"));
            }
            level(filling, question, chain);
        }
        "display" => {}
        _ if items(item, "item").is_empty() => {}
        _ => {
            filling.complain(place, format!("items below the question `{link_id}` must stand in its answers"))
        }
    }
    super::answer::check(filling, question, item, place);
    for (index, answer) in objects(item, "answer") {
        let place = place.item("answer", index);
        level(filling, question, &Chain { holder: answer, place: &place, up: Some(chain) });
    }
}

fn has_answer(item: &Object) -> bool {
    !items(item, "answer").is_empty() || objects(item, "item").any(|(_, item)| has_answer(item))
}

/// Whether a member is `true`.
pub(super) fn is_true(object: &Object, name: &str) -> bool {
    object.get(name) == Some(&Value::Bool(true))
}
