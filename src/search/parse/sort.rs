//! In which order do they come?
//!
//! `_sort=-date,patient.name`: <https://hl7.org/fhir/R4/search.html#sort>. Keys along references are ours.

use model::ResourceType;

use super::chain::{Step, find};
use super::refusal::{Force, Ground, Refusal};
use crate::catalogue::{Kind, Parameter};
use crate::limits::{CHAIN_STEPS_MAX, SORT_KEYS_MAX};
use crate::query::{SortBy, SortKey};
use crate::scan::{Direction, Index};
use crate::types;

/// A key, and for each type what it orders by.
pub(super) struct SortedBy {
    /// How it is read.
    pub(super) direction: Direction,
    /// What each type is ordered by, as the types were given.
    pub(super) keys: Vec<SortBy>,
}

/// The keys that a value names, for each of the types.
pub(super) fn parse(
    value: &str,
    types: &[ResourceType],
    ground: &Ground<'_>,
) -> Result<Vec<SortedBy>, Refusal> {
    let names = types::split(value, ',');
    if names.len() > SORT_KEYS_MAX {
        let message = format!("`_sort` has {} keys, and {SORT_KEYS_MAX} are the limit", names.len());
        return Err(Refusal::limit(message));
    }
    names.into_iter().map(|name| key(name, types, ground)).collect()
}

/// One key. A type that lacks the parameter comes last, but some type must have it.
fn key(name: &str, types: &[ResourceType], ground: &Ground<'_>) -> Result<SortedBy, Refusal> {
    let (direction, path) = match name.strip_prefix('-') {
        Some(path) => (Direction::Backwards, path),
        None => (Direction::Forwards, name),
    };
    if path.matches('.').count() > CHAIN_STEPS_MAX {
        let message = format!("a key of `_sort` has more than {CHAIN_STEPS_MAX} steps, which is the limit");
        return Err(Refusal::limit(message));
    }
    let mut keys = Vec::with_capacity(types.len());
    let mut complaint = None;
    for resource_type in types {
        match by(path, direction, *resource_type, ground) {
            Ok(key) => keys.push(key),
            Err(refusal) if refusal.force == Force::Final => return Err(refusal),
            Err(refusal) => {
                keys.push(SortBy::Nothing);
                complaint.get_or_insert(refusal);
            }
        }
    }
    match complaint {
        Some(refusal) if keys.iter().all(|key| *key == SortBy::Nothing) => Err(refusal),
        _ => Ok(SortedBy { direction, keys }),
    }
}

fn by(
    path: &str,
    direction: Direction,
    resource_type: ResourceType,
    ground: &Ground<'_>,
) -> Result<SortBy, Refusal> {
    ground.spend()?;
    let catalogue = ground.surroundings.catalogue;
    if let Some((step, rest)) = path.split_once('.') {
        let step = Step::of(step, resource_type, catalogue)?;
        let targets = step.each(ground, &|target| by(rest, direction, target, ground))?;
        return Ok(SortBy::Chain(step.parameter().id, targets));
    }
    match path {
        "" => Err(Refusal::value("`_sort`: a key is empty")),
        "_id" => Ok(SortBy::Id),
        "_lastUpdated" => Ok(SortBy::Updated),
        "_score" => Err(Refusal::unsupported("`_sort=_score`: this server does not rank what it finds")),
        code => of_parameter(find(code, resource_type, catalogue)?, direction),
    }
}

fn of_parameter(parameter: &Parameter, direction: Direction) -> Result<SortBy, Refusal> {
    let index = match (parameter.kind, direction) {
        (Kind::String | Kind::Uri, _) => Index::Strings,
        (Kind::Token, _) => Index::Tokens,
        (Kind::Reference, _) => Index::Links,
        (Kind::Date, Direction::Forwards) => Index::Starts,
        (Kind::Date, Direction::Backwards) => Index::Ends,
        (Kind::Number | Kind::Quantity, _) => Index::Amounts,
        (Kind::Composite | Kind::Special, _) => {
            let message = format!("`_sort`: what `{}` finds has no order", parameter.code);
            return Err(Refusal::value(message));
        }
    };
    Ok(SortBy::Parameter(SortKey { parameter: parameter.id, index }))
}
