//! Can this expression yield anything on that type, and what?
//!
//! The strict check before evaluation: types and cardinalities are inferred from the definitions, and complained of is
//! what no instance can make right: unknown elements and functions, wrong numbers and types of arguments, several
//! items by construction where one must be. <https://hl7.org/fhirpath/N1/#type-safety-and-strict-evaluation>.
//!
//! What is not known, as the target of a reference, is taken for anything: a complaint is a promise.

mod functions;
mod infer;
mod kind;
mod view;

use crate::expression::Expression;
use crate::types::{TypeId, Types};

pub use kind::{Of, System, Yields};

/// What is wrong with an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// What was used how, and what was expected.
    pub message: String,
    /// Where the type that begins the path is another than the context's.
    pub(crate) elsewhere: bool,
}

/// Returns what `expression` yields on `context_type`, or all that is wrong with it.
pub fn check(
    expression: &Expression,
    context_type: TypeId,
    types: &dyn Types,
) -> Result<Yields, Vec<Complaint>> {
    infer::infer(expression.syntax(), context_type, types)
}

#[cfg(test)]
mod tests;
