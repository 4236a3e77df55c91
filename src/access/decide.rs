//! Is it allowed?
//!
//! A demand is weighed by its type and kind alone; which resources of the type are meant is carried by the permit and
//! told where they are stored. So the answer tells what a principal may ask, and never what there is.

use fhir_profiles::Definitions;
use model::{Code, Issue, ResourceType};

use crate::reach::{Limit, Use};
use crate::scope::Letter;
use crate::{Demand, Known, Permit, Principal, Verb};

/// Weighs a demand; the permit it gives is the only way to storage.
pub fn decide(principal: &Principal, demand: &Demand) -> Result<Permit, Issue> {
    match principal {
        Principal::Open => Ok(Permit::unlimited()),
        Principal::Nobody => {
            Err(Issue::error(Code::Unauthenticated, format!("{} asks for sign-in", wanted(demand))))
        }
        Principal::Known(known) if may(known, demand) => Ok(Permit::within(known.reach.clone())),
        Principal::Known(_) => {
            let message = format!("the scopes that were granted do not allow {}", wanted(demand));
            Err(Issue::error(Code::Forbidden, message))
        }
    }
}

fn may(known: &Known, demand: &Demand) -> bool {
    let reaches = |resource_type: ResourceType, letter| {
        *known.reach.limit(resource_type, Use::Asked(letter)) != Limit::Nothing
    };
    match demand {
        // What is looked at among all types is limited to what is within reach of each.
        Demand::System(Verb::Read | Verb::History) => true,
        Demand::System(verb) => known.reach.is_whole(letter(*verb), Definitions::r4().resource_types()),
        Demand::Type(Verb::Read | Verb::History, resource_type) => reaches(*resource_type, Letter::Search),
        Demand::Type(verb, resource_type) => reaches(*resource_type, letter(*verb)),
        Demand::Instance(verb, key) => reaches(key.resource_type, letter(*verb)),
    }
}

/// The letter of an interaction with one resource.
fn letter(verb: Verb) -> Letter {
    match verb {
        Verb::Read | Verb::History => Letter::Read,
        Verb::Create => Letter::Create,
        Verb::Update => Letter::Update,
        Verb::Delete => Letter::Delete,
    }
}

fn wanted(demand: &Demand) -> String {
    match demand {
        Demand::System(verb) => format!("{verb:?} on the system"),
        Demand::Type(verb, resource_type) => format!("{verb:?} on {resource_type}"),
        Demand::Instance(verb, key) => format!("{verb:?} on {}", key.resource_type),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::{Id, Key};

    use super::*;
    use crate::Reach;

    #[test]
    fn an_open_server_permits_and_a_closed_one_asks_for_sign_in() {
        let demand = Demand::Type(Verb::Create, ResourceType::known("Patient"));
        assert!(decide(&Principal::Open, &demand).is_ok_and(|permit| permit.is_unlimited()));
        let refused = decide(&Principal::Nobody, &demand).expect_err("refused");
        assert_eq!(refused.code, Code::Unauthenticated);
    }

    /// What somebody may whose token allows one letter on Patients.
    fn check(letter: Letter, expected: &[&str]) {
        let patient = ResourceType::known("Patient");
        let reach = Arc::new(Reach::default().with(patient, letter, Limit::Everything));
        let principal = Principal::Known(Arc::new(Known { client: "app".into(), account: None, reach }));
        let key = Key::new(patient, Id::parse("a").expect("an id"));
        let verbs = [Verb::Read, Verb::History, Verb::Create, Verb::Update, Verb::Delete];
        let demands = verbs.into_iter().flat_map(|verb| {
            [Demand::System(verb), Demand::Type(verb, patient), Demand::Instance(verb, key.clone())]
        });
        let allowed: Vec<_> = demands.filter(|it| decide(&principal, it).is_ok()).collect();
        let shown = allowed.iter().map(|it| match it {
            Demand::System(verb) => format!("system {verb:?}"),
            Demand::Type(verb, _) => format!("type {verb:?}"),
            Demand::Instance(verb, _) => format!("instance {verb:?}"),
        });
        let shown: Vec<_> = shown.filter(|it| !it.starts_with("system")).collect();
        assert_eq!(shown, expected, "{letter:?}");
        let elsewhere = Demand::Type(Verb::Read, ResourceType::known("Basic"));
        let refused = decide(&principal, &elsewhere).expect_err("refused");
        assert_eq!(refused.code, Code::Forbidden);
        assert!(decide(&principal, &Demand::System(Verb::Read)).is_ok_and(|permit| !permit.is_unlimited()));
        assert!(decide(&principal, &Demand::System(Verb::Delete)).is_err());
    }

    #[test]
    fn each_letter_allows_its_own_interactions() {
        check(Letter::Create, &["type Create", "instance Create"]);
        check(Letter::Read, &["instance Read", "instance History"]);
        check(Letter::Update, &["type Update", "instance Update"]);
        check(Letter::Delete, &["type Delete", "instance Delete"]);
        check(Letter::Search, &["type Read", "type History"]);
    }
}
