//! What goes along with what is found?
//!
//! `_include=Observation:subject:Patient`, `_revinclude:iterate=Provenance:target`, `*`:
//! <https://hl7.org/fhir/R4/search.html#include>.

use fhir_profiles::Definitions;
use model::ResourceType;

use super::chain::{leads_to, reference, type_called};
use super::clause::{shown, unknown_modifier};
use super::refusal::{Ground, Refusal};
use crate::catalogue::{Kind, Parameter};
use crate::query::{Include, Iterate, Way};

/// What stands for every type or every reference.
const ANY: &str = "*";

/// Which references are meant.
struct Wanted<'v> {
    way: Way,
    iterate: Iterate,
    /// The type that refers; none for any.
    source: Option<ResourceType>,
    /// The reference; none for any.
    code: Option<&'v str>,
    target: Option<ResourceType>,
}

/// The modifier of `_include` and `_revinclude`.
pub(super) fn iterate(name: &str, modifier: Option<&str>) -> Result<Iterate, Refusal> {
    match modifier {
        None => Ok(Iterate::Once),
        // `recurse` is what STU3 called it.
        Some("iterate" | "recurse") => Ok(Iterate::Again),
        Some(modifier) => Err(unknown_modifier(name, modifier, "`iterate` is known")),
    }
}

/// What a value asks to include, beside resources of `types`.
pub(super) fn parse(
    value: &str,
    (way, iterate): (Way, Iterate),
    types: &[ResourceType],
    ground: &Ground<'_>,
) -> Result<Vec<Include>, Refusal> {
    let wanted = wanted(value, way, iterate)?;
    check_reach(&wanted, value, types)?;
    if let (Some(source), Some(code)) = (wanted.source, wanted.code) {
        return named(code, source, &wanted, types, ground).map(|include| vec![include]);
    }
    let sources = match (wanted.source, way, iterate) {
        (Some(source), _, _) => vec![source],
        (None, Way::Forwards, Iterate::Once) => types.to_vec(),
        (None, _, _) => Definitions::r4().resource_types().to_vec(),
    };
    let includes: Vec<_> =
        sources.into_iter().filter_map(|source| all_of(source, &wanted, types, ground)).collect();
    if includes.is_empty() {
        return Err(Refusal::value(format!("`{}`: no reference leads there", shown(value))));
    }
    Ok(includes)
}

fn wanted(value: &str, way: Way, iterate: Iterate) -> Result<Wanted<'_>, Refusal> {
    let parts: Vec<_> = value.split(':').collect();
    let (source, code, target) = match parts.as_slice() {
        [ANY] => (None, None, None),
        [source, code] => (Some(*source), Some(*code), None),
        [source, code, target] => (Some(*source), Some(*code), Some(*target)),
        _ => {
            let value = shown(value);
            let message =
                format!("`{value}`: `[type]:[reference]`, `[type]:[reference]:[type]` or `*` is expected");
            return Err(Refusal::value(message));
        }
    };
    let source = source.filter(|it| *it != ANY).map(type_called).transpose()?;
    let code = code.filter(|it| *it != ANY);
    if let (None, Some(code)) = (source, code) {
        let message = format!("`{ANY}:{}`: the type that refers is expected before a reference", shown(code));
        return Err(Refusal::value(message));
    }
    let target = target.filter(|it| *it != ANY).map(type_called).transpose()?;
    Ok(Wanted { way, iterate, source, code, target })
}

/// Whether what is found is at the end of the reference that is looked from, as it must be unless what was
/// included is looked from, too.
fn check_reach(wanted: &Wanted<'_>, value: &str, types: &[ResourceType]) -> Result<(), Refusal> {
    let from = match wanted.way {
        Way::Forwards => wanted.source,
        Way::Backwards => wanted.target,
    };
    match from {
        Some(from) if wanted.iterate == Iterate::Once && !types.contains(&from) => {
            let from = from.as_str();
            let message = format!(
                "`{}`: {from} is not searched; `:iterate` looks from what was included, too",
                shown(value)
            );
            Err(Refusal::value(message))
        }
        _ => Ok(()),
    }
}

/// By one parameter.
fn named(
    code: &str,
    source: ResourceType,
    wanted: &Wanted<'_>,
    types: &[ResourceType],
    ground: &Ground<'_>,
) -> Result<Include, Refusal> {
    let parameter = reference(code, source, ground.surroundings.catalogue)?;
    if let Some(target) = wanted.target {
        leads_to(parameter, target)?;
    }
    if !reaches(parameter, wanted, types) {
        let (code, source) = (&parameter.code, source.as_str());
        let message = format!("`{code}` of {source} never refers to what is searched");
        return Err(Refusal::value(message));
    }
    Ok(include(source, vec![parameter], wanted))
}

/// By every reference of a type that may lead there; none when it has no such.
fn all_of(
    source: ResourceType,
    wanted: &Wanted<'_>,
    types: &[ResourceType],
    ground: &Ground<'_>,
) -> Option<Include> {
    let references =
        ground.surroundings.catalogue.of_type(source).filter(|parameter| parameter.kind == Kind::Reference);
    let parameters: Vec<_> = references
        .filter(|parameter| wanted.target.is_none_or(|target| leads_to(parameter, target).is_ok()))
        .filter(|parameter| reaches(parameter, wanted, types))
        .collect();
    (!parameters.is_empty()).then(|| include(source, parameters, wanted))
}

/// Whether a reference that is looked for against its direction may lead to what is searched.
fn reaches(parameter: &Parameter, wanted: &Wanted<'_>, types: &[ResourceType]) -> bool {
    let is_open = wanted.way == Way::Forwards || wanted.iterate == Iterate::Again || wanted.target.is_some();
    is_open || types.iter().any(|target| leads_to(parameter, *target).is_ok())
}

fn include(source: ResourceType, parameters: Vec<&Parameter>, wanted: &Wanted<'_>) -> Include {
    let parameters = parameters.into_iter().map(|parameter| parameter.id).collect();
    Include { way: wanted.way, source, parameters, target: wanted.target, iterate: wanted.iterate }
}
