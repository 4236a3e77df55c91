//! What is asked of contained resources?
//!
//! With `_contained=true` the criteria are held against what stands within others, and with `both` against that, too:
//! <https://hl7.org/fhir/R4/search.html#contained>. What has no meaning there, or what this server does not do there, is
//! refused, as the answer would be less than was asked for.

use model::ResourceType;

use super::Target;
use super::refusal::Refusal;
use super::result::{Contained, Telling};
use super::selection::LIST;
use crate::condition::{Condition, Container};
use crate::query::{Branch, Returned, Total};

/// Whether all that was asked for can be asked of contained resources.
pub(super) fn check(
    (branches, understood): (&[Branch], &[(String, String)]),
    telling: &Telling,
    target: &Target,
) -> Result<(), Refusal> {
    let mut has_steps = false;
    branches.iter().for_each(|branch| branch.condition.visit_steps(&mut |_| has_steps = true));
    let refused = if has_steps {
        "steps to other resources or words of a text"
    } else if understood.iter().any(|(name, _)| name == LIST) {
        "Lists, which hold no contained resources"
    } else if target.within.is_some() {
        "compartments, which hold no contained resources"
    } else if !telling.sort.is_empty() {
        "an order"
    } else if telling.returned() == Returned::Contained && telling.total() != Total::None {
        "their number; `_containedType=container` gives that of the resources that contain them"
    } else {
        return Ok(());
    };
    Err(Refusal::unsupported(format!("contained resources cannot be asked for by {refused}")).firmly())
}

/// The branches of a search of what is contained, beside those of what stands alone where both are asked for.
pub(super) fn searched(branches: Vec<Branch>, contained: Contained) -> Vec<Branch> {
    let Some(first) = branches.first().map(|branch| branch.resource_type) else { return branches };
    let inner: Vec<(ResourceType, Condition)> =
        branches.iter().map(|branch| (branch.resource_type, branch.condition.clone())).collect();
    let (mut branches, unless) = match contained {
        Contained::Both => (branches, inner.clone()),
        Contained::No | Contained::Only => (Vec::new(), Vec::new()),
    };
    let condition = Condition::Container(Container { inner, unless });
    branches.push(Branch { resource_type: first, condition, sort: Vec::new() });
    branches
}
