//! Which functions are there?
//!
//! One file for each chapter of <https://hl7.org/fhirpath/N1/#functions>, one for FHIR's own
//! (<https://hl7.org/fhir/R4/fhirpath.html#functions>), and one list of them all.

pub(crate) mod combining;
pub(crate) mod conversion;
pub(crate) mod existence;
pub(crate) mod fhir;
pub(crate) mod filtering;
pub(crate) mod math;
pub(crate) mod strings;
pub(crate) mod subsetting;
pub(crate) mod types;
pub(crate) mod utility;

use crate::evaluate::{Evaluation, Scope, Walk};
use crate::failure::Failure;
use crate::item::Collection;
use crate::syntax::Syntax;

/// A function that expressions may call.
pub(crate) struct Function {
    /// Its name.
    pub(crate) name: &'static str,
    /// The least and the greatest number of its arguments.
    pub(crate) arguments: (usize, usize),
    /// What it does.
    pub(crate) run: Run,
}

/// How a function is run.
pub(crate) enum Run {
    /// Takes the items one by one where they are come across.
    Walk(Walk),
    /// Works on the input and on arguments that were evaluated before, both as values of FHIRPath's own types where
    /// they have one.
    Values(for<'a> fn(Collection<'a>, &[Collection<'a>]) -> Answer<'a>),
    /// Works on the items as they are, and may ask the context.
    Items(for<'a> fn(&mut Evaluation<'_, 'a>, Collection<'a>, &[Collection<'a>]) -> Answer<'a>),
    /// Evaluates its arguments itself: for each item, or not at all.
    Expressions(for<'a> fn(&mut Evaluation<'_, 'a>, Collection<'a>, &[Syntax], &Scope<'_, 'a>) -> Answer<'a>),
}

/// What a function answers.
pub(crate) type Answer<'a> = Result<Collection<'a>, Failure>;

/// Every function, by chapter.
pub(crate) static ALL: &[&[Function]] = &[
    existence::FUNCTIONS,
    filtering::FUNCTIONS,
    subsetting::FUNCTIONS,
    combining::FUNCTIONS,
    types::FUNCTIONS,
    utility::FUNCTIONS,
    fhir::FUNCTIONS,
    conversion::FUNCTIONS,
    math::FUNCTIONS,
    strings::FUNCTIONS,
];

/// The function of this name.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    ALL.iter().copied().flatten().find(|function| function.name == name)
}

impl std::fmt::Debug for Function {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.name)
    }
}
