//! Which concepts have these properties?
//!
//! The operation <https://hl7.org/fhir/R4/codesystem-operation-find-matches.html>, on the properties that a code
//! system gives its concepts; nested ones, as of expressions, are not looked into.

use model::parameters::{parameters, with_parts, with_value};
use model::{Code, Issue, Object, Value};

use crate::Terminology;
use crate::limits::MATCHES_MAX;
use crate::systems::Filter;
use crate::value_set::concepts;

/// The concepts that have every property with its value, as Parameters.
pub fn find_matches(
    terminology: &Terminology,
    (system, version): (&str, Option<&str>),
    properties: &[(&str, &str)],
) -> Result<Value, Vec<Issue>> {
    let table = terminology.code_system(system, version);
    let table = table.map_err(|reason| vec![Issue::error(Code::CodeNotChecked, reason)])?;
    if properties.is_empty() {
        return Err(vec![Issue::error(
            Code::InvalidParameter,
            "finding matches takes at least one property",
        )]);
    }
    let mut found = table.all();
    for (property, value) in properties {
        let filter = Filter { property, op: "=", value };
        let some = concepts(&table, &filter);
        found = found.and(&some.map_err(|wrong| vec![Issue::error(Code::InvalidParameter, wrong)])?);
    }
    if found.len() > MATCHES_MAX {
        let message =
            format!("{} concepts match, which is more than the limit of {MATCHES_MAX}", found.len());
        return Err(vec![Issue::error(Code::ExpansionTooCostly, message)]);
    }
    let matches = found.iter().map(|place| {
        let mut coding = Object::new();
        coding.set("system", system);
        coding.set("code", table.code(place));
        if let Some(display) = table.display(place) {
            coding.set("display", display);
        }
        with_parts("match", vec![with_value("code", "valueCoding", coding)])
    });
    Ok(parameters(matches.collect()))
}
