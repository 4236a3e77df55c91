//! Are there as many as there must and may be?
//!
//! <https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.min>

use model::{Code, Object, Value};

use crate::place::Place;
use crate::profile::{Element, Member};
use crate::walk::{Against, Source, Walk};

impl Walk<'_> {
    /// Complains of each element that must be there and is not.
    pub(crate) fn required(&mut self, against: Against<'_>, object: &Object, place: &Place<'_>) {
        for child in &against.element.required {
            let element = &against.profile.elements[child.element];
            if against.source == Source::Profile && !element.news.min {
                continue;
            }
            let found = child.names.iter().map(|name| count(object, name)).sum();
            if element.min > found {
                self.too_few(against, element, found, place);
            }
        }
    }

    pub(crate) fn too_few(&mut self, against: Against<'_>, element: &Element, found: u32, place: &Place<'_>) {
        let (name, min) = (named(element), element.min);
        let message = format!(
            "at least {min} of {name} must be there, and {found} are ({})",
            against.profile.canonical()
        );
        self.findings.error(Code::Cardinality, place, message);
    }

    pub(crate) fn too_many(
        &mut self,
        against: Against<'_>,
        element: &Element,
        found: u32,
        place: &Place<'_>,
    ) {
        let (name, max) = (named(element), element.max.unwrap_or(u32::MAX));
        let message = format!(
            "at most {max} of {name} may be there, and {found} are ({})",
            against.profile.canonical()
        );
        self.findings.error(Code::Cardinality, place, message);
    }

    /// Complains when a profile allows fewer than there are.
    pub(crate) fn at_most(
        &mut self,
        against: Against<'_>,
        element: &Element,
        value: Option<&Value>,
        place: &Place<'_>,
    ) {
        let found = value.map_or(0, length);
        if element.news.max && element.max.is_some_and(|max| found > max) {
            self.too_many(against, element, found, place);
        }
    }

    /// Complains when a choice has been made twice; `chosen` are the bits of those that have been made.
    pub(crate) fn once(&mut self, member: &Member, chosen: &mut u64, place: &Place<'_>) {
        if *chosen & member.bit != 0 {
            let stem = member.shown.split('.').next().unwrap_or_default();
            let message = format!("`{stem}` may be there once, with one of its types");
            self.findings.error(Code::Cardinality, place, message);
        }
        *chosen |= member.bit;
    }
}

/// The element as a definition calls it, with the name of the slice.
fn named(element: &Element) -> String {
    match &element.slice_name {
        Some(slice) => format!("`{}`, slice `{slice}`,", element.path),
        None => format!("`{}`", element.path),
    }
}

fn count(object: &Object, name: &str) -> u32 {
    let beside = || {
        let beside = object.iter().find(|(beside, _)| beside.strip_prefix('_') == Some(name));
        beside.map_or(0, |(_, companion)| length(companion))
    };
    object.get(name).map_or_else(beside, length)
}

fn length(value: &Value) -> u32 {
    match value {
        Value::Array(items) => u32::try_from(items.len()).unwrap_or(u32::MAX),
        _ => 1,
    }
}
