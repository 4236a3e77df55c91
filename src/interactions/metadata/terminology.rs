//! What does the server know of codes, and which questions about them does it answer?
//! <https://hl7.org/fhir/R4/terminologycapabilities.html>
//!
//! Computed from what is loaded and from the list of operations: nothing is announced that does not answer.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use ::terminology::{EXPAND_PARAMETERS, Terminology, systems};
use model::{Object, Value, value::object};
use validate::Rules;

use crate::Context;

/// How the words of a filter find codes.
const TEXT_FILTER: &str = "each word, in any order, must begin a word of the display or the code, or of another name where \
    those or a language are asked for; on a page the best matches come first";

/// What the arguments of an expansion do that may not be clear from their names.
const DOCUMENTATION: &[(&str, &str)] = &[
    ("property", "the properties to tell of each code, as R5 has it; told by extension; `*` for all"),
    ("designation", "the other names to tell, by language (`urn:ietf:bcp:47|de`) or use (`system|code`)"),
    ("displayLanguage", "as in Accept-Language; `*;q=0` leaves out names in other languages"),
    ("tx-resource", "code systems and value sets that are known in this call besides those of the server"),
    ("useSupplement", "a supplement whose names and properties are told as well"),
    ("system-version", "the version of a system that is used where the definition names none"),
    ("check-system-version", "the version of a system that must be used, or the call is refused"),
    ("force-system-version", "the version of a system that is used whatever the definition names"),
    ("default-valueset-version", "the version of a value set that is used where an import names none"),
];

/// Adds what is known and what is answered to a statement.
pub(super) fn tell(context: &Context, rules: &Rules, statement: &mut Object) {
    let offers = |name: &str| context.operations.iter().any(|operation| operation.name == name);
    let known = rules.terminology.systems().iter();
    let systems: Vec<Value> =
        known.map(|(url, versions)| system(&rules.terminology, url, versions)).collect();
    if !systems.is_empty() {
        statement.set("codeSystem", systems);
    }
    if offers("expand") {
        statement.set("expansion", expansion());
    }
    // A search of value sets by code takes those that are named, and does not look for those below them.
    statement.set("codeSearch", "explicit");
    if offers("validate-code") {
        statement.set("validateCode", object([("translations", true.into())]));
    }
    if offers("translate") {
        statement.set("translation", object([("needsMap", false.into())]));
    }
    if offers("closure") {
        statement.set("closure", object([("translation", false.into())]));
    }
}

fn system(terminology: &Terminology, url: &str, versions: &BTreeSet<String>) -> Value {
    let newest = versions.iter().max_by(|one, other| compare(one, other));
    let told = versions.iter().map(|code| {
        let mut version = Object::new();
        version.set("code", code.as_str());
        version.set("isDefault", Some(code) == newest);
        let properties = properties(terminology, url, code);
        if !properties.is_empty() {
            version.set("property", properties);
        }
        version.into()
    });
    let told: Vec<Value> = told.collect();
    let mut system = Object::new();
    system.set("uri", url);
    if !told.is_empty() {
        system.set("version", told);
    }
    // A rule knows no concept that stands below another.
    system.set("subsumption", systems::law(url).is_none());
    system.into()
}

/// The properties that a system declares, by which it can be filtered and which can be looked up.
fn properties(terminology: &Terminology, url: &str, version: &str) -> Vec<Value> {
    let definition = terminology.registry.resolve_as("CodeSystem", &format!("{url}|{version}"));
    let declared = definition.as_ref().and_then(|definition| definition.get("property"));
    let codes = declared.map_or(&[][..], Value::items).iter().filter_map(|property| property.text("code"));
    codes.map(Value::from).collect()
}

fn compare(one: &str, other: &str) -> Ordering {
    fhir_profiles::version::compare(one, other)
}

fn expansion() -> Value {
    let parameters = EXPAND_PARAMETERS.iter().map(|name| {
        let mut parameter = Object::new();
        parameter.set("name", *name);
        let documented = DOCUMENTATION.iter().find(|(known, _)| known == name);
        documented.into_iter().for_each(|(_, text)| parameter.set("documentation", *text));
        Value::from(parameter)
    });
    object([
        ("hierarchical", true.into()),
        ("paging", true.into()),
        // An expansion that would be incomplete is refused.
        ("incomplete", false.into()),
        ("parameter", parameters.collect::<Vec<_>>().into()),
        ("textFilter", TEXT_FILTER.into()),
    ])
}
