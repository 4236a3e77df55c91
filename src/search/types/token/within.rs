//! Is this token in a set of codes of any size?
//!
//! What `:in`, `:above` and `:below` ask where many codes are meant, <https://hl7.org/fhir/R4/search.html#token>: each token
//! is held against the value set as terminology keeps it, so that a set of a million codes costs no more than one of a
//! hundred. Where only the index of tokens can lead to candidates, it tells which code there may be the next.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use model::Text;
use terminology::{Terminology, ValueSet};

use super::{BOUND_SYSTEM, Case, case_of, is_whole_in_key};
use crate::hash;
use crate::rows::key_text;

/// Value sets of which one must hold the token.
#[derive(Clone)]
pub struct Within {
    /// What was asked for.
    name: Text,
    sets: Vec<Arc<ValueSet>>,
    /// Of each part of each set the number of its system, and whether case counts there.
    systems: Vec<Vec<(i64, Case)>>,
}

impl Within {
    /// The sets that are meant by a name.
    pub fn new(name: &str, sets: Vec<Arc<ValueSet>>, terminology: &Terminology) -> Self {
        let systems = sets.iter().map(|set| systems_of(set, terminology)).collect();
        Self { name: name.into(), sets, systems }
    }

    /// Whether a token is in one of them.
    pub fn holds(&self, system: i64, code: &str) -> bool {
        self.parts().any(|(part, (own, case))| {
            (system == own || system == BOUND_SYSTEM)
                && match case {
                    Case::Counts => part.holds(code),
                    Case::Ignored => part.holds_in_any_case(code),
                }
        })
    }

    /// The first code that may be in one of them and does not stand before `from`, both as the index keeps codes.
    pub fn next(&self, from: &str) -> Option<Text> {
        let least = self.parts().filter_map(|(part, _)| part.next(from)).min();
        least.as_ref().map(Cow::as_ref).map(key_text)
    }

    /// Whether a code of the index may be in one of them.
    pub fn may_hold(&self, key: &str) -> bool {
        match is_whole_in_key(key) {
            true => self.parts().any(|(part, _)| part.may_hold(key)),
            // Longer codes have the same key.
            false => self.next(key).is_some_and(|next| *next == *key),
        }
    }

    fn parts(&self) -> impl Iterator<Item = (&terminology::value_set::Part, (i64, Case))> {
        let pairs = self.sets.iter().zip(&self.systems);
        pairs.flat_map(|(set, systems)| set.parts.iter().zip(systems.iter().copied()))
    }
}

/// Of each part of a value set the number of its system, and whether case counts there.
pub(super) fn systems_of(set: &ValueSet, terminology: &Terminology) -> Vec<(i64, Case)> {
    let of_part = |part: &terminology::value_set::Part| {
        (hash::number(&part.system), case_of(terminology, &part.system))
    };
    set.parts.iter().map(of_part).collect()
}

impl fmt::Debug for Within {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Within({})", self.name)
    }
}

impl PartialEq for Within {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && self.sets.len() == other.sets.len()
            && self.sets.iter().zip(&other.sets).all(|(own, other)| Arc::ptr_eq(own, other))
    }
}
