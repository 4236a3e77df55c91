//! How many of the published TestScripts pass?
//!
//! `mock-health-testscripts`, the profiles that are active there: plain requests and what their answers must show, among
//! it the body, which R4's TestScript has no member for. Patterns are FHIRPath's. Data is that of one of Inferno's
//! patients. <https://hl7.org/fhir/R4/testscript.html>

use std::path::{Path, PathBuf};

use conformance_tests::wire::Answer;
use fhir_profiles::Definitions;
use fhirpath::{Budget, Context, Expression, Item, Nothing, resource_node};
use model::{Instant, Value, json};

use crate::inferno::data::load;
use crate::inferno::site::Site;
use crate::scoreboard::{Scoreboard, suite};

/// Profiles whose tests are about bulk export; the one of that name in the base profile is, too.
const BULK: &[&str] = &["bulk-data-v2/", "fhir-r4-base/MAY/bulk-data-export"];

#[test]
fn testscripts() {
    let Some(folder) = suite("mock-health-testscripts/conformance/testscripts") else { return };
    let Some(resources) = suite("inferno/reference-server-data/resources") else { return };
    let site = Site::open(&[]).expect("the server starts");
    let loaded = load(&site, &resources, "uscore_bundle_patient_907");
    assert!(loaded.refused.is_empty(), "{:?}", loaded.complaints);
    let mut scoreboard = Scoreboard::default();
    let (mut bulk, mut bulk_passed) = (0, 0);
    for (name, script) in scripts(&folder) {
        let outcome = run(&site, &script);
        if BULK.iter().any(|about| name.starts_with(about)) {
            bulk += 1;
            bulk_passed += usize::from(outcome.is_ok());
        }
        scoreboard.note(name, outcome);
    }
    println!("testscripts: {bulk_passed} of the {bulk} about bulk export passed");
    scoreboard.settle("testscripts", 24);
}

/// The scripts that are not archived, by profile, bucket and name.
fn scripts(folder: &Path) -> Vec<(String, Value)> {
    let mut paths = Vec::new();
    collect(folder, &mut paths);
    paths.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read(&path).expect("the suite is readable");
        let name = path.with_extension("").strip_prefix(folder).expect("it lies there").display().to_string();
        (name, json::parse(&text).expect("the suite is JSON"))
    };
    paths.into_iter().map(read).collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the suite is readable").flatten() {
        let path = entry.path();
        if path.is_dir() && entry.file_name() != "_archived" {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
}

fn run(site: &Site, script: &Value) -> Result<(), String> {
    for unknown in ["setup", "teardown", "fixture", "variable"] {
        if script.get(unknown).is_some() {
            return Err(format!("the script has a `{unknown}`, which none of these had"));
        }
    }
    for test in script.get("test").map_or(&[][..], Value::items) {
        let mut last = None;
        for action in test.get("action").map_or(&[][..], Value::items) {
            if let Some(operation) = action.get("operation") {
                last = Some(operate(site, operation)?);
            }
            if let Some(assert) = action.get("assert") {
                let answer = last.as_ref().ok_or("something is asserted before anything was asked")?;
                let label = assert.text("label").unwrap_or_default();
                hold(assert, answer).map_err(|why| format!("{label}: {why}"))?;
            }
        }
    }
    Ok(())
}

/// Sends what an operation says.
fn operate(site: &Site, operation: &Value) -> Result<Answer, String> {
    let code = operation.get("type").and_then(|kind| kind.text("code")).unwrap_or_default();
    let resource = operation.text("resource").map(|name| format!("/{name}")).unwrap_or_default();
    let parameters = operation.text("params").unwrap_or_default();
    let target = match code {
        "capabilities" => "/metadata".to_owned(),
        "search" | "read" => format!("{resource}{parameters}"),
        "history" => format!("{resource}/_history{parameters}"),
        other => return Err(format!("nobody knows what `{other}` does")),
    };
    let headers = operation.get("requestHeader").map_or(&[][..], Value::items).iter();
    let mut headers: Vec<_> = headers.filter_map(|it| Some((it.text("field")?, it.text("value")?))).collect();
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("accept")) {
        headers.push(("Accept", "application/fhir+json"));
    }
    // `encodeRequestUrl` is false in all of these; what no request line may hold is encoded nevertheless.
    site.ask("GET", &target.replace('|', "%7C"), &headers, &[])
}

/// Whether an answer is as asserted.
fn hold(assert: &Value, answer: &Answer) -> Result<(), String> {
    let operator = assert.text("operator").unwrap_or("equals");
    let (found, wanted) = if let Some(code) = assert.text("responseCode") {
        (answer.status.to_string(), code)
    } else if let Some(kind) = assert.text("contentType") {
        (answer.header("content-type").unwrap_or_default().to_owned(), kind)
    } else if let Some(name) = assert.text("headerField") {
        (answer.header(name).unwrap_or_default().to_owned(), assert.text("value").unwrap_or_default())
    } else if let Some(body) = assert.text("responseBody") {
        (String::from_utf8_lossy(&answer.body).into_owned(), body)
    } else {
        return Err("nobody knows what is asserted".to_owned());
    };
    let mut listed = wanted.split(',').map(str::trim);
    let holds = match operator {
        "equals" => found == wanted,
        "notEquals" => found != wanted,
        "in" => listed.any(|one| one == found),
        "notIn" => !listed.any(|one| one == found),
        "contains" => found.contains(wanted),
        "notContains" => !found.contains(wanted),
        "empty" => found.is_empty(),
        "notEmpty" => !found.is_empty(),
        "matchesRegex" => matches(&found, wanted)?,
        other => return Err(format!("nobody knows the operator `{other}`")),
    };
    let shown = || found.chars().take(200).collect::<String>();
    if holds { Ok(()) } else { Err(format!("`{}` is not {operator} `{wanted}`", shown())) }
}

/// Whether some part of a text fits a pattern.
fn matches(text: &str, pattern: &str) -> Result<bool, String> {
    let pattern = pattern.replace('\\', "\\\\").replace('\'', "\\'");
    let expression =
        Expression::parse(&format!("%text.matches('{pattern}')")).map_err(|error| error.to_string())?;
    let nothing = json::parse(br#"{"resourceType":"Basic"}"#).map_err(|error| format!("{error:?}"))?;
    let node = resource_node(&nothing, Definitions::r4()).ok_or("a Basic is a resource")?;
    let variables = [("text", vec![Item::String(text.into())])];
    let context = Context {
        types: Definitions::r4(),
        host: &Nothing,
        resource: node,
        root: node,
        now: Instant(0),
        variables: &variables,
        budget: Budget::default(),
    };
    expression.holds(Item::Node(node), &context).map_err(|failure| format!("{failure:?}"))
}
