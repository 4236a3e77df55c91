//! Which part of the server does a path name?
//!
//! The paths of <https://hl7.org/fhir/R4/http.html#Http-Summary>, relative to the FHIR base, as a URL
//! and as `Bundle.entry.request.url` give them.

use fhir_profiles::Definitions;
use model::{Code, Id, Issue, Key, ResourceType, Text, VersionId};

use crate::operation::Target;

/// The types that have a compartment: <https://hl7.org/fhir/R4/compartmentdefinition.html>.
const COMPARTMENTS: [&str; 5] = ["Device", "Encounter", "Patient", "Practitioner", "RelatedPerson"];

/// A path, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The FHIR base itself.
    Base,
    /// `metadata`
    Metadata,
    /// `_history`
    SystemHistory,
    /// `Patient`
    Type(ResourceType),
    /// `Patient/_history`
    TypeHistory(ResourceType),
    /// `_search`
    SystemSearch,
    /// `Patient/_search`
    TypeSearch(ResourceType),
    /// `Patient/7/Observation`, or `Patient/7/*` for all types
    Compartment(Key, Option<ResourceType>),
    /// `Patient/7/Observation/_search`, `Patient/7/*/_search`, `Patient/7/_search`
    CompartmentSearch(Key, Option<ResourceType>),
    /// `Patient/7`
    Instance(Key),
    /// `Patient/7/_history`
    InstanceHistory(Key),
    /// `Patient/7/_history/2`
    Version(Key, VersionId),
    /// `$validate`, `Patient/$validate`, `Patient/7/$validate`; the name without `$`
    Operation(Target, Text),
}

/// The form of a place, without the names in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The FHIR base itself.
    Base,
    /// `metadata`
    Metadata,
    /// `_history`
    SystemHistory,
    /// `[type]`
    Type,
    /// `[type]/_history`
    TypeHistory,
    /// `_search`
    SystemSearch,
    /// `[type]/_search`
    TypeSearch,
    /// `[compartment]/[id]/[type]`
    Compartment,
    /// `[compartment]/[id]/[type]/_search`
    CompartmentSearch,
    /// `[type]/[id]`
    Instance,
    /// `[type]/[id]/_history`
    InstanceHistory,
    /// `[type]/[id]/_history/[vid]`
    Version,
    /// `$[name]`, `[type]/$[name]`, `[type]/[id]/$[name]`
    Operation,
}

impl Place {
    /// The form of this place.
    pub fn shape(&self) -> Shape {
        match self {
            Place::Base => Shape::Base,
            Place::Metadata => Shape::Metadata,
            Place::SystemHistory => Shape::SystemHistory,
            Place::Type(_) => Shape::Type,
            Place::TypeHistory(_) => Shape::TypeHistory,
            Place::SystemSearch => Shape::SystemSearch,
            Place::TypeSearch(_) => Shape::TypeSearch,
            Place::Compartment(..) => Shape::Compartment,
            Place::CompartmentSearch(..) => Shape::CompartmentSearch,
            Place::Instance(_) => Shape::Instance,
            Place::InstanceHistory(_) => Shape::InstanceHistory,
            Place::Version(..) => Shape::Version,
            Place::Operation(..) => Shape::Operation,
        }
    }

    /// The resource type that is named, if one is.
    pub fn resource_type(&self) -> Option<ResourceType> {
        match self {
            Place::Base | Place::Metadata | Place::SystemHistory | Place::SystemSearch => None,
            Place::Type(resource_type)
            | Place::TypeHistory(resource_type)
            | Place::TypeSearch(resource_type) => Some(*resource_type),
            Place::Compartment(_, resource_type) | Place::CompartmentSearch(_, resource_type) => {
                *resource_type
            }
            Place::Instance(key) | Place::InstanceHistory(key) | Place::Version(key, _) => {
                Some(key.resource_type)
            }
            Place::Operation(target, _) => target.resource_type(),
        }
    }
}

/// Understands a path below the FHIR base, without its leading slash and its query.
pub fn parse_place(path: &str, definitions: &Definitions) -> Result<Place, Issue> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let mut segments = path.split('/');
    let first = segments.next().unwrap_or_default();
    let rest = [segments.next(), segments.next(), segments.next()];
    if segments.next().is_some() {
        return Err(unknown_path(path));
    }
    match (first, rest) {
        ("", [None, ..]) => Ok(Place::Base),
        ("metadata", [None, ..]) => Ok(Place::Metadata),
        ("_history", [None, ..]) => Ok(Place::SystemHistory),
        ("_search", [None, ..]) => Ok(Place::SystemSearch),
        (name, [None, ..]) if operation(name).is_some() => {
            Ok(Place::Operation(Target::System, operation(name).unwrap_or_default()))
        }
        (name, rest) => {
            let resource_type = known_type(name, path, definitions)?;
            let found = below_type(resource_type, rest);
            let found = found.or_else(|| in_compartment(resource_type, rest, definitions));
            found.unwrap_or_else(|| Err(unknown_path(path)))
        }
    }
}

fn below_type(resource_type: ResourceType, rest: [Option<&str>; 3]) -> Option<Result<Place, Issue>> {
    Some(match rest {
        [None, ..] => Ok(Place::Type(resource_type)),
        [Some("_history"), None, _] => Ok(Place::TypeHistory(resource_type)),
        [Some("_search"), None, _] => Ok(Place::TypeSearch(resource_type)),
        [Some(name), None, _] if let Some(name) = operation(name) => {
            Ok(Place::Operation(Target::Type(resource_type), name))
        }
        [Some(id), Some(name), None] if let Some(name) = operation(name) => {
            key(resource_type, id)?.map(|key| Place::Operation(Target::Instance(key), name))
        }
        [Some(id), None, _] => key(resource_type, id)?.map(Place::Instance),
        [Some(id), Some("_history"), None] => key(resource_type, id)?.map(Place::InstanceHistory),
        [Some(id), Some("_history"), Some(version)] => key(resource_type, id)?.and_then(|key| {
            let wrong =
                || Issue::error(Code::VersionNotFound, format!("`{version}` is not a version of {key}"));
            let version = VersionId::parse(version).ok_or_else(wrong)?;
            Ok(Place::Version(key, version))
        }),
        _ => return None,
    })
}

/// What is searched below a resource that has a compartment.
fn in_compartment(
    resource_type: ResourceType,
    rest: [Option<&str>; 3],
    definitions: &Definitions,
) -> Option<Result<Place, Issue>> {
    let [Some(id), Some(searched), ending] = rest else { return None };
    if !COMPARTMENTS.contains(&resource_type.as_str()) || !matches!(ending, None | Some("_search")) {
        return None;
    }
    let searched = match (searched, ending) {
        ("*", _) | ("_search", None) => None,
        (name, _) if name.starts_with(|first: char| first.is_ascii_uppercase()) => {
            match known_type(name, name, definitions) {
                Ok(known) => Some(known),
                Err(unknown) => return Some(Err(unknown)),
            }
        }
        _ => return None,
    };
    let is_sent = ending.is_some() || rest[1] == Some("_search");
    Some(key(resource_type, id)?.map(|key| match is_sent {
        true => Place::CompartmentSearch(key, searched),
        false => Place::Compartment(key, searched),
    }))
}

fn known_type(name: &str, path: &str, definitions: &Definitions) -> Result<ResourceType, Issue> {
    definitions.resource_type(name).ok_or_else(|| {
        if name.starts_with(|first: char| first.is_ascii_uppercase()) {
            Issue::error(Code::UnknownType, format!("`{name}` is not a resource type of FHIR R4"))
        } else {
            unknown_path(path)
        }
    })
}

/// None for names that cannot be ids because they name something else (`_search`, `$everything`).
fn key(resource_type: ResourceType, id: &str) -> Option<Result<Key, Issue>> {
    if id.is_empty() || id.starts_with(['_', '$']) {
        return None;
    }
    Some(match Id::parse(id) {
        Some(id) => Ok(Key::new(resource_type, id)),
        None => Err(Issue::error(
            Code::InvalidId,
            format!("`{id}` is not an id: 1 to 64 letters, digits, `-` and `.` are expected"),
        )),
    })
}

/// The name behind a `$`.
fn operation(segment: &str) -> Option<Text> {
    segment.strip_prefix('$').filter(|name| !name.is_empty()).map(Text::from)
}

fn unknown_path(path: &str) -> Issue {
    Issue::error(Code::UnknownPath, format!("nothing is found at `{path}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expected: Result<(Shape, Option<&str>), Code>) {
        let found = parse_place(path, Definitions::r4());
        let told = found.as_ref().map(|place| (place.shape(), place.resource_type().map(|it| it.as_str())));
        assert_eq!(told.map_err(|issue| issue.code), expected, "{path}");
    }

    #[test]
    fn a_path_names_what_can_be_searched() {
        check("_search", Ok((Shape::SystemSearch, None)));
        check("Patient/_search", Ok((Shape::TypeSearch, Some("Patient"))));
        check("Patient/7/Observation", Ok((Shape::Compartment, Some("Observation"))));
        check("Patient/7/*", Ok((Shape::Compartment, None)));
        check("Patient/7/Observation/_search", Ok((Shape::CompartmentSearch, Some("Observation"))));
        check("Patient/7/*/_search", Ok((Shape::CompartmentSearch, None)));
        check("Patient/7/_search", Ok((Shape::CompartmentSearch, None)));
    }

    #[test]
    fn a_path_that_only_looks_like_a_search_is_refused() {
        check("_search/Patient", Err(Code::UnknownPath));
        check("Patient/_search/7", Err(Code::UnknownPath));
        check("Patient/7/_search/_search", Err(Code::UnknownPath));
        check("Patient/7/Observation/8", Err(Code::UnknownPath));
        check("Patient/7/Observation/_search/x", Err(Code::UnknownPath));
        check("Patient/7/observation", Err(Code::UnknownPath));
        check("Patient/7/Hovercraft", Err(Code::UnknownType));
        check("Patient/a b/Observation", Err(Code::InvalidId));
        check("Medication/7/Observation", Err(Code::UnknownPath));
    }
}
