//! Does what a profile says of an element leave it narrower than it was?
//!
//! A profile may only narrow: <https://hl7.org/fhir/R4/profiling.html#limitations>. What would widen or contradict is
//! named here; whether a value set is part of another one is a question for terminology and not asked.

use model::{Object, Value};

use super::element;
use super::library::{Library, Missing};

/// What is wrong with saying `said` of `element`; each a fragment that follows the element's path.
pub(super) fn complaints(element: &Object, said: &Object, library: &mut Library<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    if said.get("mustSupport") == Some(&Value::Bool(false))
        && element.get("mustSupport") == Some(&Value::Bool(true))
    {
        wrong.push("cannot be without `mustSupport`, since the base has it".to_owned());
    }
    wrong_types(element, said, library, &mut wrong);
    wrong_values(element, said, library, &mut wrong);
    wrong
}

/// What is wrong with how many there may be, if these are more than before.
pub(super) fn widening(element: &Object, said: &Object) -> Option<String> {
    let (base, max) = (element::max(element)?, element::max(said)?);
    (max > base).then(|| format!("has a `max` of {}, and {base} in the base", shown(max)))
}

/// What is wrong with the element's own cardinality, once all is said.
pub(super) fn cardinality(element: &Object) -> Option<String> {
    let (min, max) = (element::min(element)?, element::max(element)?);
    (min > max).then(|| format!("has a `min` of {min} and a `max` of {max}"))
}

fn wrong_types(element: &Object, said: &Object, library: &mut Library<'_>, wrong: &mut Vec<String>) {
    for stated in element::types(said) {
        let Some(code) = stated.text("code") else { continue };
        if !is_allowed(code, element, library) {
            let allowed: Vec<&str> = element::type_codes(element).collect();
            wrong.push(format!("cannot be a `{code}`, since the base allows {}", allowed.join(", ")));
            continue;
        }
        let is_of_element = element::is_of_element(stated);
        for profile in stated.get("profile").map_or(&[][..], Value::items).iter().filter_map(Value::as_str) {
            match library.definition(profile) {
                Ok(definition) => {
                    let constrained = definition.text("type").unwrap_or_default();
                    if !is_of_element
                        && tail(constrained) != tail(code)
                        && !(library.doubts.is_some() && library.is_a(constrained, code))
                    {
                        let mistake =
                            format!("is a `{code}`, and its profile `{profile}` one of `{constrained}`");
                        wrong.push(mistake);
                    }
                }
                // Whoever holds something against that profile hears of it.
                Err(Missing::Broken(_)) if library.doubts.is_some() => {}
                Err(Missing::Broken(issues)) => {
                    let reasons: Vec<&str> = issues.iter().map(|issue| issue.message.as_str()).collect();
                    wrong
                        .push(format!("has a profile without snapshot, `{profile}`: {}", reasons.join("; ")));
                }
                // What nobody knows cannot be held against anyone.
                Err(Missing::Unknown | Missing::Circular(_)) => {}
            }
        }
    }
}

/// Whether the base has the type, one that it descends from, or none at all.
fn is_allowed(code: &str, element: &Object, library: &Library<'_>) -> bool {
    let mut codes = element::type_codes(element).peekable();
    codes.peek().is_none() || codes.any(|base| is_system(base) || library.is_a(code, base))
}

fn wrong_values(element: &Object, said: &Object, library: &Library<'_>, wrong: &mut Vec<String>) {
    let types = if element::types(said).is_empty() { element } else { said };
    for (name, _) in said.iter() {
        let Some(kind @ ("fixed" | "pattern")) = element::choice_of(name) else { continue };
        let value_type = &name[kind.len()..];
        let fits = |code: &str| {
            is_system(code)
                || capitalised(code) == value_type
                || library.is_a(code, &lowered(value_type))
                || library.is_a(code, value_type)
        };
        let mut codes = element::type_codes(types).peekable();
        if codes.peek().is_some() && !codes.any(fits) {
            let types: Vec<&str> = element::type_codes(types).collect();
            wrong.push(format!("has `{name}`, and none of its types {} is that", types.join(", ")));
        }
    }
}

/// The code as it ends a property's name: `CodeableConcept`, `DateTime`.
pub(super) fn capitalised(code: &str) -> String {
    let mut letters = tail(code).chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

fn lowered(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + letters.as_str())
}

fn tail(code: &str) -> &str {
    code.rsplit('/').next().unwrap_or(code)
}

/// Whether it is one of FHIRPath's own types, which stand for what a primitive holds.
fn is_system(code: &str) -> bool {
    code.starts_with("http://hl7.org/fhirpath/System.")
}

fn shown(max: u64) -> String {
    if max == u64::MAX { "*".to_owned() } else { max.to_string() }
}
