//! What is said about a code that is not right?
//!
//! As an OperationOutcome beside the result, with the kinds of
//! <https://build.fhir.org/ig/HL7/fhir-tools-ig/CodeSystem-tx-issue-type.html> and the ids of the messages.

use model::parameters::{with_resource, with_value};
use model::value::object;
use model::{Object, Severity, Value};

use super::forms::{self, Form, Kind};
use crate::ValueSet;
use crate::standing::{Mark, Standing};

/// The code system of the kinds.
const ISSUE_TYPE: &str = "http://hl7.org/fhir/tools/CodeSystem/tx-issue-type";

/// The extension that tells a message by its id.
const MESSAGE_ID: &str = "http://hl7.org/fhir/StructureDefinition/operationoutcome-message-id";

/// One thing that is said.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) form: &'static Form,
    pub(super) severity: Severity,
    pub(super) place: String,
    pub(super) text: String,
}

impl Finding {
    pub(super) fn new(form: &'static Form, text: impl Into<String>) -> Self {
        Self { form, severity: form.severity, place: String::new(), text: text.into() }
    }

    pub(super) fn softened(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }

    /// Whether it says that something is not known here, and not that something is wrong.
    pub(super) fn is_about_the_unknown(&self) -> bool {
        self.form.kind == Kind::NotFound
    }

    fn issue(&self) -> Value {
        let (kind, code) = self.form.kind.codes();
        let coding = object([("system", ISSUE_TYPE.into()), ("code", kind.into())]);
        let details = object([("coding", vec![coding].into()), ("text", self.text.as_str().into())]);
        let mut issue = Object::new();
        if !self.form.id.is_empty() {
            let id = object([("url", MESSAGE_ID.into()), ("valueString", self.form.id.into())]);
            issue.set("extension", vec![id]);
        }
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

/// What speaks against the definitions that the answer rests on: the value set, those that it imports, and the
/// systems of the codings.
pub(super) fn warnings(value_set: &ValueSet, systems: &[&str]) -> Vec<Finding> {
    let own = value_set.standing.mark(value_set.standing);
    let own = own.map(|mark| warning(mark, "ValueSet", &value_set.canonical()));
    let concerned =
        value_set.drawn.iter().filter(|drawn| drawn.kind == "ValueSet" || systems.contains(&&*drawn.url));
    let drawn = concerned.filter_map(|drawn| {
        let mark = drawn.standing?.mark(value_set.standing)?;
        Some(warning(mark, drawn.kind, &drawn.canonical))
    });
    own.into_iter().chain(drawn).collect()
}

/// What speaks against a code system that is asked about itself.
pub(super) fn warning_of_system(standing: Standing, canonical: &str) -> Option<Finding> {
    standing.mark(Standing::default()).map(|mark| warning(mark, "CodeSystem", canonical))
}

fn warning(mark: Mark, kind: &str, canonical: &str) -> Finding {
    let form = match mark {
        Mark::Deprecated => &forms::MARKED_DEPRECATED,
        Mark::Withdrawn => &forms::MARKED_WITHDRAWN,
        Mark::Retired => &forms::MARKED_RETIRED,
        Mark::Experimental => &forms::MARKED_EXPERIMENTAL,
        Mark::Draft => &forms::MARKED_DRAFT,
    };
    Finding::new(form, format!("Reference to {} {kind} {canonical}", mark.as_str()))
}

/// The parameters `message` and `issues`; the message repeats what decides, in the order of the alphabet.
pub(super) fn told(found: &[Finding]) -> Vec<Value> {
    if found.is_empty() {
        return Vec::new();
    }
    let repeated = found.iter().filter(|it| it.form.is_repeated || it.severity == Severity::Error);
    let mut texts: Vec<&str> = repeated.map(|it| it.text.as_str()).collect();
    texts.sort_unstable();
    texts.dedup();
    let message = (!texts.is_empty()).then(|| with_value("message", "valueString", texts.join("; ")));
    let issues: Vec<Value> = found.iter().map(Finding::issue).collect();
    let outcome = object([("resourceType", "OperationOutcome".into()), ("issue", issues.into())]);
    message.into_iter().chain([with_resource("issues", outcome)]).collect()
}
