//! What is said about a code that is not right?
//!
//! The kinds of <https://build.fhir.org/ig/HL7/fhir-tools-ig/CodeSystem-tx-issue-type.html>, told as an
//! OperationOutcome beside the result.

use model::parameters::{with_resource, with_value};
use model::value::object;
use model::{Object, Severity, Value};

use crate::value_set::Part;

/// The code system of the kinds.
const ISSUE_TYPE: &str = "http://hl7.org/fhir/tools/CodeSystem/tx-issue-type";

/// One thing that is said.
#[derive(Clone)]
pub(super) struct Finding {
    pub(super) severity: Severity,
    pub(super) kind: Kind,
    pub(super) place: String,
    pub(super) text: String,
}

/// What it is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// No coding is in the value set.
    NotInValueSet,
    /// This coding of several is not.
    ThisNotInValueSet,
    /// The code does not exist.
    InvalidCode,
    /// The code is not called so.
    InvalidDisplay,
    /// Something that is needed is not loaded.
    NotFound,
    /// The system of the code cannot be told.
    CannotInfer,
    /// The coding and the value set speak of different versions.
    Mismatch,
    /// The code exists and may not be used like this.
    CodeRule,
    /// The code exists and is better not used.
    CodeComment,
    /// What was sent makes no sense.
    InvalidData,
}

impl Kind {
    /// The kind's own code, and that of the issue.
    fn codes(self) -> (&'static str, &'static str) {
        match self {
            Kind::NotInValueSet => ("not-in-vs", "code-invalid"),
            Kind::ThisNotInValueSet => ("this-code-not-in-vs", "code-invalid"),
            Kind::InvalidCode => ("invalid-code", "code-invalid"),
            Kind::InvalidDisplay => ("invalid-display", "invalid"),
            Kind::NotFound => ("not-found", "not-found"),
            Kind::CannotInfer => ("cannot-infer", "not-found"),
            Kind::Mismatch => ("vs-invalid", "invalid"),
            Kind::CodeRule => ("code-rule", "business-rule"),
            Kind::CodeComment => ("code-comment", "business-rule"),
            Kind::InvalidData => ("invalid-data", "invalid"),
        }
    }

    fn severity(self) -> Severity {
        match self {
            Kind::ThisNotInValueSet => Severity::Information,
            Kind::CodeComment => Severity::Warning,
            _ => Severity::Error,
        }
    }
}

impl Finding {
    pub(super) fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self { severity: kind.severity(), kind, place: String::new(), text: text.into() }
    }

    pub(super) fn softened(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }

    /// Whether it says that something is not known here, and not that something is wrong.
    pub(super) fn is_about_the_unknown(&self) -> bool {
        self.kind == Kind::NotFound
    }

    fn issue(&self) -> Value {
        let (kind, code) = self.kind.codes();
        let coding = object([("system", ISSUE_TYPE.into()), ("code", kind.into())]);
        let details = object([("coding", vec![coding].into()), ("text", self.text.as_str().into())]);
        let mut issue = Object::new();
        issue.set("severity", self.severity.as_str());
        issue.set("code", code);
        issue.set("details", details);
        if !self.place.is_empty() {
            // Older readers know the place by `location` only.
            issue.set("location", vec![Value::from(self.place.as_str())]);
            issue.set("expression", vec![Value::from(self.place.as_str())]);
        }
        issue.into()
    }
}

/// A code that a fragment does not have, and the whole may.
pub(super) fn beyond_fragment(part: &Part, code: &str) -> Finding {
    let text = format!(
        "Unknown Code '{code}' in the CodeSystem '{}' version '{}' - note that the code system is labeled as a \
         fragment, so the code may be valid in some other fragment",
        part.system, part.version
    );
    Finding::new(Kind::InvalidCode, text).softened(Severity::Warning)
}

/// The parameters `message` and `issues`; the message tells the worst.
pub(super) fn told(found: &[Finding]) -> Vec<Value> {
    let Some(worst) = found.iter().map(|finding| finding.severity).max() else { return Vec::new() };
    let mut texts: Vec<&str> =
        found.iter().filter(|finding| finding.severity == worst).map(|it| it.text.as_str()).collect();
    texts.sort_unstable();
    let issues: Vec<Value> = found.iter().map(Finding::issue).collect();
    let outcome = object([("resourceType", "OperationOutcome".into()), ("issue", issues.into())]);
    vec![with_value("message", "valueString", texts.join("; ")), with_resource("issues", outcome)]
}
