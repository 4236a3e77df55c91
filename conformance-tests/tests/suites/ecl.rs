//! Is every published expression constraint read?
//!
//! The expressions of the official SNOMED CT cases, which hold the examples of <http://snomed.org/ecl>, and those of
//! the value sets in the terminology ecosystem's cases. Each must be parsed and, printed, be parsed to the same; what
//! the ecosystem calls invalid must be refused. Which concepts they mean is not asked, as that needs a release.

use std::path::Path;

use model::{Value, json};
use terminology::ecl::parse;

use crate::scoreboard::{Scoreboard, suite};

/// An expression of the ecosystem that is well-formed and invalid for what it names.
const NAMES_NOTHING: &str = "expand-ecl-unknown-concept-request.json";

/// All of them.
const AT_LEAST: usize = 94;

#[test]
fn ecl() {
    let (Some(cases), Some(ecosystem)) =
        (suite("fhir-test-cases/snomed/ecl-tests.xml"), suite("fhir-tx-ecosystem-ig/tests/sct/ecl"))
    else {
        return;
    };
    let mut scoreboard = Scoreboard::default();
    let text = std::fs::read_to_string(cases).expect("the suite is text");
    let expressions = text.split("<expression>").skip(1).filter_map(|part| part.split_once("</expression>"));
    for ((expression, _), number) in expressions.zip(1..) {
        scoreboard.note(format!("official {number}"), is_read(&unescaped(expression)));
    }
    let files = std::fs::read_dir(&ecosystem).expect("the suite is a folder");
    let mut names: Vec<_> = files.filter_map(|file| file.ok()?.file_name().into_string().ok()).collect();
    names.retain(|name| name.starts_with("expand-") && name.ends_with("-request.json"));
    names.sort();
    for name in names {
        let (request, answer) =
            (read(&ecosystem, &name), read(&ecosystem, &name.replace("request", "response")));
        let is_refused = answer.text("resourceType") == Some("OperationOutcome") && name != NAMES_NOTHING;
        for (place, expression) in constraints(&request).iter().enumerate() {
            let outcome = match is_refused {
                true if parse(expression).is_ok() => Err("it is not refused".to_owned()),
                true => Ok(()),
                false => is_read(expression),
            };
            scoreboard.note(format!("ecosystem {name} {place}"), outcome);
        }
    }
    scoreboard.settle("ecl", AT_LEAST);
}

/// Whether an expression is parsed, and what is printed of it too, to the same.
fn is_read(expression: &str) -> Result<(), String> {
    let tree = parse(expression)?;
    if parse(&tree.to_string())? == tree { Ok(()) } else { Err(format!("printed as another: {tree}")) }
}

fn read(folder: &Path, name: &str) -> Value {
    let bytes = std::fs::read(folder.join(name)).expect("each request has a response");
    json::parse(&bytes).expect("the suite is JSON")
}

/// Every ECL filter below a value.
fn constraints(value: &Value) -> Vec<String> {
    let mut open = vec![value];
    let mut found = Vec::new();
    while let Some(value) = open.pop() {
        if let (Some("constraint"), Some(expression)) = (value.text("property"), value.text("value")) {
            found.push(expression.to_owned());
        }
        match value {
            Value::Object(object) => open.extend(object.iter().map(|(_, member)| member)),
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    found
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}
