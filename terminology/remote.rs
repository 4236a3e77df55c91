//! Who else can be asked what a code means?
//!
//! Another terminology server, for systems that are not loaded here: <https://hl7.org/fhir/R4/terminology-service.html>.
//! How it is reached is handed in; where it does not answer, what it would have told stays unknown.

use model::Value;

/// Another terminology server. Asking waits for the answer, so it is done aside.
pub trait Remote: Send + Sync {
    /// Whether it may be asked about what a canonical names.
    fn serves(&self, canonical: &str) -> bool;

    /// What it answers to an operation such as `CodeSystem/$lookup` with these Parameters.
    fn ask(&self, operation: &str, parameters: &Value) -> Result<Value, Unanswered>;
}

/// Why a question to another server has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// It refuses the question, and why.
    Refused(String),
    /// It cannot be reached, takes too long, or answers something that is no answer.
    Silent,
}
