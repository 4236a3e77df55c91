//! Is this canonical absolute, as canonicals are?
//!
//! <https://hl7.org/fhir/R4/references.html#canonical>. Some fifty of R4's own examples name definitions by
//! type and id instead, which no server resolves as a canonical, so it is worth a warning and no error.

use model::{Code, Value};

use super::Subject;
use super::format::{excerpt, is_absolute};
use crate::findings::Findings;
use crate::place::Place;

pub(crate) fn check(_: &Subject<'_>, canonical: &Value, place: &Place<'_>, findings: &mut Findings) {
    let Some(text) = canonical.as_str() else { return };
    if !text.starts_with('#') && !is_absolute(text) {
        let message =
            format!("`{}` is no canonical: an absolute URL or `#` and an id is expected", excerpt(text));
        findings.warning(Code::InvalidValue, place, message);
    }
}
