//! Which rules does the text state about datatypes, wherever they stand?
//!
//! One line each; the walk asks once for each element of a definition which of them it must keep:
//! <https://hl7.org/fhir/R4/datatypes.html>.

use model::Value;

use super::{Subject, attachment, canonical, coding, identifier, narrative, reference};
use crate::findings::Findings;
use crate::place::Place;

/// A rule about elements of one type.
pub(crate) type ByType = fn(&Subject<'_>, &Value, &Place<'_>, &mut Findings);

static ALL: &[(&str, ByType)] = &[
    ("Reference", reference::check),
    ("canonical", canonical::check),
    ("Coding", coding::check),
    ("Identifier", identifier::check),
    ("Attachment", attachment::check),
    ("xhtml", narrative::check),
];

/// The rule that elements of this type keep, if there is one.
pub(crate) fn of_type(type_name: &str) -> Option<ByType> {
    ALL.iter().find(|(known, _)| *known == type_name).map(|(_, check)| *check)
}
