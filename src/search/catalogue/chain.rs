//! Through which members of JSON does a path lead?
//!
//! A path names elements; in JSON a choice stands in one of several members, and which type each has is known from
//! the definitions: <https://hl7.org/fhir/R4/json.html>. So a path becomes chains of members, found without a
//! question when a resource is indexed.

use fhir_profiles::Definitions;
use fhirpath::{Kind, TypeId, Types as _};

use super::path::{Guard, Path, Step};
use crate::limits::{PATH_STEPS_MAX, PATH_WAYS_MAX};

/// Types above a type; FHIR has five.
const BASES_MAX: usize = 16;

/// One way that a path takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chain {
    /// Its steps.
    pub(crate) links: Vec<Link>,
    /// The type at its end.
    pub(crate) end: TypeId,
}

/// A step of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// To what a member holds, and of which type that is.
    Member(&'static str, TypeId),
    /// On, if it meets a criterion.
    Guard(Guard),
}

impl Chain {
    /// This one, and from its end on another.
    pub(crate) fn then(&self, rest: &Chain) -> Chain {
        Chain { links: [self.links.as_slice(), &rest.links].concat(), end: rest.end }
    }
}

/// The chains that a path from something of type `root` takes: empty when it can lead nowhere, and none when only
/// the engine can follow it.
pub(crate) fn chains(path: &Path, root: TypeId) -> Option<Vec<Chain>> {
    if path.steps.len() > PATH_STEPS_MAX {
        return None;
    }
    if path.start.as_ref().is_some_and(|start| !is_a(root, start)) {
        return Some(Vec::new());
    }
    let mut ways = vec![Chain { links: Vec::new(), end: root }];
    for step in &path.steps {
        ways = match step {
            Step::Member(name) => onwards(&ways, name)?,
            Step::Type(name) => {
                Definitions::r4().find(name)?;
                ways.into_iter().filter(|way| is_a(way.end, name)).collect()
            }
            Step::Guard(guard) => guarded(ways, guard)?,
        };
        if ways.len() > PATH_WAYS_MAX {
            return None;
        }
    }
    Some(ways)
}

/// The values that chains lead to: of an extension what it holds, as the extension itself is no value.
pub(crate) fn to_values(ways: Vec<Chain>) -> Option<Vec<Chain>> {
    let types = Definitions::r4();
    let (extensions, mut values): (Vec<_>, Vec<_>) =
        ways.into_iter().partition(|way| types.name(way.end) == "Extension");
    values.extend(onwards(&extensions, "value")?);
    Some(values)
}

/// Whether a type is the one called `name` or based on it.
pub(crate) fn is_a(type_id: TypeId, name: &str) -> bool {
    let types = Definitions::r4();
    std::iter::successors(Some(type_id), |type_id| types.base(*type_id))
        .take(BASES_MAX)
        .any(|type_id| types.name(type_id) == name)
}

fn onwards(ways: &[Chain], name: &str) -> Option<Vec<Chain>> {
    let types = Definitions::r4();
    let mut found = Vec::new();
    for way in ways {
        if types.kind(way.end) == Kind::Primitive {
            // What a primitive has besides its value stands in another member.
            if matches!(name, "id" | "extension") {
                return None;
            }
            continue;
        }
        let mut members = Vec::new();
        types.element(way.end, name, &mut |member| members.push(member));
        if members.is_empty() {
            // Published definitions name a choice by its member, too: `valueDateTime`.
            members.extend(types.member(way.end, name));
        }
        for member in members {
            let type_id = member.type_id?;
            found.push(way.then(&Chain { links: vec![Link::Member(member.name, type_id)], end: type_id }));
        }
    }
    Some(found)
}

fn guarded(ways: Vec<Chain>, guard: &Guard) -> Option<Vec<Chain>> {
    let mut kept = Vec::new();
    for mut way in ways {
        match guard {
            Guard::Text { member, .. } => is_text(way.end, member)?,
            Guard::Target(name) => drop(Definitions::r4().find(name)?),
        }
        way.links.push(Link::Guard(guard.clone()));
        kept.push(way);
    }
    Some(kept)
}

/// Only where a member holds one text at most is it compared as one.
fn is_text(parent: TypeId, name: &str) -> Option<()> {
    let member = Definitions::r4().member(parent, name)?;
    let type_id = member.type_id?;
    (!member.repeats && (is_a(type_id, "string") || is_a(type_id, "uri"))).then_some(())
}

#[cfg(test)]
mod tests {
    use super::super::path;
    use super::*;

    /// The chains in a line each, with the type at their ends.
    fn check(expression: &str, root: &str, expected: &str) {
        let types = Definitions::r4();
        let path = path::parse(expression).expect("a path");
        let shown = chains(&path, types.find(root).expect("a type")).map(|chains| {
            let lines = chains.iter().map(|chain| {
                let links = chain.links.iter().map(|link| match link {
                    Link::Member(name, _) => (*name).to_owned(),
                    Link::Guard(_) => "?".to_owned(),
                });
                format!("{}: {}", links.collect::<Vec<_>>().join("."), types.name(chain.end))
            });
            lines.collect::<Vec<_>>().join(", ")
        });
        assert_eq!(shown.as_deref().unwrap_or("engine"), expected, "{expression}");
    }

    #[test]
    fn a_path_leads_through_the_members_of_its_choices() {
        check("Patient.name.family", "Patient", "name.family: string");
        check("Resource.meta.tag", "Patient", "meta.tag: Coding");
        check("Patient.deceased", "Patient", "deceasedBoolean: boolean, deceasedDateTime: dateTime");
        check("(Condition.onset as Age)", "Condition", "onsetAge: Age");
        check("(Condition.onset as Quantity)", "Condition", "onsetAge: Age");
        check("value.as(Quantity)", "Observation.component", "valueQuantity: Quantity");
        check("Questionnaire.item.item.code", "Questionnaire", "item.item.code: Coding");
        check("telecom.where(system='fax').value", "Patient", "telecom.?.value: string");
        check("extension.valueDateTime", "Condition", "extension.valueDateTime: dateTime");
        check("Flag.subject.where(resolve() is Patient)", "Flag", "subject.?: Reference");
    }

    #[test]
    fn a_path_may_lead_nowhere() {
        check("Observation.code", "Patient", "");
        check("nothing", "Patient", "");
        check("birthDate.nothing", "Patient", "");
        check("(Condition.onset as Reference)", "Condition", "");
    }

    #[test]
    fn some_paths_only_the_engine_can_follow() {
        for (expression, root) in [
            ("birthDate.extension", "Patient"),
            ("contained", "Patient"),
            ("(onset as DateTime)", "Condition"),
            ("subject.where(resolve() is Nobody)", "Flag"),
            ("name.where(given = 'a')", "Patient"),
            ("name.where(period = 'a')", "Patient"),
            ("extension.value.extension.value.extension.value", "Patient"),
        ] {
            check(expression, root, "engine");
        }
    }
}
