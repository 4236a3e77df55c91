//! How are complaints told to a client?
//!
//! Issues as an OperationOutcome: <https://hl7.org/fhir/R4/operationoutcome.html>.

use crate::issue::{Convention, Issue, Severity};
use crate::value::{Object, Value, object};

/// The code system of [`crate::Code`].
pub const ISSUE_SYSTEM: &str = "urn:brigid:issue";

/// Makes an OperationOutcome; without any issue it says that all went well.
pub fn outcome(issues: &[Issue]) -> Value {
    let told = if issues.is_empty() { vec![all_ok()] } else { issues.iter().map(tell).collect() };
    object([("resourceType", "OperationOutcome".into()), ("issue", Value::Array(told))])
}

fn all_ok() -> Value {
    let severity = Severity::Information.as_str();
    object([
        ("severity", severity.into()),
        ("code", "informational".into()),
        ("diagnostics", "all ok".into()),
    ])
}

/// As a convention tells it: the message is the text, and old readers know the place by `location`.
fn tell_by(issue: &Issue, convention: &Convention) -> Value {
    let mut details = Object::with_capacity(2);
    if !convention.code.is_empty() {
        let coding = object([("system", convention.system.into()), ("code", convention.code.into())]);
        details.set("coding", vec![coding]);
    }
    details.set("text", issue.message.as_str());
    let mut told = Object::with_capacity(5);
    told.set("severity", issue.severity.as_str());
    told.set("code", convention.issue_type);
    told.set("details", details);
    if let Some(expression) = &issue.expression {
        told.set("location", vec![Value::from(expression.as_str())]);
        told.set("expression", vec![Value::from(expression.as_str())]);
    }
    told.into()
}

fn tell(issue: &Issue) -> Value {
    if let Some(convention) = &issue.convention {
        return tell_by(issue, convention);
    }
    let coding = object([("system", ISSUE_SYSTEM.into()), ("code", issue.code.as_str().into())]);
    let details = object([("coding", Value::Array(vec![coding])), ("text", issue.code.meaning().into())]);
    let mut told = Object::with_capacity(6);
    if let Some((line, column)) = issue.line {
        let place = [("line", line), ("col", column)].map(|(name, number)| {
            let url = format!("http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-{name}");
            object([("url", url.into()), ("valueInteger", (number as u64).into())])
        });
        told.set("extension", place.to_vec());
    }
    told.set("severity", issue.severity.as_str());
    told.set("code", issue.code.issue_type());
    told.set("details", details);
    told.set("diagnostics", diagnostics(issue));
    if let Some(expression) = &issue.expression {
        told.set("expression", vec![Value::from(expression.as_str())]);
    }
    told.into()
}

fn diagnostics(issue: &Issue) -> String {
    match issue.line {
        Some((line, column)) => format!("{} (line {line}, column {column})", issue.message),
        None => issue.message.clone(),
    }
}
