//! How do loaders tell what a concept is?
//!
//! The properties of <https://hl7.org/fhir/R4/codesystem.html#properties> that every release has, in few words;
//! what a release leaves empty is not told.

use crate::code_system::{Builder, Designation, Kind, Property};

/// A property that is text.
pub(super) fn text<'a>(code: &'a str, value: &'a str) -> Property<'a> {
    Property { code, kind: Kind::Text, value, system: "" }
}

/// A property that is a code of the same system.
pub(super) fn code<'a>(code: &'a str, value: &'a str) -> Property<'a> {
    Property { code, kind: Kind::Code, value, system: "" }
}

/// A property that is true or false.
pub(super) fn boolean(code: &str, value: bool) -> Property<'_> {
    Property { code, kind: Kind::Boolean, value: if value { "true" } else { "false" }, system: "" }
}

/// Gives a concept a property, unless it is empty.
pub(super) fn tell(builder: &mut Builder, place: u32, property: Property<'_>) -> Result<(), String> {
    if property.value.is_empty() { Ok(()) } else { builder.describe(place, property) }
}

/// Gives a concept another name, unless it is empty.
pub(super) fn call(builder: &mut Builder, place: u32, name: Designation<'_>) -> Result<(), String> {
    if name.value.is_empty() { Ok(()) } else { builder.designate(place, name) }
}

/// A day as `YYYY-MM-DD` from one as `YYYYMMDD`; none from anything else.
pub(super) fn day(written: &str) -> Option<String> {
    let is_day = written.len() == 8 && written.bytes().all(|byte| byte.is_ascii_digit());
    is_day.then(|| format!("{}-{}-{}", &written[..4], &written[4..6], &written[6..]))
}
