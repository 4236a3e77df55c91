//! Which resources of a type are in a compartment?
//!
//! Those that refer to the resource which it is named for, by one of some parameters, and this resource itself:
//! <https://hl7.org/fhir/R4/compartmentdefinition.html>.

use std::collections::BTreeSet;

use model::{Code, Id, Issue, Key, ResourceType};

use super::Compartment;
use super::chain::type_called;
use super::clause::shown;
use super::refusal::{Ground, Refusal};
use crate::compartments::{self, Itself};
use crate::condition::{Clause, Condition, ReferenceTest, Test};

/// What must be so of resources of a type; none when they never belong to such a compartment.
pub(super) fn condition(
    compartment: &Compartment,
    resource_type: ResourceType,
    ground: &Ground<'_>,
) -> Result<Option<Condition>, Refusal> {
    let catalogue = ground.surroundings.catalogue;
    let Some(membership) = compartments::parameters(catalogue, &compartment.name, resource_type) else {
        return Ok(None);
    };
    let Some(id) = Id::parse(&compartment.id) else {
        let message = format!("`{}` is not a logical id", shown(&compartment.id));
        return Err(Refusal::from(Issue::error(Code::InvalidId, message)).firmly());
    };
    let key = Key::new(type_called(&compartment.name)?, id);
    let mut ways = Vec::new();
    if membership.itself == Itself::Yes {
        ways.push(Condition::Ids(BTreeSet::from([compartment.id.clone()])));
    }
    for parameter in membership.parameters {
        ground.spend()?;
        let test = Test::Reference(ReferenceTest::to(&key));
        ways.push(Condition::Clause(Clause { parameter, test }));
    }
    Ok(Some(if ways.len() == 1 { ways.swap_remove(0) } else { Condition::Any(ways) }))
}
