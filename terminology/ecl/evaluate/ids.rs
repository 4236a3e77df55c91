//! Is an identifier one of those that a filter names?
//!
//! What a filter names may stand in a release only as an identifier, such as a module that is not loaded, so
//! lists of references are compared as such: <http://snomed.org/ecl>.

use super::Evaluation;
use crate::concept_set::Bits;
use crate::ecl::Substrate;
use crate::ecl::tree::{Concepts, Operand, Reference, Sctid};

/// Identifiers that something is held against.
pub(super) enum Ids {
    /// Any of these.
    These(Vec<Sctid>),
    /// Those of the concepts at these places.
    At(Bits),
}

impl Ids {
    pub(super) fn new(evaluation: &mut Evaluation<'_>, concepts: &Concepts) -> Result<Self, String> {
        match concepts {
            Concepts::These(references) => Ok(Self::of(references)),
            Concepts::Of(operand) => Self::of_operand(evaluation, operand),
        }
    }

    pub(super) fn of(references: &[Reference]) -> Self {
        Self::These(references.iter().map(|reference| reference.id).collect())
    }

    pub(super) fn of_operand(evaluation: &mut Evaluation<'_>, operand: &Operand) -> Result<Self, String> {
        match operand.only_concept() {
            Some(id) => Ok(Self::These(vec![id])),
            None => evaluation.operand(operand).map(Self::At),
        }
    }

    pub(super) fn contains(&self, id: Sctid, substrate: &dyn Substrate) -> bool {
        match self {
            Self::These(ids) => ids.contains(&id),
            Self::At(places) => substrate.concept(id).is_some_and(|place| places.contains(place)),
        }
    }
}
