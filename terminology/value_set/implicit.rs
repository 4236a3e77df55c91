//! Which value set is meant by a canonical that no resource has?
//!
//! SNOMED CT and LOINC name value sets by their URL alone: <https://hl7.org/fhir/R4/snomedct.html#implicit>,
//! <https://hl7.org/fhir/R4/loinc.html#implicit>. Others name that of all codes of a system in
//! `CodeSystem.valueSet`.

use model::Value;
use model::value::object;

/// The definition that the canonical stands for.
pub(crate) fn implicit(canonical: &str) -> Option<Value> {
    let include = match canonical.split_once("?fhir_vs") {
        Some((system, query)) => snomed(system, query)?,
        None => loinc(canonical.strip_prefix("http://loinc.org/vs")?)?,
    };
    Some(object([
        ("resourceType", "ValueSet".into()),
        ("url", canonical.into()),
        ("status", "active".into()),
        ("compose", object([("include", vec![include].into())])),
    ]))
}

/// The definition of all codes of a system.
pub(crate) fn all_of(system: &str, canonical: &str) -> Value {
    let include = object([("system", system.into())]);
    object([
        ("resourceType", "ValueSet".into()),
        ("url", canonical.into()),
        ("status", "active".into()),
        ("compose", object([("include", vec![include].into())])),
    ])
}

fn snomed(system: &str, query: &str) -> Option<Value> {
    let (base, version) = match system.strip_prefix("http://snomed.info/sct") {
        Some("") => (system, None),
        Some(edition) if edition.starts_with('/') => ("http://snomed.info/sct", Some(system)),
        _ => return None,
    };
    let filter = match query.strip_prefix('=') {
        None if query.is_empty() => None,
        Some("refset") => Some(("constraint", "=", "< 900000000000455006")),
        Some(query) => match query.split_once('/')? {
            ("isa", code) => Some(("concept", "is-a", code)),
            ("refset", code) => Some(("concept", "in", code)),
            ("ecl", expression) => Some(("constraint", "=", expression)),
            _ => return None,
        },
        None => return None,
    };
    Some(include(base, version, filter))
}

fn loinc(rest: &str) -> Option<Value> {
    let filter = match rest.strip_prefix('/') {
        None if rest.is_empty() => None,
        Some(list) if list.starts_with("LL") => Some(("LIST", "=", list)),
        Some(part) if part.starts_with("LP") => Some(("ancestor", "=", part)),
        _ => return None,
    };
    Some(include("http://loinc.org", None, filter))
}

fn include(system: &str, version: Option<&str>, filter: Option<(&str, &str, &str)>) -> Value {
    let mut include = model::Object::new();
    include.set("system", system);
    if let Some(version) = version {
        include.set("version", version);
    }
    if let Some((property, op, value)) = filter {
        let filter = object([("property", property.into()), ("op", op.into()), ("value", value.into())]);
        include.set("filter", vec![filter]);
    }
    include.into()
}
