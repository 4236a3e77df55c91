//! How far is a definition to be relied on?
//!
//! By its `status`, by `experimental` and by its standards status:
//! <https://hl7.org/fhir/R4/extension-structuredefinition-standards-status.html>. A draft that draws on drafts knows what
//! it does.

use model::Value;

use crate::tree::{is_true, items};

/// The extension that tells the standards status.
const STANDARDS_STATUS: &str = "http://hl7.org/fhir/StructureDefinition/structuredefinition-standards-status";

/// What a definition says of its own standing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    worst: Option<Mark>,
    is_experimental: bool,
    is_draft: bool,
}

/// A reason not to rely on a definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Deprecated,
    Withdrawn,
    Retired,
    Experimental,
    Draft,
}

impl Standing {
    /// Of a definition.
    pub(crate) fn of(definition: &Value) -> Self {
        let standards = standards_status(definition);
        let status = definition.text("status");
        Self {
            worst: match (standards, status) {
                (Some("deprecated"), _) => Some(Mark::Deprecated),
                (Some("withdrawn"), _) => Some(Mark::Withdrawn),
                (_, Some("retired")) => Some(Mark::Retired),
                _ => None,
            },
            is_experimental: is_true(definition, "experimental"),
            is_draft: [standards, status].contains(&Some("draft")),
        }
    }

    /// What speaks against it where a definition of another standing draws on it.
    pub(crate) fn mark(self, within: Standing) -> Option<Mark> {
        let experimental = (self.is_experimental && !within.is_experimental).then_some(Mark::Experimental);
        let draft = (self.is_draft && !within.is_draft).then_some(Mark::Draft);
        self.worst.or(experimental).or(draft)
    }
}

impl Mark {
    /// The word for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Mark::Deprecated => "deprecated",
            Mark::Withdrawn => "withdrawn",
            Mark::Retired => "retired",
            Mark::Experimental => "experimental",
            Mark::Draft => "draft",
        }
    }
}

/// The standards status of a definition or of a part of one.
pub(crate) fn standards_status(element: &Value) -> Option<&str> {
    let mut extensions = items(element, "extension").iter();
    extensions.find(|it| it.text("url") == Some(STANDARDS_STATUS))?.text("valueCode")
}
