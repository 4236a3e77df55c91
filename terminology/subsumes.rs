//! Is one concept a kind of the other?
//!
//! The operation <https://hl7.org/fhir/R4/codesystem-operation-subsumes.html>.

use model::parameters::{parameters, with_value};
use model::{Code, Issue, Value};

use crate::{CodeSystem, Terminology};

/// How two concepts stand to each other, as Parameters.
pub fn subsumes(
    terminology: &Terminology,
    (system, version): (&str, Option<&str>),
    code_a: &str,
    code_b: &str,
) -> Result<Value, Vec<Issue>> {
    let table = terminology.code_system(system, version);
    let table = table.map_err(|reason| vec![Issue::error(Code::CodeNotChecked, reason)])?;
    let find = |code: &str| find(&table, code);
    let outcome = match (find(code_a), find(code_b)) {
        (Ok(a), Ok(b)) if a == b => "equivalent",
        (Ok(a), Ok(b)) if table.hierarchy.is_below(b, a) => "subsumes",
        (Ok(a), Ok(b)) if table.hierarchy.is_below(a, b) => "subsumed-by",
        (Ok(_), Ok(_)) => "not-subsumed",
        (a, b) => return Err([a.err(), b.err()].into_iter().flatten().collect()),
    };
    Ok(parameters(vec![with_value("outcome", "valueCode", outcome)]))
}

/// The place of a code, or the complaint that there is none.
pub(crate) fn find(table: &CodeSystem, code: &str) -> Result<u32, Issue> {
    table.find(code).ok_or_else(|| {
        let system = &table.about.url;
        if table.is_whole() {
            Issue::error(Code::UnknownCode, format!("the code `{code}` is not in the code system `{system}`"))
        } else {
            let message =
                format!("the code `{code}` is not in the part of the code system `{system}` that is loaded");
            Issue::error(Code::CodeNotChecked, message)
        }
    })
}
