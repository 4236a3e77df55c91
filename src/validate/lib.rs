//! Does it keep the rules?
//!
//! A resource held against its definition and its profiles: <https://hl7.org/fhir/R4/validation.html>.

mod ask;
mod binding;
mod cardinality;
mod checks;
mod conformance;
#[cfg(test)]
mod expect;
mod extension;
mod findings;
mod fixed;
mod host;
mod invariant;
mod limits;
mod place;
mod profile;
mod reference;
mod rules;
mod slicing;
pub mod source;
mod surroundings;
mod vital_signs;
mod walk;

pub use ask::{conforms, slice, subsumes};
pub use rules::{Level, Rules};

use fhir_profiles::{Definitions, structure};
use model::{Code, Issue, Object, Value};

use crate::host::Asked;
use crate::place::Place;
use crate::surroundings::{Scope, Surroundings};
use crate::walk::Walk;

/// What a resource is to be held against.
#[derive(Clone, Debug, Default)]
pub struct Request<'a> {
    /// How much is to be checked.
    pub level: Level,
    /// Canonicals of profiles beyond those in `meta.profile`.
    pub profiles: &'a [&'a str],
    /// Whether advice is given where no rule is broken.
    pub best_practice: bool,
}

/// Returns everything that is wrong with the resource, the worst not first but in the order of its elements.
pub fn validate(rules: &Rules, resource: &Value, request: &Request<'_>) -> Vec<Issue> {
    let Some(object) = resource.as_object() else {
        return vec![Issue::error(Code::NotAResource, "a resource is expected, which is an object")];
    };
    if request.level == Level::Structure {
        return structure::check(object, Definitions::r4());
    }
    let (found, is_sound) = walked(rules, (resource, object), request, Vec::new());
    if is_sound {
        return found;
    }
    let structural = structure::check(object, Definitions::r4());
    if structural.is_empty() {
        return found;
    }
    // Once more behind these complaints, so that what both make is told once and there is room for the rest.
    walked(rules, (resource, object), request, structural).0
}

/// What is wrong beside what is known to be, and whether the walk saw that the structure is sound.
///
/// The walk meets every value anyway and can tell that all of them are where and what they should be; only where it
/// leaves a doubt the structural pass is needed to say what is wrong, if anything is.
fn walked(
    rules: &Rules,
    (resource, object): (&Value, &Object),
    request: &Request<'_>,
    known: Vec<Issue>,
) -> (Vec<Issue>, bool) {
    let mut around = Surroundings::new(rules, object, request.level);
    around.best_practice = request.best_practice;
    let around = around;
    let asked = Asked(&around);
    around.asked.set(Some(&asked));
    let mut walk = Walk::new(&around);
    for issue in known {
        walk.findings.add(issue);
    }
    let Some(node) = around.node(resource) else { return (walk.findings.into_issues(), false) };
    let scope = Scope { resource: node, container: node, entry: None };
    let place = Place::root(resource.text("resourceType").unwrap_or_default());
    walk.resource(&scope, &place);
    if request.level == Level::Full {
        demanded(&mut walk, request.profiles, &scope, &place);
    }
    (walk.findings.into_issues(), walk.is_sound)
}

/// Holds the resource against the profiles that the request asks for.
fn demanded<'a>(walk: &mut Walk<'a>, profiles: &[&str], scope: &Scope<'a>, place: &Place<'_>) {
    for canonical in profiles {
        if !walk.keeps(canonical, scope.resource, scope, place) {
            let message = format!("the profile `{canonical}`, which is asked for, is not known here");
            walk.findings.error(Code::UnknownProfile, place, message);
        }
    }
}
