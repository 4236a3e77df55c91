//! What can be said about a code?
//!
//! The messages of the HL7 terminology ecosystem by their published ids, each with its kind and how bad it is:
//! <https://build.fhir.org/ig/HL7/fhir-tx-ecosystem-ig/>.

use model::Severity;

/// A message that can be said.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// Its published id.
    pub(super) id: &'static str,
    pub(super) kind: Kind,
    pub(super) severity: Severity,
    /// Whether the parameter `message` repeats it; what is an error always is.
    pub(super) is_repeated: bool,
}

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// A version is used that the request does not allow.
    Version,
    /// The code exists and may not be used like this.
    CodeRule,
    /// The code exists and is better not used.
    CodeComment,
    /// A definition is not to be relied on.
    Standing,
    /// What was sent makes no sense.
    InvalidData,
}

impl Kind {
    /// The kind's own code, and that of the issue.
    pub(super) fn codes(self) -> (&'static str, &'static str) {
        match self {
            Kind::NotInValueSet => ("not-in-vs", "code-invalid"),
            Kind::ThisNotInValueSet => ("this-code-not-in-vs", "code-invalid"),
            Kind::InvalidCode => ("invalid-code", "code-invalid"),
            Kind::InvalidDisplay => ("invalid-display", "invalid"),
            Kind::NotFound => ("not-found", "not-found"),
            Kind::CannotInfer => ("cannot-infer", "not-found"),
            Kind::Mismatch => ("vs-invalid", "invalid"),
            Kind::Version => ("version-error", "exception"),
            Kind::CodeRule => ("code-rule", "business-rule"),
            Kind::CodeComment => ("code-comment", "business-rule"),
            Kind::Standing => ("status-check", "business-rule"),
            Kind::InvalidData => ("invalid-data", "invalid"),
        }
    }
}

const fn error(id: &'static str, kind: Kind) -> Form {
    Form { id, kind, severity: Severity::Error, is_repeated: true }
}

const fn warning(id: &'static str, kind: Kind) -> Form {
    Form { id, kind, severity: Severity::Warning, is_repeated: false }
}

const fn information(id: &'static str, kind: Kind) -> Form {
    Form { id, kind, severity: Severity::Information, is_repeated: false }
}

/// The same form, said in `message` too.
const fn repeated(form: Form) -> Form {
    Form { is_repeated: true, ..form }
}

pub(super) static NOT_IN: Form =
    error("None_of_the_provided_codes_are_in_the_value_set_one", Kind::NotInValueSet);
pub(super) static THIS_NOT_IN: Form =
    information("None_of_the_provided_codes_are_in_the_value_set_one", Kind::ThisNotInValueSet);
pub(super) static NONE_IN: Form = error("TX_GENERAL_CC_ERROR_MESSAGE", Kind::NotInValueSet);

pub(super) static UNKNOWN_CODE: Form = error("Unknown_Code_in", Kind::InvalidCode);
pub(super) static UNKNOWN_CODE_IN_VERSION: Form = error("Unknown_Code_in_Version", Kind::InvalidCode);
pub(super) static BEYOND_FRAGMENT: Form = warning("UNKNOWN_CODE_IN_FRAGMENT", Kind::InvalidCode);
pub(super) static OTHER_CASE: Form = information("CODE_CASE_DIFFERENCE", Kind::CodeRule);

pub(super) static WRONG_DISPLAY: Form =
    error("Display_Name_for__should_be_one_of__instead_of", Kind::InvalidDisplay);
pub(super) static WRONG_SPACE: Form =
    error("Display_Name_WS_for__should_be_one_of__instead_of", Kind::InvalidDisplay);
pub(super) static NO_DISPLAY_AND_WRONG: Form =
    error("NO_VALID_DISPLAY_FOUND_NONE_FOR_LANG_ERR", Kind::InvalidDisplay);
pub(super) static NO_DISPLAY_AND_RIGHT: Form =
    repeated(information("NO_VALID_DISPLAY_FOUND_NONE_FOR_LANG_OK", Kind::InvalidDisplay));

pub(super) static NO_VALUE_SET: Form = error("Unable_to_resolve_value_Set_", Kind::NotFound);
pub(super) static UNKNOWN_SYSTEM: Form = error("UNKNOWN_CODESYSTEM", Kind::NotFound);
pub(super) static UNKNOWN_VERSION: Form = error("UNKNOWN_CODESYSTEM_VERSION", Kind::NotFound);
pub(super) static NO_VERSION: Form = error("UNKNOWN_CODESYSTEM_VERSION_NONE", Kind::NotFound);
/// Something else that is not known; the ecosystem has no message for it.
pub(super) static NOT_KNOWN: Form = error("", Kind::NotFound);

pub(super) static MISMATCH: Form = error("VALUESET_VALUE_MISMATCH", Kind::Mismatch);
pub(super) static MISMATCH_CHANGED: Form = error("VALUESET_VALUE_MISMATCH_CHANGED", Kind::Mismatch);
pub(super) static MISMATCH_OPEN: Form = warning("VALUESET_VALUE_MISMATCH_DEFAULT", Kind::Mismatch);
pub(super) static WRONG_VERSION: Form = error("VALUESET_VERSION_CHECK", Kind::Version);

pub(super) static ABSTRACT: Form = error("ABSTRACT_CODE_NOT_ALLOWED", Kind::CodeRule);
pub(super) static NOT_ACTIVE: Form = error("STATUS_CODE_WARNING_CODE", Kind::CodeRule);
pub(super) static INACTIVE: Form = repeated(warning("INACTIVE_CONCEPT_FOUND", Kind::CodeComment));
pub(super) static DEPRECATED: Form = repeated(warning("DEPRECATED_CONCEPT_FOUND", Kind::CodeComment));
pub(super) static DEPRECATED_HERE: Form = warning("CONCEPT_DEPRECATED_IN_VALUESET", Kind::CodeComment);

pub(super) static MARKED_DEPRECATED: Form = information("MSG_DEPRECATED", Kind::Standing);
pub(super) static MARKED_WITHDRAWN: Form = information("MSG_WITHDRAWN", Kind::Standing);
pub(super) static MARKED_RETIRED: Form = information("MSG_RETIRED", Kind::Standing);
pub(super) static MARKED_EXPERIMENTAL: Form = information("MSG_EXPERIMENTAL", Kind::Standing);
pub(super) static MARKED_DRAFT: Form = information("MSG_DRAFT", Kind::Standing);

pub(super) static CANNOT_INFER: Form = error("UNABLE_TO_INFER_CODESYSTEM", Kind::CannotInfer);
pub(super) static MANY_SYSTEMS: Form =
    error("Unable_to_resolve_system__value_set_has_multiple_matches", Kind::CannotInfer);
pub(super) static NO_SYSTEM: Form =
    repeated(warning("Coding_has_no_system__cannot_validate", Kind::InvalidData));
pub(super) static RELATIVE_SYSTEM: Form = error("Terminology_TX_System_Relative", Kind::InvalidData);
pub(super) static SYSTEM_IS_VALUE_SET: Form = error("Terminology_TX_System_ValueSet2", Kind::InvalidData);
pub(super) static SYSTEM_IS_SUPPLEMENT: Form = error("CODESYSTEM_CS_NO_SUPPLEMENT", Kind::InvalidData);
/// Something is missing in what was sent; the ecosystem has no message for it.
pub(super) static INCOMPLETE: Form = error("", Kind::InvalidData);
