//! How many of the published patches come out as they should?
//!
//! FHIRPath Patch and XML Patch of `fhir-test-cases/r4/patch`; its JSON Patches run in `interactions`.

use std::path::Path;

use fhir_profiles::Definitions;
use interactions::patch::{fhirpath_patch, xml_patch};
use model::xml::document::{self, Document, Element, Node};
use model::{Instant, Value, json, xml};

use crate::scoreboard::{Scoreboard, suite};

#[test]
fn fhirpath_patches() {
    let Some(folder) = suite("fhir-test-cases/r4/patch") else { return };
    let mut scoreboard = Scoreboard::default();
    for case in cases(&folder.join("fhir-patch-tests.xml")) {
        scoreboard.note(name(&case), fhirpath_case(&case));
    }
    scoreboard.settle("fhirpath-patch", 33);
}

#[test]
fn xml_patches() {
    let Some(folder) = suite("fhir-test-cases/r4/patch") else { return };
    let mut scoreboard = Scoreboard::default();
    for case in cases(&folder.join("xml-patch-tests.xml")) {
        scoreboard.note(name(&case), xml_case(&case));
    }
    scoreboard.settle("xml-patch", 29);
}

fn fhirpath_case(case: &Element) -> Result<(), String> {
    let resource = |name| tree(part(case, name).ok_or_else(|| format!("the case has no {name}"))?);
    let (input, diff) = (resource("input")?, resource("diff")?);
    let diff = diff.as_object().ok_or("the diff is no object")?;
    let patched = fhirpath_patch::apply(diff, input, Definitions::r4(), Instant(0));
    match (patched, part(case, "output")) {
        (Ok(patched), Some(output)) => alike(&text(&patched), &text(&tree(output)?)),
        (Err(_), None) => Ok(()),
        (Ok(_), None) => Err("it was applied where a failure is expected".to_owned()),
        (Err(issue), Some(_)) => Err(issue.message),
    }
}

fn xml_case(case: &Element) -> Result<(), String> {
    let inner =
        |name| part(case, name).map(|element| Document { nodes: vec![Node::Element(element.clone())] });
    let patch = case.children.iter().filter_map(Node::as_element).find(|child| child.name.local == "patch");
    let patch = Document { nodes: vec![Node::Element(patch.ok_or("the case has no patch")?.clone())] };
    let patched = match inner("target") {
        Some(target) => xml_patch::apply(&patch, target).map_err(|issue| issue.message),
        None => Err("there is no document to patch".to_owned()),
    };
    match (patched, inner("patched")) {
        (Ok(patched), Some(expected)) => alike(&canonical(patched), &canonical(expected)),
        (Err(_), None) => Ok(()),
        (Ok(_), None) => Err("it was applied where a failure is expected".to_owned()),
        (Err(message), Some(_)) => Err(message),
    }
}

fn alike(found: &str, expected: &str) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{found} where {expected} is expected")) }
}

fn cases(file: &Path) -> Vec<Element> {
    let text = std::fs::read(file).expect("the suite is readable");
    let tests = document::parse(&text).expect("the suite is XML");
    let root = tests.root().expect("a root");
    let elements = root.children.iter().filter_map(Node::as_element);
    elements.filter(|element| element.name.local == "case").cloned().collect()
}

fn name(case: &Element) -> String {
    case.attribute("name").unwrap_or_default().to_owned()
}

/// The element inside the child of this name.
fn part<'a>(case: &'a Element, name: &str) -> Option<&'a Element> {
    let elements = |element: &'a Element| element.children.iter().filter_map(Node::as_element);
    elements(elements(case).find(|child| child.name.local == name)?).next()
}

fn tree(element: &Element) -> Result<Value, String> {
    let document = Document { nodes: vec![Node::Element(element.clone())] };
    xml::parse(document::write(&document).as_bytes(), Definitions::r4()).map_err(|wrong| wrong.message)
}

fn text(value: &Value) -> String {
    String::from_utf8_lossy(&json::to_compact(&sorted(value))).into_owned()
}

/// The members in alphabetical order: two trees that differ in nothing else are the same resource.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut members: Vec<_> = object.iter().map(|(name, member)| (name, sorted(member))).collect();
            members.sort_by(|left, right| left.0.cmp(right.0));
            Value::Object(members.into_iter().map(|(name, member)| (name.into(), member)).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

/// The text without blanks between elements, attributes in alphabetical order.
fn canonical(mut document: Document) -> String {
    document.nodes.iter_mut().for_each(settle);
    document::write(&document)
}

fn settle(node: &mut Node) {
    if let Node::Element(element) = node {
        element.children.retain(|child| !matches!(child, Node::Text(text) if text.trim().is_empty()));
        element.attributes.sort_by(|left, right| left.0.local.cmp(&right.0.local));
        element.children.iter_mut().for_each(settle);
    }
}
