//! Which invariants are kept already because of which elements stand in an object?
//!
//! Of a [`Proof`] the part that asks for nothing but presence, as alternatives that are each a set of elements which
//! must be there and a set of those which must not: <https://hl7.org/fhirpath/N1/#boolean-logic>. Every element of a
//! type has a bit, so that an alternative is two words.
//!
//! Invariant: of an object without companions that the structural pass accepts, an alternative that is met means that
//! evaluating the invariant would yield true; none met means nothing.

use fhir_profiles::{Child, TypeDefinition};
use model::xml::Form;

use super::Constraint;
use super::proof::{Logic, Proof};
use crate::limits::ALTERNATIVES_MAX;

/// An alternative of which each settles an invariant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clause {
    /// The bits of what must be there, one at least of each: of a choice there is one bit for all its types.
    must: u64,
    must_not: u64,
    /// The bit of the invariant among those of its element.
    settles: u64,
}

/// Elements that must be there, and elements that must not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Presence {
    must: u64,
    must_not: u64,
}

/// The bit of an element among those of its type; none of the many behind the first 64.
pub(crate) fn bit(child: &Child) -> u64 {
    1_u64.checked_shl(u32::from(child.order)).unwrap_or(0)
}

/// The bits of the invariants that are settled by what is there.
pub(crate) fn settled(clauses: &[Clause], present: u64) -> u64 {
    clauses.iter().fold(0, |settled, clause| {
        let is_met = present & clause.must == clause.must && present & clause.must_not == 0;
        settled | if is_met { clause.settles } else { 0 }
    })
}

/// The alternatives of all invariants of an element with elements of this type.
pub(super) fn read(constraints: &[Constraint], definition: &TypeDefinition) -> Vec<Clause> {
    let mut clauses = Vec::new();
    for (place, constraint) in (0_u32..).zip(constraints) {
        let (Some(proof), Some(settles)) = (&constraint.proof, 1_u64.checked_shl(place)) else { continue };
        let alternatives = alternatives(proof, true, definition);
        clauses.extend(alternatives.iter().map(|it| Clause {
            must: it.must,
            must_not: it.must_not,
            settles,
        }));
    }
    clauses
}

/// What is enough for the expression to be true, or to be false.
fn alternatives(proof: &Proof, truth: bool, definition: &TypeDefinition) -> Vec<Presence> {
    let must = |bit| vec![Presence { must: bit, must_not: 0 }];
    let must_not = |bit| vec![Presence { must: 0, must_not: bit }];
    match (proof, truth) {
        (Proof::Exists(name), true) => named(name.plain(), definition).map(must).unwrap_or_default(),
        (Proof::HasValue(name), true) => named(name.plain(), definition)
            .filter(|_| is_single(name.plain(), definition))
            .map(must)
            .unwrap_or_default(),
        (Proof::Exists(name) | Proof::Below(name, _) | Proof::HasValue(name), false) => {
            named(name.plain(), definition).map(must_not).unwrap_or_default()
        }
        (Proof::Not(proof), truth) => alternatives(proof, !truth, definition),
        (Proof::Both(logic, left, right), truth) => {
            let left = |truth| alternatives(left, truth, definition);
            let right = |truth| alternatives(right, truth, definition);
            match (logic, truth) {
                (Logic::And, true) => each_with_each(&left(true), &right(true)),
                (Logic::And, false) => either(left(false), right(false)),
                (Logic::Or, true) => either(left(true), right(true)),
                (Logic::Or, false) => each_with_each(&left(false), &right(false)),
                (Logic::Implies, true) => either(left(false), right(true)),
                (Logic::Implies, false) => each_with_each(&left(true), &right(false)),
                (Logic::Xor, truth) => either(
                    each_with_each(&left(true), &right(!truth)),
                    each_with_each(&left(false), &right(truth)),
                ),
            }
        }
        _ => Vec::new(),
    }
}

/// The bit of the element called `name`, a choice by its name without a type.
fn named(name: &str, definition: &TypeDefinition) -> Option<u64> {
    let child = definition.children().iter().find(|child| stem(child) == name)?;
    Some(bit(child)).filter(|bit| *bit != 0)
}

/// Whether the element is a primitive that stands once, so that it has a value if it is there.
fn is_single(name: &str, definition: &TypeDefinition) -> bool {
    definition.child(name).is_some_and(|child| matches!(child.form, Form::Primitive(_)) && !child.repeats())
}

fn stem(child: &Child) -> &str {
    child.element.strip_suffix("[x]").unwrap_or(child.element)
}

fn either(mut left: Vec<Presence>, right: Vec<Presence>) -> Vec<Presence> {
    left.extend(right);
    left.truncate(ALTERNATIVES_MAX);
    left
}

fn each_with_each(left: &[Presence], right: &[Presence]) -> Vec<Presence> {
    let pairs = left.iter().flat_map(|left| right.iter().map(move |right| (left, right)));
    let both = pairs.map(|(left, right)| Presence {
        must: left.must | right.must,
        must_not: left.must_not | right.must_not,
    });
    both.filter(|both| both.must & both.must_not == 0).take(ALTERNATIVES_MAX).collect()
}

#[cfg(test)]
mod tests {
    use fhir_profiles::Definitions;

    use super::super::proof;
    use super::*;

    /// The alternatives that make an expression true of a type, as `+there -absent`.
    fn check(type_name: &str, expression: &str, expected: &str) {
        let definition = Definitions::r4().type_definition(type_name).expect("the type is known");
        let proof = proof::read(expression).expect("members say something of it");
        let mut found = Vec::new();
        for presence in alternatives(&proof, true, definition) {
            let mut words: Vec<String> = Vec::new();
            for child in definition.children() {
                let sign = match (presence.must & bit(child) != 0, presence.must_not & bit(child) != 0) {
                    (true, _) => '+',
                    (_, true) => '-',
                    _ => continue,
                };
                let word = format!("{sign}{}", stem(child));
                if !words.contains(&word) {
                    words.push(word);
                }
            }
            found.push(words.join(" "));
        }
        assert_eq!(found.join(", "), expected, "{expression}");
    }

    #[test]
    fn presence_and_absence_are_alternatives() {
        check("Quantity", "code.empty() or system.exists()", "-code, +system");
        check("Attachment", "data.empty() or contentType.exists()", "-data, +contentType");
        check("Patient", "name.exists() and gender.exists()", "+name +gender");
        check("Patient", "(name.exists() and gender.exists()).not()", "-name, -gender");
        check("Patient", "name.exists() implies gender.exists()", "-name, +gender");
        check("Patient", "name.exists() and name.empty()", "");
    }

    #[test]
    fn a_choice_is_one_element() {
        check("Extension", "extension.exists() != value.exists()", "+extension -value, -extension +value");
        check("Extension", "valueString.exists()", "");
    }

    #[test]
    fn what_else_is_asked_leaves_what_presence_settles() {
        check("Patient", "contained.contained.empty()", "-contained");
        check("Period", "start.hasValue().not() or end.hasValue().not() or (start <= end)", "-start, -end");
        check("Patient", "gender = 'male' or name.exists()", "+name");
        check("Patient", "name.hasValue()", "");
        check("Patient", "gender.hasValue()", "+gender");
    }

    #[test]
    fn what_is_settled_is_told_by_bits() {
        let clauses = [
            Clause { must: 0b01, must_not: 0b10, settles: 1 },
            Clause { must: 0, must_not: 0b100, settles: 2 },
        ];
        assert_eq!(settled(&clauses, 0b001), 3);
        assert_eq!(settled(&clauses, 0b101), 1);
        assert_eq!(settled(&clauses, 0b111), 0);
    }
}
