//! What does a URL ask for?
//!
//! Names and values of a query, percent escapes gone, become a [`Search`] or say what cannot be understood:
//! <https://hl7.org/fhir/R4/search.html>. Nothing is guessed: what is unknown is refused by name, or passed over
//! when the client asked for leniency, but then never silently.

mod chain;
mod clause;
mod contained;
mod filter;
mod hint;
mod include;
mod refusal;
mod result;
mod selection;
mod sort;
#[cfg(test)]
pub(crate) mod tests;
mod within;

use std::collections::HashMap;

use model::{Code, Issue, Key, ResourceType, Severity, Text};

use self::refusal::{Force, Ground, Refusal};
use self::result::{Contained, Telling};
use crate::condition::Condition;
use crate::limits::{PARAMETERS_MAX, QUERY_BYTES_MAX, TEXT_BYTES_MAX, VALUES_MAX};
use crate::query::{Branch, Query, Search};
use crate::types::{self, Surroundings};

/// Which resources a URL is about, before its parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// One at the level of a type; else all that are known.
    pub types: Vec<ResourceType>,
    /// Of a type, or of the whole system.
    pub level: Level,
    /// Only what is in a compartment.
    pub within: Option<Compartment>,
}

/// At which level a search is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// `[base]/Patient?…`
    Type,
    /// `[base]?…`, which `_type` narrows.
    System,
}

/// A compartment: `Patient/7`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compartment {
    /// Its name, which is a resource type: `Patient`.
    pub name: Text,
    /// The id of the resource that it is about.
    pub id: Text,
}

/// What becomes of parameters that are not understood: `Prefer: handling`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Handling {
    /// The search is refused.
    #[default]
    Strict,
    /// They are passed over, and the answer says so.
    Lenient,
}

/// What the caller found out beforehand.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// What each List that [`lists`] names holds.
    pub lists: HashMap<String, Vec<Key>>,
}

/// The parameter that narrows a search of the whole system.
const TYPE: &str = "_type";

/// The ids of the Lists whose entries must be known to [`parse`].
pub fn lists(pairs: &[(String, String)]) -> Vec<String> {
    let values = pairs.iter().take(PARAMETERS_MAX).filter(|(name, _)| name == selection::LIST);
    let ids = values.flat_map(|(_, value)| types::split(value, ',').into_iter().take(VALUES_MAX));
    let mut ids: Vec<_> = ids.map(|id| types::unescape(id).to_string()).collect();
    ids.retain(|id| !id.is_empty());
    ids.sort();
    ids.dedup();
    ids
}

/// What a query asks for, or all that is wrong with it.
///
/// A parameter without a value asks for nothing and is neither used nor refused.
pub fn parse(
    pairs: &[(String, String)],
    target: &Target,
    handling: Handling,
    surroundings: &Surroundings<'_>,
    known: &Known,
) -> Result<Search, Vec<Issue>> {
    few_enough(pairs)?;
    let ground = Ground::new(surroundings);
    let told = |refusal: Refusal| refusal.told(surroundings.catalogue);
    let mut draft = Draft::begin(pairs, target, &ground).map_err(|refusal| vec![told(refusal)])?;
    let (mut understood, mut passed_over, mut issues) = (Vec::new(), Vec::new(), Vec::new());
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        match draft.take((name, value), target.level, known) {
            Ok(pair) => understood.push(pair),
            Err(refusal) if refusal.force == Force::Final => return Err(vec![told(refusal)]),
            Err(refusal) if refusal.force == Force::Mild && handling == Handling::Lenient => {
                passed_over.push(told(refusal).with_severity(Severity::Warning));
            }
            Err(refusal) => issues.push(told(refusal)),
        }
    }
    if !issues.is_empty() {
        return Err(issues);
    }
    draft.finish((understood, passed_over), target).map_err(|refusal| vec![told(refusal)])
}

/// What the criteria of a conditional interaction mean, or all that is wrong with them.
///
/// Only what selects resources may stand there, and something must: what is unknown or empty would widen what is
/// meant. <https://hl7.org/fhir/R4/http.html#ccreate>
pub fn condition(
    pairs: &[(String, String)],
    resource_type: ResourceType,
    surroundings: &Surroundings<'_>,
) -> Result<Condition, Vec<Issue>> {
    few_enough(pairs)?;
    let ground = Ground::new(surroundings);
    let told = |refusal: Refusal| refusal.told(surroundings.catalogue);
    let (mut parts, mut issues) = (Vec::new(), Vec::new());
    for (name, value) in pairs {
        match criterion((name, value), resource_type, &ground) {
            Ok(part) => parts.push(part),
            Err(refusal) => issues.push(told(refusal)),
        }
    }
    if pairs.is_empty() {
        issues.push(Refusal::value("the criteria select nothing: a search parameter is expected").issue);
    }
    if issues.is_empty() { Ok(all(parts)) } else { Err(issues) }
}

fn criterion(
    (name, value): (&str, &str),
    resource_type: ResourceType,
    ground: &Ground<'_>,
) -> Result<Condition, Refusal> {
    let shown = clause::shown(name);
    if value.is_empty() {
        return Err(Refusal::value(format!("`{shown}` has no value, and criteria need one")));
    }
    if result::is_one(name) || name == TYPE {
        return Err(Refusal::value(format!("`{shown}` selects nothing and cannot be a criterion")));
    }
    // What a row keeps of a longer text does not tell it from others.
    if let Some(long) = types::split(value, ',').into_iter().find(|value| value.len() > TEXT_BYTES_MAX) {
        let message = format!(
            "a value of `{shown}` has {} bytes, and criteria are compared by {TEXT_BYTES_MAX} at most",
            long.len()
        );
        return Err(Refusal::limit(message));
    }
    selection::parse((name, value), resource_type, None, ground)
}

fn few_enough(pairs: &[(String, String)]) -> Result<(), Vec<Issue>> {
    let bytes: usize = pairs.iter().map(|(name, value)| name.len() + value.len()).sum();
    let message = if pairs.len() > PARAMETERS_MAX {
        format!("there are {} parameters, and {PARAMETERS_MAX} are the limit", pairs.len())
    } else if bytes > QUERY_BYTES_MAX {
        format!("names and values of all parameters have {bytes} bytes, and {QUERY_BYTES_MAX} are the limit")
    } else {
        return Ok(());
    };
    Err(vec![Refusal::limit(message).issue])
}

/// All of the parts, without a level more than that takes.
fn all(parts: Vec<Condition>) -> Condition {
    let mut flat = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Condition::All(inner) => flat.extend(inner),
            other => flat.push(other),
        }
    }
    if flat.len() == 1 { flat.swap_remove(0) } else { Condition::All(flat) }
}

/// A search of which not all parameters were read.
struct Draft<'g> {
    ground: &'g Ground<'g>,
    types: Vec<ResourceType>,
    /// What must be so of resources of each type.
    conditions: Vec<Vec<Condition>>,
    telling: Telling,
}

impl<'g> Draft<'g> {
    /// A search of all that the URL is about, and that is in the compartment which it names.
    fn begin(pairs: &[(String, String)], target: &Target, ground: &'g Ground<'g>) -> Result<Self, Refusal> {
        let named = named_types(pairs, target)?;
        let (mut types, mut conditions) = (Vec::new(), Vec::new());
        for resource_type in named.as_deref().unwrap_or(&target.types) {
            let condition = match &target.within {
                None => None,
                Some(compartment) => match within::condition(compartment, *resource_type, ground)? {
                    Some(condition) => Some(condition),
                    // Of all types, only those count that may be in it.
                    None if named.is_none() && target.level == Level::System => continue,
                    None => return Err(never_within(*resource_type, compartment)),
                },
            };
            types.push(*resource_type);
            conditions.push(Vec::from_iter(condition));
        }
        match &target.within {
            Some(compartment) if types.is_empty() => {
                let name = clause::shown(&compartment.name);
                Err(Refusal::value(format!("there is no compartment `{name}`")).firmly())
            }
            _ => Ok(Self { ground, types, conditions, telling: Telling::default() }),
        }
    }

    /// Takes a parameter, or leaves everything as it was.
    fn take(
        &mut self,
        (name, value): (&str, &str),
        level: Level,
        known: &Known,
    ) -> Result<(String, String), Refusal> {
        if let Some(taken) = self.telling.take((name, value), &self.types, self.ground) {
            return taken;
        }
        let understood = (name.to_owned(), value.to_owned());
        match (name, level) {
            // The draft began with it.
            (TYPE, Level::System) => return Ok(understood),
            (TYPE, Level::Type) => {
                return Err(Refusal::unknown(format!("`{TYPE}` is only asked of the whole system")));
            }
            _ => {}
        }
        let of = |it: &ResourceType| selection::parse((name, value), *it, Some(known), self.ground);
        let parts = self.types.iter().map(of).collect::<Result<Vec<_>, _>>();
        let parts = parts.map_err(|refusal| self.of_every_type(refusal))?;
        for (condition, part) in self.conditions.iter_mut().zip(parts) {
            condition.push(part);
        }
        Ok(understood)
    }

    /// Says that what one type does not have cannot be asked of several.
    fn of_every_type(&self, mut refusal: Refusal) -> Refusal {
        if self.types.len() > 1 && refusal.issue.code == Code::UnknownParameter {
            refusal.issue.message += "; every type that is searched must have it, and `_type` says which are";
        }
        refusal
    }

    fn finish(
        self,
        (understood, passed_over): (Vec<(String, String)>, Vec<Issue>),
        target: &Target,
    ) -> Result<Search, Refusal> {
        let Self { types, conditions, telling, .. } = self;
        let (count, total) = (telling.count(), telling.total());
        let branch = |(place, (resource_type, parts)): (usize, (ResourceType, Vec<Condition>))| Branch {
            resource_type,
            condition: all(parts),
            sort: telling.sort.iter().map(|key| key.keys[place].clone()).collect(),
        };
        let mut branches: Vec<Branch> = types.into_iter().zip(conditions).enumerate().map(branch).collect();
        if telling.contained() != Contained::No {
            contained::check((&branches, &understood), &telling, target)?;
            branches = contained::searched(branches, telling.contained());
        }
        let directions = telling.sort.iter().map(|key| key.direction).collect();
        let query = Query { branches, directions, count, total, after: None };
        let (explain, returned) = (telling.explain.unwrap_or_default(), telling.returned());
        Ok(Search { query, includes: telling.includes, understood, passed_over, explain, returned })
    }
}

/// The types that `_type` names, each once; none when it is not there. Leniency passes over none of it, since
/// that would search all types instead.
fn named_types(pairs: &[(String, String)], target: &Target) -> Result<Option<Vec<ResourceType>>, Refusal> {
    let mut sent = pairs.iter().filter(|(name, value)| name == TYPE && !value.is_empty());
    let (Some((name, value)), Level::System) = (sent.next(), target.level) else { return Ok(None) };
    if sent.next().is_some() {
        let message = format!("`{TYPE}` stands there twice; all types are expected in one, between commas");
        return Err(Refusal::value(message).firmly());
    }
    let mut types = Vec::new();
    for name in clause::values(value, &clause::Own::split(name))? {
        let found = chain::type_called(name).map_err(Refusal::firmly)?;
        if target.types.contains(&found) && !types.contains(&found) {
            types.push(found);
        }
    }
    Ok(Some(types))
}

fn never_within(resource_type: ResourceType, compartment: &Compartment) -> Refusal {
    let (type_name, name) = (resource_type.as_str(), clause::shown(&compartment.name));
    Refusal::value(format!("{type_name} is never in a `{name}` compartment")).firmly()
}
