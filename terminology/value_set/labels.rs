//! What does a value set say of single codes?
//!
//! Names of its own, and that a code is better not used although it is in the value set:
//! <https://hl7.org/fhir/R4/valueset-definitions.html#ValueSet.compose.include.concept>,
//! <https://hl7.org/fhir/R4/extension-valueset-deprecated.html>.

use std::collections::HashMap;

use model::Value;

use super::{Label, OwnDesignation};
use crate::code_system::read_purpose;
use crate::standing::standards_status;
use crate::tree::items;

/// The extension that marks a code as deprecated in the value set.
const DEPRECATED: &str = "http://hl7.org/fhir/StructureDefinition/valueset-deprecated";

/// What is said of the codes that an include lists, or an expansion.
pub(super) fn labels<'v>(concepts: impl IntoIterator<Item = &'v Value>) -> HashMap<Box<str>, Label> {
    let mut labels = HashMap::new();
    for concept in concepts {
        let designations = items(concept, "designation").iter();
        let label = Label {
            display: concept.text("display").map(Box::from),
            designations: designations.map(designation).collect(),
            status: status(concept).map(Box::from),
        };
        let Some(code) = concept.text("code") else { continue };
        if label.display.is_some() || !label.designations.is_empty() || label.status.is_some() {
            labels.entry(code.into()).or_insert(label);
        }
    }
    labels
}

fn designation(written: &Value) -> OwnDesignation {
    OwnDesignation {
        language: written.text("language").unwrap_or_default().into(),
        purpose: written.get("use").map(read_purpose).unwrap_or_default().into(),
        value: written.text("value").unwrap_or_default().into(),
    }
}

/// Why the code is better not used although it is here.
fn status(concept: &Value) -> Option<&str> {
    let marks = |it: &Value| it.text("url") == Some(DEPRECATED);
    let is_marked = || items(concept, "extension").iter().any(marks);
    let standards = standards_status(concept).filter(|status| matches!(*status, "deprecated" | "withdrawn"));
    standards.or_else(|| is_marked().then_some("deprecated"))
}
