//! Does the identifier name its system in the way identifiers must?
//!
//! <https://hl7.org/fhir/R4/datatypes.html#Identifier>: the system is an absolute URI, and a value that is a
//! URI itself stands in the system `urn:ietf:rfc:3986`.

use model::{Code, Value};

use super::Subject;
use super::format::{excerpt, is_absolute};
use crate::findings::Findings;
use crate::place::Place;

pub(crate) fn check(_: &Subject<'_>, identifier: &Value, place: &Place<'_>, findings: &mut Findings) {
    let Some(system) = identifier.text("system") else { return };
    if !is_absolute(system) {
        let message =
            format!("`{}` is no system of identifiers: an absolute URI is expected", excerpt(system));
        return findings.error(Code::InvalidValue, &place.child("system"), message);
    }
    let value = identifier.text("value").unwrap_or_default();
    if system == "urn:ietf:rfc:3986" && !value.is_empty() && !is_absolute(value) {
        let message = "a value in the system of URIs should be a URI with its scheme";
        findings.warning(Code::InvalidValue, &place.child("value"), message);
    }
}
