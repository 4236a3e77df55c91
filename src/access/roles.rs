//! What may each role do?
//!
//! As `roles.txt` says, which people can read and change. A line that cannot be read would be a right that nobody
//! knows of, so all of them are held to by a test, and at run time such a line allows nothing.

use model::ResourceType;

use crate::scope::Letters;

/// The roles that are shipped.
const SHIPPED: &str = include_str!("roles.txt");

/// Types of resources that belong to no patient and that care needs.
const DIRECTORY: &[&str] = &[
    "Organization",
    "OrganizationAffiliation",
    "Practitioner",
    "PractitionerRole",
    "Location",
    "HealthcareService",
    "Endpoint",
    "Medication",
    "MedicationKnowledge",
    "Substance",
    "InsurancePlan",
    "DeviceDefinition",
];

/// Types of definitions and terminology.
const RULES: &[&str] = &[
    "ActivityDefinition",
    "CapabilityStatement",
    "CodeSystem",
    "CompartmentDefinition",
    "ConceptMap",
    "ImplementationGuide",
    "Library",
    "Measure",
    "NamingSystem",
    "ObservationDefinition",
    "OperationDefinition",
    "PlanDefinition",
    "Questionnaire",
    "SearchParameter",
    "SpecimenDefinition",
    "StructureDefinition",
    "StructureMap",
    "ValueSet",
];

/// Whether resources of a type belong to no patient, so that whoever reaches some patient may look at them.
pub(crate) fn is_shared(resource_type: ResourceType) -> bool {
    let name = resource_type.as_str();
    DIRECTORY.contains(&name) || RULES.contains(&name)
}

/// Among which resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// What belongs to the person as a patient.
    Own,
    /// All of them.
    All,
}

/// A line of the rights of a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub letters: Letters,
    pub extent: Extent,
    types: Types,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Types {
    /// Those that belong to patients.
    OfPatients,
    These(Vec<&'static str>),
}

impl Line {
    /// Whether it is about a type.
    pub(crate) fn is_about(&self, resource_type: ResourceType) -> bool {
        match &self.types {
            Types::OfPatients => !is_shared(resource_type),
            Types::These(names) => names.contains(&resource_type.as_str()),
        }
    }
}

/// The roles that there are.
pub fn names() -> impl Iterator<Item = &'static str> {
    SHIPPED.lines().filter_map(|line| line.strip_prefix("role "))
}

/// What a role may do; nothing, if there is none that is called so.
pub(crate) fn rights(role: &str) -> Vec<Line> {
    let own = SHIPPED.lines().skip_while(|line| line.strip_prefix("role ") != Some(role)).skip(1);
    let own = own.take_while(|line| !line.starts_with("role "));
    own.filter_map(read).collect()
}

fn read(line: &'static str) -> Option<Line> {
    let mut words = line.split_whitespace();
    let letters = Letters::parse(words.next()?)?;
    let extent = match words.next()? {
        "own" => Extent::Own,
        "all" => Extent::All,
        _ => return None,
    };
    let named: Vec<&str> = words.collect();
    let types = match named.as_slice() {
        [] => return None,
        ["*"] => Types::OfPatients,
        _ => Types::These(named.iter().flat_map(|name| several(name)).collect()),
    };
    Some(Line { letters, extent, types })
}

fn several(name: &&'static str) -> Vec<&'static str> {
    match *name {
        "directory" => DIRECTORY.to_vec(),
        "rules" => RULES.to_vec(),
        name => vec![name],
    }
}

#[cfg(test)]
mod tests {
    use fhir_profiles::Definitions;

    use super::*;

    #[test]
    fn every_line_can_be_read_and_names_types_that_there_are() {
        let types = Definitions::r4();
        for line in SHIPPED.lines().filter(|line| !line.is_empty() && !line.starts_with(['#', 'r'])) {
            let read = read(line).unwrap_or_else(|| panic!("`{line}` cannot be read"));
            let Types::These(names) = read.types else { continue };
            names.iter().for_each(|name| assert!(types.resource_type(name).is_some(), "{name} in `{line}`"));
        }
        // Those that begin with `r` are roles, or rights to read.
        for line in SHIPPED.lines().filter(|line| line.starts_with('r') && !line.starts_with("role ")) {
            assert!(read(line).is_some(), "`{line}` cannot be read");
        }
        DIRECTORY.iter().chain(RULES).for_each(|name| assert!(types.resource_type(name).is_some(), "{name}"));
    }

    /// What a role may do with resources of a type.
    fn check(role: &str, resource_name: &str, expected: &str) {
        let resource_type = Definitions::r4().resource_type(resource_name).expect("a type");
        let lines = rights(role).into_iter().filter(|line| line.is_about(resource_type));
        let shown: Vec<_> = lines.map(|line| format!("{} {:?}", line.letters, line.extent)).collect();
        assert_eq!(shown.join(", "), expected, "{role}: {resource_name}");
    }

    #[test]
    fn roles_differ_in_what_they_may_do() {
        check("patient", "Condition", "rs Own");
        check("patient", "Appointment", "rs Own, c Own");
        check("patient", "Practitioner", "rs All");
        check("doctor", "Condition", "rs All, cu All");
        check("doctor", "AuditEvent", "");
        check("nurse", "Condition", "rs All, c All");
        check("lab-operator", "Condition", "");
        check("registrar", "Patient", "crus All");
        check("admin", "Patient", "");
        check("admin", "Organization", "cruds All");
        check("auditor", "AuditEvent", "rs All");
        check("no such role", "Organization", "");
    }

    #[test]
    fn all_roles_are_named() {
        let expected =
            ["patient", "doctor", "nurse", "lab-operator", "pharmacist", "registrar", "admin", "auditor"];
        assert_eq!(names().collect::<Vec<_>>(), expected);
    }
}
