//! What do scopes, role and context together reach?
//!
//! A scope never gives more than the person may do, and the person never more than the scope says:
//! <https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html>. What `patient/` means is told by the
//! patient compartment; types that belong to no patient can be looked at beside it. What cannot be told reaches nothing.

use std::collections::BTreeSet;

use model::{Id, Key, ResourceType};
use search::compartments::{self, Itself};
use search::condition::ReferenceTest;
use search::parse::{self, Handling, Known, Level, Target};
use search::types::Surroundings;
use search::{Catalogue, Clause, Condition, Test};
use sha2::{Digest as _, Sha256};

use crate::reach::{Limit, Reach};
use crate::roles::{self, Extent, Line};
use crate::scope::{Clinical, Letter, Scope, ScopeContext, Scopes};

/// References to patients by types that the compartment's definition leaves out, though they belong to one patient.
const BESIDE: &[(&str, &str)] = &[("Device", "patient")];

/// What a token stands for.
#[derive(Clone, Copy)]
pub struct Rights<'r> {
    /// What was granted.
    pub scopes: &'r Scopes,
    /// The patient in context.
    pub patient: Option<&'r Id>,
    /// The person who signed in; none where a client acts for itself.
    pub person: Option<Person<'r>>,
}

/// A person who signed in.
#[derive(Clone, Copy)]
pub struct Person<'r> {
    /// What they are here.
    pub role: &'r str,
    /// The resource that stands for them.
    pub fhir_user: Option<&'r Key>,
}

/// How far somebody reaches among the resources of these types.
pub fn reach(rights: &Rights<'_>, types: &[ResourceType], surroundings: &Surroundings<'_>) -> Reach {
    let weighing =
        Weighing { rights, lines: rights.person.map(|person| roles::rights(person.role)), surroundings };
    let mut reach = Reach::default();
    for scope in rights.scopes.clinical() {
        let meant = types.iter().filter(|it| scope.resource_type.is_none_or(|only| only == **it));
        for resource_type in meant {
            for letter in scope.letters.iter() {
                let limit = weighing.limit(scope, *resource_type, letter);
                if limit != Limit::Nothing {
                    reach = reach.with(*resource_type, letter, limit);
                }
            }
        }
    }
    let reach = match rights.person.and_then(|person| person.fhir_user) {
        Some(own) if names_person(rights.scopes) => seeing(reach, own),
        _ => reach,
    };
    reach.marked(mark(rights, types, surroundings.catalogue))
}

/// A digest of all that decides how far somebody reaches.
fn mark(rights: &Rights<'_>, types: &[ResourceType], catalogue: &Catalogue) -> u128 {
    let mut digest = Sha256::new();
    let mut add = |part: &str| {
        // The length keeps parts apart, whatever letters they have.
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    };
    rights.scopes.iter().for_each(|scope| add(&scope.to_string()));
    add("");
    add(rights.patient.map_or("", Id::as_str));
    if let Some(person) = rights.person {
        add(person.role);
        add(&person.fhir_user.map_or_else(String::new, ToString::to_string));
    }
    types.iter().for_each(|it| digest.update(catalogue.fingerprint(*it).to_le_bytes()));
    let digest: [u8; 32] = digest.finalize().into();
    u128::from_le_bytes(*digest.first_chunk().expect("a digest has 32 bytes"))
}

fn names_person(scopes: &Scopes) -> bool {
    scopes.has(&Scope::FhirUser) || scopes.has(&Scope::Profile)
}

/// Who asked for `fhirUser` may read whom it names, whatever else is granted.
fn seeing(reach: Reach, own: &Key) -> Reach {
    let itself = Condition::Ids(BTreeSet::from([own.id.as_str().into()]));
    reach.with(own.resource_type, Letter::Read, Limit::Only(itself))
}

struct Weighing<'w, 'r> {
    rights: &'w Rights<'r>,
    /// What the person may do; none where nobody signed in.
    lines: Option<Vec<Line>>,
    surroundings: &'w Surroundings<'w>,
}

impl Weighing<'_, '_> {
    /// How far one scope reaches by one letter.
    fn limit(&self, scope: &Clinical, resource_type: ResourceType, letter: Letter) -> Limit {
        let catalogue = self.surroundings.catalogue;
        let granted = match (scope.context, &self.lines) {
            (ScopeContext::System, None) => Limit::Everything,
            (ScopeContext::System, Some(_)) | (ScopeContext::User, None) => Limit::Nothing,
            (ScopeContext::User, Some(lines)) => self.of_role(lines, resource_type, letter),
            (ScopeContext::Patient, lines) => {
                let limit = self.rights.patient.map_or(Limit::Nothing, |patient| {
                    of_patient(catalogue, patient, (resource_type, letter))
                });
                match lines {
                    Some(lines) => limit.and(self.of_role(lines, resource_type, letter)),
                    None => limit,
                }
            }
        };
        match granted {
            Limit::Nothing => Limit::Nothing,
            granted => granted.and(self.of_query(&scope.query, resource_type)),
        }
    }

    fn of_role(&self, lines: &[Line], resource_type: ResourceType, letter: Letter) -> Limit {
        let catalogue = self.surroundings.catalogue;
        let own = self.rights.person.and_then(|person| person.fhir_user);
        let own = own.filter(|key| key.resource_type.as_str() == "Patient");
        let lines = lines.iter().filter(|line| line.letters.has(letter) && line.is_about(resource_type));
        let limits = lines.map(|line| match (line.extent, own) {
            (Extent::All, _) => Limit::Everything,
            (Extent::Own, Some(own)) => of_patient(catalogue, &own.id, (resource_type, letter)),
            (Extent::Own, None) => Limit::Nothing,
        });
        limits.fold(Limit::Nothing, Limit::or)
    }

    /// What a scope's query means; nothing, where it cannot be told for a type from a resource alone.
    fn of_query(&self, query: &[(String, String)], resource_type: ResourceType) -> Limit {
        if query.is_empty() {
            return Limit::Everything;
        }
        let target = Target { types: vec![resource_type], level: Level::Type, within: None };
        let parsed = parse::parse(query, &target, Handling::Strict, self.surroundings, &Known::default());
        let branch = parsed.ok().and_then(|mut search| search.query.branches.pop());
        match branch.map(|branch| branch.condition).filter(is_told_alone) {
            Some(condition) => Limit::Only(condition),
            None => Limit::Nothing,
        }
    }
}

/// How far the compartment of a patient reaches.
fn of_patient(catalogue: &Catalogue, patient: &Id, (resource_type, letter): (ResourceType, Letter)) -> Limit {
    if roles::is_shared(resource_type) {
        let is_look = matches!(letter, Letter::Read | Letter::Search);
        return if is_look { Limit::Everything } else { Limit::Nothing };
    }
    let key = Key::new(ResourceType::known("Patient"), patient.clone());
    let referring =
        |parameter| Condition::Clause(Clause { parameter, test: Test::Reference(ReferenceTest::to(&key)) });
    let membership = compartments::parameters(catalogue, "Patient", resource_type);
    if membership.as_ref().is_some_and(|it| it.itself == Itself::Yes) {
        // Other records of the same person are theirs to link, not for an app to find.
        return Limit::Only(Condition::Ids(BTreeSet::from([patient.as_str().into()])));
    }
    let mut ways: Vec<_> = membership.into_iter().flat_map(|it| it.parameters).map(referring).collect();
    let beside = BESIDE.iter().filter(|(name, _)| *name == resource_type.as_str());
    let beside = beside.filter_map(|(_, code)| catalogue.find(resource_type, code));
    ways.extend(beside.map(|parameter| referring(parameter.id)));
    match ways.len() {
        0 => Limit::Nothing,
        1 => Limit::Only(ways.swap_remove(0)),
        _ => Limit::Only(Condition::Any(ways)),
    }
}

/// Whether a condition is told from a resource alone, at whatever time it is asked.
fn is_told_alone(condition: &Condition) -> bool {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().all(is_told_alone),
        Condition::Not(part) => is_told_alone(part),
        Condition::Clause(_) | Condition::Ids(_) => true,
        Condition::Updated(_)
        | Condition::Chain(_)
        | Condition::Has(_)
        | Condition::Container(_)
        | Condition::Words(_) => false,
    }
}

#[cfg(test)]
mod tests;
