//! What does an expansion say of how it was made?
//!
//! `ValueSet.expansion.parameter`, <https://hl7.org/fhir/R4/valueset-definitions.html#ValueSet.expansion.parameter>: every
//! argument that was given, what was used, in which versions, and what speaks against it, by the names of R5.

use model::Value;
use model::value::object;

use super::Expand;
use super::sources::with_version;
use crate::ValueSet;
use crate::code_system::Extent;
use crate::value_set::{Codes, Part, Source};

const UNCLOSED: &str = "http://hl7.org/fhir/StructureDefinition/valueset-unclosed";
const UNCLOSED_REASON: &str = "http://hl7.org/fhir/StructureDefinition/valueset-unclosed-reason";

/// All parameters.
pub(super) fn parameters(value_set: &ValueSet, asked: &Expand<'_>) -> Vec<Value> {
    let mut found: Vec<Value> = used(value_set, asked).into_iter().map(note).collect();
    let texts =
        [("filter", "valueString", asked.filter), ("displayLanguage", "valueCode", asked.display_language)];
    let texts = texts.into_iter();
    found.extend(texts.filter_map(|(name, member, it)| Some(parameter(name, member, it?.into()))));
    let several = [("designation", asked.designations), ("exclude-system", asked.exclude_systems)];
    for (name, values) in several {
        found.extend(values.iter().map(|value| parameter(name, "valueString", (*value).into())));
    }
    let choices = [
        ("activeOnly", asked.active_only),
        ("excludeNested", asked.exclude_nested),
        ("excludeNotForUI", asked.exclude_not_for_ui),
        ("includeDesignations", asked.include_designations),
    ];
    let choices = choices.into_iter();
    found.extend(choices.filter_map(|(name, it)| Some(parameter(name, "valueBoolean", it?.into()))));
    let numbers = [("count", asked.count), ("offset", asked.offset)];
    let numbers = numbers.into_iter();
    found.extend(numbers.filter_map(|(name, it)| Some(parameter(name, "valueInteger", (it? as u64).into()))));
    found
}

fn parameter(name: &str, member: &str, value: Value) -> Value {
    object([("name", name.into()), (member, value)])
}

fn note((name, canonical): (&str, String)) -> Value {
    parameter(name, "valueUri", canonical.into())
}

/// What was used: what the codes are from, and what the definitions speak of besides; each once.
fn used<'a>(value_set: &ValueSet, asked: &Expand<'a>) -> Vec<(&'a str, String)> {
    let mut found: Vec<(&str, String)> = Vec::new();
    let mut note = |name: &'a str, canonical: String| {
        let entry = (name, canonical);
        if !found.contains(&entry) {
            found.push(entry);
        }
    };
    for part in &value_set.parts {
        let canonical = with_version(&part.system, &part.version);
        note("used-codesystem", canonical.clone());
        if let Source::Table(table) = &part.source {
            match table.about.extent {
                Extent::Fragment => note("used-fragment", canonical),
                Extent::Example => note("used-example", canonical),
                Extent::Complete | Extent::NotPresent | Extent::Supplement => {}
            }
        }
        for supplement in part.supplements.iter() {
            note("used-supplement", with_version(&supplement.about.url, &supplement.about.version));
        }
    }
    for (name, canonical) in asked.sources.into_iter().flat_map(|sources| &sources.notes) {
        note(name, canonical.clone());
    }
    // Those of a kind side by side, each kind in the order in which it was met.
    found.sort_by_key(|(name, _)| *name);
    found
}

/// Extensions that say that there may be more codes than are told: the content of a system is here in part only.
pub(super) fn unclosed(value_set: &ValueSet) -> Vec<Value> {
    let Some(part) = value_set.parts.iter().find(|part| is_open(&part.codes)) else { return Vec::new() };
    vec![
        object([("url", UNCLOSED.into()), ("valueBoolean", true.into())]),
        object([("url", UNCLOSED_REASON.into()), ("valueString", reason(part).into())]),
    ]
}

fn reason(part: &Part) -> String {
    format!("This extension is based on a fragment of the code system {}", part.system)
}

/// Whether codes may belong to the set that the part of the system which is here does not have.
fn is_open(codes: &Codes) -> bool {
    match codes {
        Codes::Beyond(_) => true,
        Codes::Either(all) => all.iter().any(is_open),
        Codes::Both(two) => is_open(&two.0) && is_open(&two.1),
        Codes::Except(two) => is_open(&two.0),
        Codes::Other(part) => is_open(&part.codes),
        Codes::None
        | Codes::Whole
        | Codes::Concepts(_)
        | Codes::Listed(_)
        | Codes::Rule(_)
        | Codes::Unknown(_) => false,
    }
}
