//! Which resources belong to a compartment?
//!
//! The CompartmentDefinitions tell by which references a resource of some type belongs to a patient, a practitioner
//! and so on: <https://hl7.org/fhir/R4/compartmentdefinition.html>. That the resource itself belongs to its own
//! compartment is said by the specification's text, and only of some types by the definitions.

use fhir_profiles::{Definitions, Registry};
use model::{ResourceType, Text, Value};

use crate::catalogue::{Catalogue, Kind, is_example};
use crate::rows::ParameterId;

/// What a definition says instead of a parameter where the resource itself is meant.
const ITSELF: &str = "{def}";

/// How resources of a type belong to a compartment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Whether the resource that the compartment is named for is of this type and so belongs to it itself.
    pub itself: Itself,
    /// Those reference parameters of which one must lead to the resource that the compartment is named for.
    pub parameters: Vec<ParameterId>,
}

/// Whether a type is that of the compartment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Itself {
    /// It is another type.
    No,
    /// The compartment is named for a resource of this type, which belongs to it.
    Yes,
}

/// A kind of compartment, as its definition has it.
pub(crate) struct Compartment {
    resource_type: ResourceType,
    members: Vec<(ResourceType, Vec<Text>)>,
}

/// The types that compartments are named for.
pub fn all(catalogue: &Catalogue) -> impl Iterator<Item = ResourceType> {
    catalogue.compartments().iter().map(|compartment| compartment.resource_type)
}

/// How resources of a type belong to the compartment of a `compartment`, such as `Patient`; none when they never do.
pub fn parameters(
    catalogue: &Catalogue,
    compartment: &str,
    resource_type: ResourceType,
) -> Option<Membership> {
    let mut all = catalogue.compartments().iter();
    let compartment = all.find(|known| known.resource_type.as_str() == compartment)?;
    let is_itself = compartment.resource_type == resource_type;
    let mut members = compartment.members.iter();
    let member = members.find(|(known, _)| *known == resource_type);
    let codes = member.map_or(&[][..], |(_, codes)| codes.as_slice());
    let found = codes.iter().filter_map(|code| catalogue.find(resource_type, code));
    let references = found.filter(|parameter| parameter.kind == Kind::Reference);
    let membership = Membership {
        itself: if is_itself { Itself::Yes } else { Itself::No },
        parameters: references.map(|parameter| parameter.id).collect(),
    };
    (is_itself || !membership.parameters.is_empty()).then_some(membership)
}

/// The compartments that a registry defines; of several definitions for one type the topmost.
pub(crate) fn read(registry: &Registry) -> Vec<Compartment> {
    let mut found: Vec<Compartment> = Vec::new();
    for entry in registry.of_type("CompartmentDefinition").filter(|entry| !is_example(&entry.url)) {
        if let Some(compartment) = compartment(&entry.resource()) {
            found.retain(|known| known.resource_type != compartment.resource_type);
            found.push(compartment);
        }
    }
    found.sort_by_key(|compartment| compartment.resource_type);
    found
}

fn compartment(resource: &Value) -> Option<Compartment> {
    let types = Definitions::r4();
    let entries = resource.get("resource").map_or(&[][..], Value::items);
    let member = |entry: &Value| {
        let names = entry.get("param").map_or(&[][..], Value::items).iter().filter_map(Value::as_str);
        let codes: Vec<Text> = names.filter(|name| *name != ITSELF).map(Text::from).collect();
        Some((types.resource_type(entry.text("code")?)?, codes))
    };
    Some(Compartment {
        resource_type: types.resource_type(resource.text("code")?)?,
        members: entries.iter().filter_map(member).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(compartment: &str, resource_name: &str, expected: &str) {
        let catalogue = Catalogue::r4();
        let resource_type = Definitions::r4().resource_type(resource_name).expect("a type of resources");
        let shown = parameters(&catalogue, compartment, resource_type).map(|membership| {
            let itself = (membership.itself == Itself::Yes).then_some("itself");
            let ids = membership.parameters.iter();
            let codes = ids.map(|id| catalogue.by_id(*id).map_or("?", |parameter| &*parameter.code));
            itself.into_iter().chain(codes).collect::<Vec<_>>().join(", ")
        });
        assert_eq!(shown.as_deref().unwrap_or("never"), expected, "{compartment}/{resource_name}");
    }

    #[test]
    fn resources_belong_to_a_compartment_by_what_they_refer_to() {
        check("Patient", "Observation", "subject, performer");
        check("Encounter", "Observation", "encounter");
        check("Practitioner", "Patient", "general-practitioner");
        check("Patient", "Practitioner", "never");
        check("Device", "Patient", "never");
        check("Observation", "Patient", "never");
    }

    #[test]
    fn the_resource_of_a_compartment_belongs_to_it_itself() {
        check("Patient", "Patient", "itself, link");
        check("Encounter", "Encounter", "itself");
        // The definition does not say so.
        check("Device", "Device", "itself");
    }

    #[test]
    fn all_that_r4_defines_are_known_with_parameters_that_refer() {
        let catalogue = Catalogue::r4();
        let names: Vec<_> = all(&catalogue).map(ResourceType::as_str).collect();
        assert_eq!(names, ["Device", "Encounter", "Patient", "Practitioner", "RelatedPerson"]);
        for compartment in catalogue.compartments() {
            for (resource_type, codes) in &compartment.members {
                for code in codes {
                    let found = catalogue.find(*resource_type, code).map(|parameter| parameter.kind);
                    assert_eq!(found, Some(Kind::Reference), "{resource_type}.{code}");
                }
            }
        }
    }
}
