//! Which searches are measured?
//!
//! Over Synthea's patients: their values are taken from the store itself, so that every query finds something.

use std::collections::BTreeMap;
use std::io;

use conformance_tests::chance::Chance;
use serde_json::Value;

/// A query that is measured.
pub(crate) struct Query {
    pub(crate) name: &'static str,
    /// What it asks for, below the base.
    pub(crate) path: fn(&Known, &mut Chance) -> String,
}

/// The plain read that the others are compared with.
pub(crate) const READ: &str = "read";

/// What is asked first, to know what there is.
pub(crate) static FIRST: &[(&str, &str)] = &[
    ("patients", "Patient?_count=200&_elements=identifier,name"),
    ("encounters", "Encounter?_count=200&_elements=status"),
];

/// Everything that is measured, the plain read first.
pub(crate) static ALL: &[Query] = &[
    Query { name: READ, path: |known, chance| format!("Patient/{}", known.patient(chance)) },
    Query {
        name: "identifier",
        path: |known, chance| format!("Patient?identifier={}", known.identifier(chance)),
    },
    Query { name: "name", path: |known, chance| format!("Patient?name={}&_count=10", known.name(chance)) },
    Query {
        name: "chart",
        path: |known, chance| {
            let patient = known.patient(chance);
            format!(
                "Observation?patient={patient}&category=laboratory&date=ge2010-01-01&_sort=-date&_count=10"
            )
        },
    },
    Query {
        name: "code:in",
        path: |_, _| {
            "Observation?code:in=http://hl7.org/fhir/ValueSet/observation-vitalsignresult&_count=10"
                .to_owned()
        },
    },
    Query {
        name: "chained",
        path: |known, chance| format!("Encounter?patient.identifier={}&_count=10", known.identifier(chance)),
    },
    Query {
        name: "_has",
        path: |known, chance| {
            let code = chance.pick(&["http://loinc.org|8302-2", "http://loinc.org|2339-0"]);
            format!("Patient?_has:Observation:patient:code={code}&name={}&_count=10", known.name(chance))
        },
    },
    Query {
        name: "included",
        path: |known, chance| {
            let encounter = known.encounter(chance);
            format!("Encounter?_id={encounter}&_include=Encounter:patient&_revinclude=Observation:encounter")
        },
    },
    Query {
        name: "quantity",
        path: |_, chance| {
            let size = 140 + chance.below(40);
            format!("Observation?code=8302-2&value-quantity=gt{size}|http://unitsofmeasure.org|cm&_count=10")
        },
    },
    Query {
        name: "composite",
        path: |_, chance| {
            let size = 140 + chance.below(40);
            format!("Observation?code-value-quantity=8302-2$gt{size}|http://unitsofmeasure.org|cm&_count=10")
        },
    },
    Query {
        name: "text",
        path: |_, chance| {
            let word = chance.pick(&["viral", "acute", "chronic", "hyper"]);
            format!("Condition?code:text={word}&_count=10")
        },
    },
    Query {
        name: "total",
        path: |_, _| "Observation?code=http://loinc.org|8302-2&_total=accurate&_count=10".to_owned(),
    },
];

/// What there is to be asked for.
pub(crate) struct Known {
    patients: Vec<String>,
    identifiers: Vec<String>,
    names: Vec<String>,
    encounters: Vec<String>,
}

impl Known {
    /// Takes it from searchsets.
    pub(crate) fn read(pages: &BTreeMap<&str, Value>) -> io::Result<Self> {
        let each = |name: &str, pick: &dyn Fn(&Value) -> Option<String>| -> io::Result<Vec<String>> {
            let entries = pages.get(name).and_then(|page| page["entry"].as_array());
            let found: Vec<_> =
                entries.into_iter().flatten().filter_map(|entry| pick(&entry["resource"])).collect();
            if found.is_empty() {
                return Err(io::Error::other(format!("the store has no {name} to search for")));
            }
            Ok(found)
        };
        let id = |resource: &Value| Some(resource["id"].as_str()?.to_owned());
        let identifier = |resource: &Value| {
            let identifier = &resource["identifier"][0];
            Some(format!("{}|{}", identifier["system"].as_str()?, identifier["value"].as_str()?))
        };
        let name = |resource: &Value| Some(resource["name"][0]["family"].as_str()?.chars().take(3).collect());
        Ok(Self {
            patients: each("patients", &id)?,
            identifiers: each("patients", &identifier)?,
            names: each("patients", &name)?,
            encounters: each("encounters", &id)?,
        })
    }

    fn patient(&self, chance: &mut Chance) -> &str {
        &self.patients[chance.place(self.patients.len())]
    }

    fn identifier(&self, chance: &mut Chance) -> &str {
        &self.identifiers[chance.place(self.identifiers.len())]
    }

    fn name(&self, chance: &mut Chance) -> &str {
        &self.names[chance.place(self.names.len())]
    }

    fn encounter(&self, chance: &mut Chance) -> &str {
        &self.encounters[chance.place(self.encounters.len())]
    }
}
