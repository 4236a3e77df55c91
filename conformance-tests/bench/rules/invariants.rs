//! Which invariants are evaluated?
//!
//! Those that the StructureDefinitions of resource types state as FHIRPath, each as one expression over the whole
//! resource, which every engine understands: `Patient.contact.all(name.exists() or …)`.

use std::collections::BTreeMap;

use fhir_profiles::Registry;
use model::Value;

/// The expressions of each resource type.
pub(crate) fn all() -> BTreeMap<String, Vec<String>> {
    let registry = Registry::r4();
    let mut found = BTreeMap::new();
    for entry in registry.of_type("StructureDefinition") {
        let definition = entry.resource();
        let is_base = definition.text("derivation") == Some("specialization");
        if definition.text("kind") != Some("resource") || !is_base {
            continue;
        }
        let Some(type_name) = definition.text("type") else { continue };
        let elements = definition.get("snapshot").and_then(|snapshot| snapshot.get("element"));
        let mut expressions = Vec::new();
        for element in elements.map_or(&[][..], Value::items) {
            let path = element.text("path").unwrap_or_default().replace("[x]", "");
            let constraints = element.get("constraint").map_or(&[][..], Value::items);
            let own = constraints.iter().filter_map(|constraint| constraint.text("expression"));
            expressions.extend(own.map(|expression| format!("{path}.all({expression})")));
        }
        found.insert(type_name.to_owned(), expressions);
    }
    found
}
