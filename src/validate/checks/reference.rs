//! Has this reference the form of one?
//!
//! <https://hl7.org/fhir/R4/references.html#literal>: an absolute URL, `Type/id` with a type of R4, or `#`
//! and the id of a contained resource; in the entries of a transaction also a search. What it points to is
//! the walk's matter.

use fhir_profiles::Definitions;
use model::reference::Reference;
use model::{Code, Severity, Value};

use super::format::{excerpt, is_id};
use super::{Subject, text};
use crate::findings::Findings;
use crate::place::Place;

pub(crate) fn check(subject: &Subject<'_>, reference: &Value, place: &Place<'_>, findings: &mut Findings) {
    let Some(literal) = reference.text("reference") else { return };
    if literal.starts_with('#') || is_plain(literal) && reference.get("type").is_none() {
        return;
    }
    let broken = |what: &str| format!("`{}` is no reference: {what}", excerpt(literal));
    let known = |name: &str| Definitions::r4().resource_type(name).is_some();
    let told = reference
        .text("type")
        .map(|told| told.trim_start_matches("http://hl7.org/fhir/StructureDefinition/"));
    match Reference::parse(literal) {
        None => {
            let message = broken("an absolute URL, `Type/id` or `#` and an id is expected");
            findings.note(severity(subject, literal), Code::InvalidValue, place, message);
        }
        Some(Reference::Relative(target)) if !known(target.resource_type) => {
            let message = broken(&format!("there is no resource type `{}`", target.resource_type));
            findings.note(severity(subject, literal), Code::InvalidValue, place, message);
        }
        Some(Reference::Conditional { .. }) if !is_submitted(subject) => {
            findings.warning(Code::InvalidValue, place, broken("only transactions may refer by a search"));
        }
        Some(parsed) => {
            let implied = parsed.target().map(|target| target.resource_type).filter(|implied| known(implied));
            if let (Some(told), Some(implied)) = (told, implied)
                && told != implied
            {
                let message = format!("the reference says that it points to a {told}, and names a {implied}");
                findings.error(Code::ReferenceTarget, place, message);
            }
        }
    }
}

/// Whether a reference is no more than a type of R4 and an id, as most are.
fn is_plain(literal: &str) -> bool {
    let Some(slash) = literal.bytes().position(|byte| byte == b'/') else { return false };
    is_id(&literal[slash + 1..]) && Definitions::r4().resource_type(&literal[..slash]).is_some()
}

/// How bad a broken reference is: inside a Bundle it could only mean an entry, elsewhere it may mean
/// something to whoever made it. White space is in no URL.
fn severity(subject: &Subject<'_>, literal: &str) -> Severity {
    let is_within = text(subject.root, "resourceType") == Some("Bundle");
    if is_within || literal.contains(char::is_whitespace) { Severity::Error } else { Severity::Warning }
}

/// Whether the resource stands in a Bundle that asks for something to be done.
fn is_submitted(subject: &Subject<'_>) -> bool {
    matches!(text(subject.root, "type"), Some("transaction" | "batch"))
}
