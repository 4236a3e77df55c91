//! Why is a question about codes not answered?
//!
//! The reasons for which the HL7 terminology ecosystem has words of its own, with these words:
//! <https://build.fhir.org/ig/HL7/fhir-tx-ecosystem-ig/>. Their messages are the published ones and begin with a
//! capital, unlike ours.

use std::fmt;

use model::{Code, Convention, Issue};

/// The code system of the kinds.
const ISSUE_TYPE: &str = "http://hl7.org/fhir/tools/CodeSystem/tx-issue-type";

/// Why a question is not answered, and where in a definition the reason stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The reason.
    pub reason: Reason,
    /// What is wrong, for people.
    pub text: String,
    /// Where, as a FHIRPath; empty when it is nowhere in particular.
    pub place: String,
}

/// The reasons that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nobody here has the value set.
    NoValueSet,
    /// Nobody here has a supplement that is needed.
    NoSupplement,
    /// Nobody here has a code system whose codes are to be listed.
    NoSystem,
    /// There are more codes than are listed at once.
    TooCostly,
    /// A value set imports itself.
    Circle,
    /// A system would be used in a version that the request does not allow.
    Version,
    /// The request asks for a language by something that is no language.
    Language,
    /// The definition does not tell its codes.
    Definition,
}

impl Refusal {
    /// A reason with its words.
    pub fn new(reason: Reason, text: impl Into<String>) -> Self {
        Self { reason, text: text.into(), place: String::new() }
    }

    /// The same, with its place.
    pub(crate) fn at(self, place: impl Into<String>) -> Self {
        Self { place: place.into(), ..self }
    }

    /// Nobody here has the value set.
    pub fn no_value_set(canonical: &str) -> Self {
        Self::new(Reason::NoValueSet, no_value_set(canonical))
    }

    /// The request asks for a language by something that is no language.
    pub fn no_language(wish: &str) -> Self {
        Self::new(Reason::Language, format!("Invalid displayLanguage: '{wish}'"))
    }

    /// A version is used that the request does not allow.
    pub fn version(system: &str, used: &str, needed: &str) -> Self {
        Self::new(Reason::Version, wrong_version(system, used, needed))
    }
}

impl Reason {
    /// The type of the issue, and its kind in <http://hl7.org/fhir/tools/CodeSystem/tx-issue-type>; empty for none.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Reason::NoValueSet | Reason::NoSupplement | Reason::NoSystem => ("not-found", "not-found"),
            Reason::TooCostly => ("too-costly", ""),
            Reason::Circle => ("processing", "vs-invalid"),
            Reason::Version => ("exception", "version-error"),
            Reason::Language => ("processing", "invalid-display"),
            Reason::Definition => ("invalid", "vs-invalid"),
        }
    }

    fn code(self) -> Code {
        match self {
            Reason::NoValueSet => Code::NotFound,
            Reason::NoSupplement | Reason::NoSystem => Code::CodeNotChecked,
            Reason::TooCostly => Code::ExpansionTooCostly,
            Reason::Language => Code::InvalidParameter,
            Reason::Circle | Reason::Version | Reason::Definition => Code::UnusableValueSet,
        }
    }
}

impl From<Refusal> for Issue {
    fn from(refusal: Refusal) -> Self {
        let (issue_type, code) = refusal.reason.words();
        let convention = Convention { issue_type, system: ISSUE_TYPE, code };
        let issue = Issue::error(refusal.reason.code(), refusal.text).told_by(convention);
        if refusal.place.is_empty() { issue } else { issue.at(refusal.place) }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

/// That nobody here has the value set.
pub(crate) fn no_value_set(canonical: &str) -> String {
    format!("A definition for the value Set '{canonical}' could not be found")
}

/// That a version is used which the request does not allow.
pub(crate) fn wrong_version(system: &str, used: &str, needed: &str) -> String {
    format!(
        "The version '{used}' is not allowed for system '{system}': required to be '{needed}' by a version-check \
         parameter"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Holds what a refusal becomes against its code, its words and its place.
    fn check(refusal: Refusal, expected: &str) {
        let (issue_type, kind) = refusal.reason.words();
        let issue = Issue::from(refusal);
        let place = issue.expression.unwrap_or_default();
        assert_eq!(format!("{} {issue_type}/{kind} {place}", issue.code.as_str()), expected);
    }

    #[test]
    fn a_refusal_has_our_code_and_the_words_of_the_ecosystem() {
        check(Refusal::no_value_set("http://v"), "not-found not-found/not-found ");
        check(Refusal::no_language("-"), "invalid-parameter processing/invalid-display ");
        check(Refusal::version("http://s", "1", "2"), "unusable-value-set exception/version-error ");
        check(Refusal::new(Reason::TooCostly, "many"), "expansion-too-costly too-costly/ ");
        let filter = Refusal::new(Reason::Definition, "no value").at("ValueSet.compose");
        check(filter, "unusable-value-set invalid/vs-invalid ValueSet.compose");
    }
}
