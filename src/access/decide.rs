//! Is it allowed?

use model::{Code, Issue};

use crate::{Demand, Permit, Principal};

/// Weighs a demand; the permit it gives is the only way to storage.
pub fn decide(principal: &Principal, demand: &Demand) -> Result<Permit, Issue> {
    match principal {
        Principal::Open => Ok(Permit::granted()),
        Principal::Nobody => {
            Err(Issue::error(Code::Unauthenticated, format!("{} asks for sign-in", wanted(demand))))
        }
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
    use model::ResourceType;

    use super::*;
    use crate::Verb;

    #[test]
    fn an_open_server_permits_and_a_closed_one_asks_for_sign_in() {
        let demand = Demand::Type(Verb::Create, ResourceType::known("Patient"));
        assert!(decide(&Principal::Open, &demand).is_ok());
        let refused = decide(&Principal::Nobody, &demand).expect_err("refused");
        assert_eq!(refused.code, Code::Unauthenticated);
    }
}
