//! Why did an expression yield nothing at all?
//!
//! <https://hl7.org/fhirpath/N1/#singleton-evaluation-of-collections> and the sections on each operator say
//! when evaluation ends with an error.

use std::fmt;

/// Why evaluation ended without a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The expression asks for what its input does not allow.
    Execution(String),
    /// The named limit was reached.
    TooCostly(&'static str),
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Execution(why) => out.write_str(why),
            Failure::TooCostly(limit) => write!(out, "the expression needs more than {limit} allows"),
        }
    }
}

impl std::error::Error for Failure {}
