//! Is a JSON Patch applied as the published cases say?

use std::path::{Path, PathBuf};

use interactions::patch::json_patch;
use model::{Code, Value, json};

#[test]
fn patches_do_what_the_cases_of_rfc_6902_say() {
    check(&["json-patch-tests/tests.json", "json-patch-tests/spec_tests.json"]);
}

#[test]
fn patches_do_what_the_cases_of_fhir_say() {
    check(&["fhir-test-cases/r4/patch/json-patch-tests.json"]);
}

/// Runs every case of the files that is not disabled, prints the sum and names those that fail.
fn check(files: &[&str]) {
    let Some(suites) = suites() else {
        println!("{}: left out, because SUITES is not set", files.join(", "));
        return;
    };
    let (mut passed, mut failed) = (0, Vec::new());
    for file in files {
        let cases = read(&suites.join(file));
        for (place, case) in cases.items().iter().enumerate() {
            if case.get("disabled").is_some() {
                continue;
            }
            match run(case) {
                Ok(()) => passed += 1,
                Err(found) => {
                    failed.push(format!("{file} {place} {}: {found}", case.text("comment").unwrap_or("-")));
                }
            }
        }
    }
    println!("{}: {passed} passed, {} failed", files.join(", "), failed.len());
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(passed > 0, "the suite has no cases");
}

#[expect(clippy::disallowed_methods, reason = "the place of the suites is no setting of the server")]
fn suites() -> Option<PathBuf> {
    std::env::var_os("SUITES").map(PathBuf::from)
}

/// Reads a suite through another reader, because disabled cases have members twice, which ours refuses.
fn read(file: &Path) -> Value {
    let text = std::fs::read(file).expect("the suite is readable");
    let cases: serde_json::Value = serde_json::from_slice(&text).expect("the suite is JSON");
    json::parse(cases.to_string().as_bytes()).expect("JSON is written again as JSON")
}

fn run(case: &Value) -> Result<(), String> {
    let document = case.get("doc").expect("a document").clone();
    let patch = case.get("patch").expect("a patch");
    match (json_patch::apply(patch, document), case.get("expected")) {
        (Ok(_), _) if case.get("error").is_some() => Err("accepted where an error is expected".to_owned()),
        (Ok(found), Some(expected)) => same(found, expected),
        (Ok(_), None) => Ok(()),
        (Err(issue), None) if matches!(issue.code, Code::MalformedPatch | Code::PatchFailed) => Ok(()),
        (Err(issue), _) => Err(issue.message),
    }
}

/// Members may stand in any order, so the `test` operation is the judge.
fn same(found: Value, expected: &Value) -> Result<(), String> {
    let text = String::from_utf8_lossy(&json::to_compact(&found)).into_owned();
    let test =
        model::value::object([("op", "test".into()), ("path", "".into()), ("value", expected.clone())]);
    json_patch::apply(&Value::Array(vec![test]), found).map(drop).map_err(|_| text)
}
