//! What is an expression that was read?
//!
//! Read once, evaluated often, from any thread: <https://hl7.org/fhirpath/N1/#expressions>.

use std::fmt;

use crate::context::Context;
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::item::{Collection, Item};
use crate::parser;
use crate::syntax::Syntax;

/// An expression that was read.
pub struct Expression {
    text: String,
    syntax: Syntax,
}

/// Why a text is no expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What stands there, and what was expected.
    pub message: String,
    /// Where, in characters from the beginning.
    pub offset: usize,
}

impl Expression {
    /// Reads an expression.
    pub fn parse(text: &str) -> Result<Expression, SyntaxError> {
        Ok(Self { text: text.to_owned(), syntax: parser::parse(text)? })
    }

    /// The expression as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns what it yields on `focus`.
    pub fn evaluate<'a>(&self, focus: Item<'a>, context: &Context<'a>) -> Result<Collection<'a>, Failure> {
        Evaluation::new(&focus, context).run(&self.syntax)
    }

    /// Returns whether it is true of `focus`, as invariants are read.
    ///
    /// Nothing is not true, as FHIR's own validator has it; one item that is no Boolean is
    /// (<https://hl7.org/fhirpath/N1/#singleton-evaluation-of-collections>); several items are a failure.
    pub fn holds<'a>(&self, focus: Item<'a>, context: &Context<'a>) -> Result<bool, Failure> {
        Ok(Evaluation::new(&focus, context).truth_of(&self.syntax)?.unwrap_or(false))
    }

    /// Its parts.
    pub(crate) fn syntax(&self) -> &Syntax {
        &self.syntax
    }
}

impl SyntaxError {
    /// The error at a byte of the text, which is told in characters.
    pub(crate) fn at(text: &str, byte: usize, message: impl Into<String>) -> Self {
        let offset = text.char_indices().take_while(|(place, _)| *place < byte).count();
        Self { message: message.into(), offset }
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(out)
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} at character {}", self.message, self.offset)
    }
}

impl std::error::Error for SyntaxError {}
