//! Which cases are there, and what do they need?

use std::path::Path;

use fhir_profiles::Definitions;
use model::xml::document;
use model::{Value, json, xml};

/// A profile whose snapshot is to be made.
pub(super) struct Case {
    pub(super) name: String,
    /// Whether its differential may stand in any order.
    pub(super) is_sorted: bool,
    pub(super) input: Value,
    /// What must be known for it.
    pub(super) supporting: Vec<Value>,
    pub(super) expected: Expected,
}

/// What is to come of a case.
pub(super) enum Expected {
    Snapshot(Value),
    /// A snapshot, whatever it holds.
    Anything,
    Refusal,
}

/// The cases of the manifest in `folder`, in its order.
pub(super) fn read(folder: &Path) -> Vec<Case> {
    let manifest = std::fs::read(folder.join("manifest.xml")).expect("the suite was laid out");
    let manifest = document::parse(&manifest).expect("the manifest is XML");
    let tests = manifest.root().expect("the manifest has a root");
    tests.children.iter().filter_map(document::Node::as_element).map(|test| case(test, folder)).collect()
}

fn case(test: &document::Element, folder: &Path) -> Case {
    let name = test.attribute("id").expect("each case is named").to_owned();
    let supporting = ["register", "include"].iter().filter_map(|attribute| test.attribute(attribute));
    let supporting =
        supporting.flat_map(|names| names.split(',')).filter_map(|name| resource(folder, name.trim()));
    let expected = match resource(folder, &format!("{name}-expected")) {
        _ if test.attribute("fail") == Some("true") => Expected::Refusal,
        Some(expected) => Expected::Snapshot(expected),
        None => Expected::Anything,
    };
    Case {
        is_sorted: test.attribute("sort") == Some("true"),
        input: resource(folder, &format!("{name}-input")).expect("each case has an input"),
        supporting: supporting.collect(),
        expected,
        name,
    }
}

/// The resource in the file of this name, written as XML or JSON; null for what is no FHIR, whose case fails.
fn resource(folder: &Path, name: &str) -> Option<Value> {
    if let Ok(text) = std::fs::read(folder.join(format!("{name}.xml"))) {
        return Some(xml::parse(&text, Definitions::r4()).unwrap_or(Value::Null));
    }
    let text = std::fs::read(folder.join(format!("{name}.json"))).ok()?;
    Some(json::parse(&text).unwrap_or(Value::Null))
}
