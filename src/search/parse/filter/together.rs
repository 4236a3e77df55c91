//! What do names with a filter that are no references ask for?
//!
//! `characteristic[code eq x].value eq y` asks for both of one element, as a composite does. The specification lists
//! such names, <https://hl7.org/fhir/R4/search_filter.html#params>; those are here whose parameters R4 defines.

use model::ResourceType;

use super::meaning::compare;
use super::{Comparison, Filter, Name};
use crate::condition::{Clause, CompositeTest, Condition, Test};
use crate::parse::chain::find;
use crate::parse::refusal::{Ground, Refusal};
use crate::types::composite::ComponentTest;

/// A name whose parts belong together.
pub(super) struct Together {
    /// Of which type.
    resource_type: ResourceType,
    /// The name.
    name: &'static str,
    /// The composite that asks the same.
    composite: &'static str,
    /// The names of its parts, and their parameters, in the order of its components.
    parts: &'static [(&'static str, &'static str)],
}

/// All such names.
static ALL: &[Together] = &[
    Together {
        resource_type: ResourceType::known("Group"),
        name: "characteristic",
        composite: "characteristic-value",
        parts: &[("code", "characteristic"), ("value", "value")],
    },
    Together {
        resource_type: ResourceType::known("DocumentReference"),
        name: "relatesTo",
        composite: "relationship",
        parts: &[("code", "relation"), ("target", "relatesto")],
    },
];

/// What `name` of a type stands for.
pub(super) fn named(resource_type: ResourceType, name: &str) -> Option<&'static Together> {
    ALL.iter().find(|it| it.resource_type == resource_type && it.name == name)
}

/// What a path that begins with such a name asks for.
pub(super) fn condition(
    together: &Together,
    path: &[Name],
    comparison: &Comparison,
    ground: &Ground<'_>,
) -> Result<Condition, Refusal> {
    let (Some(filter), [last]) = (path[0].filter.as_deref(), &path[1..]) else { return Err(form(together)) };
    let (Filter::Test(other), None) = (filter, &last.filter) else { return Err(form(together)) };
    let [other_name @ Name { filter: None, .. }] = other.path.as_slice() else { return Err(form(together)) };
    let given = [(other_name.code.as_str(), other), (last.code.as_str(), comparison)];
    let composite = find(together.composite, together.resource_type, ground.surroundings.catalogue)?;
    let mut parts = Vec::with_capacity(given.len());
    for ((name, code), component) in together.parts.iter().zip(&composite.components) {
        let (_, comparison) = given.iter().find(|(given, _)| given == name).ok_or_else(|| form(together))?;
        let parameter = find(code, together.resource_type, ground.surroundings.catalogue)?;
        if parameter.kind != component.kind {
            // A package may define the composite otherwise.
            let (name, composite) = (together.name, together.composite);
            let message = format!("`_filter`: `{name}` cannot be asked, since `{composite}` has other parts");
            return Err(Refusal::unsupported(message).firmly());
        }
        let test = test((name, code), comparison, together, ground)?;
        parts.push(ComponentTest { parameter: component.parameter, tests: vec![test] });
    }
    let test = Test::Composite(CompositeTest { parts });
    Ok(Condition::Clause(Clause { parameter: composite.id, test }))
}

/// What a comparison asks of one part.
fn test(
    (name, code): (&str, &str),
    comparison: &Comparison,
    together: &Together,
    ground: &Ground<'_>,
) -> Result<Test, Refusal> {
    let parameter = find(code, together.resource_type, ground.surroundings.catalogue)?.id;
    match compare(code, comparison, together.resource_type, ground)? {
        Condition::Clause(Clause { parameter: own, test }) if own == parameter => Ok(test),
        _ => {
            let (operator, whole) = (comparison.operator.as_str(), together.name);
            let message =
                format!("`_filter`: `{operator}` of `{name}` cannot be asked with other parts of `{whole}`");
            Err(Refusal::unsupported(message).firmly())
        }
    }
}

fn form(together: &Together) -> Refusal {
    let (name, [one, other]) = (together.name, [together.parts[0].0, together.parts[1].0]);
    let message =
        format!("`_filter`: `{name}` is asked as `{name}[{one} eq x].{other} eq y` or the other way");
    Refusal::value(message).firmly()
}
