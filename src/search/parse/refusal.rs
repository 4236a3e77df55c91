//! Why is this not understood, and may it be passed over?
//!
//! A client may ask that unknown parameters are passed over, <https://hl7.org/fhir/R4/search.html#errors>; an unknown
//! modifier is refused even then, <https://hl7.org/fhir/R4/search.html#modifiers>, and so is whatever costs too much.

use std::cell::Cell;

use model::{Code, Issue, ResourceType};

use super::clause::shown;
use super::hint;
use crate::catalogue::Catalogue;
use crate::limits::{CODE_SETS_MAX, CONDITION_PARTS_MAX, TEXT_BYTES_MAX};
use crate::types::Surroundings;

/// What is wrong with a parameter.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    /// The complaint.
    pub(super) issue: Issue,
    /// What it takes to pass over it.
    pub(super) force: Force,
    /// A parameter that this type does not have, for which there may be a hint.
    misnamed: Option<Box<(Box<str>, ResourceType)>>,
}

/// What it takes to pass over a complaint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Force {
    /// Leniency.
    Mild,
    /// Nothing does; but another type may understand what this one does not.
    Firm,
    /// Nothing does: a limit was passed.
    Final,
}

impl From<Issue> for Refusal {
    fn from(issue: Issue) -> Self {
        // Without a value that cannot be read more would be found than was asked for.
        let force = if issue.code == Code::InvalidParameter { Force::Firm } else { Force::Mild };
        Self { issue, force, misnamed: None }
    }
}

impl Refusal {
    /// A value that is not what the parameter expects.
    pub(super) fn value(message: impl Into<String>) -> Self {
        Issue::error(Code::InvalidParameter, message).into()
    }

    /// A parameter that is not there.
    pub(super) fn unknown(message: impl Into<String>) -> Self {
        Issue::error(Code::UnknownParameter, message).into()
    }

    /// A parameter that a type does not have.
    pub(super) fn misnamed(code: &str, resource_type: ResourceType) -> Self {
        let (code, type_name) = (shown(code), resource_type.as_str());
        let refusal = Self::unknown(format!("`{code}` is no search parameter of {type_name}"));
        Self { misnamed: Some(Box::new((code.into(), resource_type))), ..refusal }
    }

    /// Something that FHIR describes and this server does not do.
    pub(super) fn unsupported(message: impl Into<String>) -> Self {
        Issue::error(Code::NotSupported, message).into()
    }

    /// A limit that was passed.
    pub(super) fn limit(message: impl Into<String>) -> Self {
        Self { force: Force::Final, ..Self::value(message) }
    }

    /// The same, but not to be passed over.
    pub(super) fn firmly(mut self) -> Self {
        if self.force == Force::Mild {
            self.force = Force::Firm;
        }
        self
    }

    /// The complaint, with a hint. Looking for it costs more than being refused: most refusals on the way of a
    /// chain to many types are never told.
    pub(super) fn told(self, catalogue: &Catalogue) -> Issue {
        let mut issue = self.issue;
        if let Some(misnamed) = self.misnamed {
            issue.message += &hint::of(&misnamed.0, misnamed.1, catalogue);
        }
        issue
    }
}

/// What parameters are parsed by, and how much of a condition may still be made of them.
pub(super) struct Ground<'a> {
    /// What the server knows.
    pub(super) surroundings: &'a Surroundings<'a>,
    parts_left: Cell<usize>,
    code_sets_left: Cell<usize>,
}

impl<'a> Ground<'a> {
    /// Nothing was made yet.
    pub(super) fn new(surroundings: &'a Surroundings<'a>) -> Self {
        Self {
            surroundings,
            parts_left: Cell::new(CONDITION_PARTS_MAX),
            code_sets_left: Cell::new(CODE_SETS_MAX),
        }
    }

    /// Takes one part from what may still be made: one more type looked at, or one more value compared.
    pub(super) fn spend(&self) -> Result<(), Refusal> {
        self.spend_parts(1)
    }

    /// Takes as much as it costs to go through a text once more: nothing when it is as short as most.
    pub(super) fn spend_on(&self, text: &str) -> Result<(), Refusal> {
        self.spend_parts(text.len() / TEXT_BYTES_MAX)
    }

    /// Takes one of the value sets and hierarchies whose codes may be listed.
    pub(super) fn spend_code_set(&self) -> Result<(), Refusal> {
        let left = self.code_sets_left.get().checked_sub(1).ok_or_else(|| {
            Refusal::limit(format!(
                "more than {CODE_SETS_MAX} value sets or hierarchies of codes, which is the limit"
            ))
        })?;
        self.code_sets_left.set(left);
        Ok(())
    }

    fn spend_parts(&self, parts: usize) -> Result<(), Refusal> {
        let left = self.parts_left.get().checked_sub(parts);
        let left = left.ok_or_else(|| {
            let message = format!(
                "the parameters spread out over types and values have more than {CONDITION_PARTS_MAX} parts; \
                 name the types of chains, or ask for less at once"
            );
            Refusal::limit(message)
        })?;
        self.parts_left.set(left);
        Ok(())
    }
}
