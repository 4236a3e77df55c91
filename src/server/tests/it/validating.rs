//! Does `validate` say which files would be refused, where and why?

use std::io::Write;
use std::path::Path;

use crate::packed::{HERE, base, claiming, put, rule};
use crate::program::{folder, run};

/// Runs `validate` and compares the code and the parts that its lines must have, in order and no others.
fn check(folder: &Path, words: &[&str], expected: (i32, &[&str])) {
    let (code, said) = run(folder, &[&["validate"], words].concat());
    let (expected_code, parts) = expected;
    assert_eq!(code, expected_code, "{words:?}: {said}");
    assert_eq!(said.lines().count(), parts.len(), "{words:?}: {said}");
    for (line, part) in said.lines().zip(parts) {
        assert!(line.contains(part), "{part} in {line}");
    }
}

const GOOD: &str = r#"{"resourceType":"Basic","code":{"text":"x"},
    "text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"}}"#;

const WELL: &str = "1 documents, 0 errors, 0 warnings";

#[test]
fn a_complaint_has_its_file_line_and_column() {
    let folder = folder();
    let path = folder.path();
    put(path, "good.json", GOOD.as_bytes());
    check(path, &["good.json"], (0, &[WELL]));
    put(path, "bad.json", b"{\"resourceType\":\"Patient\",\n  \"gender\":\"none\"}");
    let complaint = "bad.json:2:3: error: Patient.gender: ";
    check(path, &["--level=core", "bad.json"], (1, &[complaint, "1 documents, 1 errors, 0 warnings"]));
    let xml = b"<Patient xmlns=\"http://hl7.org/fhir\">\n  <gender value=\"none\"/>\n</Patient>";
    put(path, "bad.xml", xml);
    let complaint = "bad.xml:2:";
    check(path, &["--level=core", "bad.xml"], (1, &[complaint, "1 documents, 1 errors, 0 warnings"]));
}

#[test]
fn every_line_of_ndjson_is_a_document() {
    let folder = folder();
    let path = folder.path();
    let lines =
        "{\"resourceType\":\"Patient\"}\n\n{\"resourceType\":\"Patient\",\"gender\":\"none\"}\n{oops\n";
    put(path, "a.ndjson", lines.as_bytes());
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(lines.as_bytes()).expect("packed");
    put(path, "b.ndjson.gz", &packer.finish().expect("packed"));
    let complaints = [
        "a.ndjson:3:27: error: Patient.gender: ",
        "a.ndjson:4:2: error: ",
        "b.ndjson.gz:3:27: error: Patient.gender: ",
        "b.ndjson.gz:4:2: error: ",
        "6 documents, 4 errors, 0 warnings",
    ];
    check(path, &["--level=core", "a.ndjson", "b.ndjson.gz"], (1, &complaints));
}

#[test]
fn a_file_that_cannot_be_read_leaves_the_others_to_be_told() {
    let folder = folder();
    let path = folder.path();
    put(path, "a.json.gz", b"not gzip");
    put(path, "b.json", b"{\"resourceType\":");
    put(path, "c.json", b"[]");
    put(path, "d.xml", b"<Patient>");
    put(path, "e.json", br#"{"resourceType":"Patien"}"#);
    let complaints = [
        "./a.json.gz:1: error: the file cannot be read to its end: ",
        "./b.json:1:",
        "./c.json:1",
        "./d.xml:1:",
        "./e.json:1",
        "5 documents, 5 errors, 0 warnings",
    ];
    check(path, &["."], (1, &complaints));
    check(path, &["nowhere.json"], (1, &["brigid: cannot read nowhere.json: "]));
    put(path, "notes.txt", b"");
    check(path, &["notes.txt"], (1, &["brigid: cannot read notes.txt: expected .json, .xml"]));
}

#[test]
fn a_level_says_how_closely_to_look() {
    let folder = folder();
    let path = folder.path();
    put(path, "a.json", br#"{"resourceType":"Patient","gender":"none","colour":"red"}"#);
    let errors = |level: &str| {
        let (_, said) = run(path, &["validate", "--level", level, "a.json"]);
        said.lines().filter(|line| line.contains(": error: ")).count()
    };
    assert_eq!((errors("structure"), errors("core"), errors("full")), (1, 2, 2));
    let (code, said) = run(path, &["validate", "--level=hard", "a.json"]);
    assert!(code == 2 && said.contains("hard"), "{said}");
}

#[test]
fn profiles_are_those_claimed_and_those_named() {
    let folder = folder();
    let path = folder.path();
    put(path, "a.json", br#"{"resourceType":"Patient"}"#);
    let profile = format!("--profile={HERE}/named-patient");
    let last = |words: &[&str]| {
        let (code, said) = run(path, &[&["validate"], words].concat());
        (code, said)
    };
    let (code, said) = last(&[&profile, "a.json"]);
    assert!(code == 1 && said.contains("[unknown-profile]"), "{said}");
    let (code, said) = run(path, &["package", "add", put(path, "base.tgz", &base("1.0.0"))]);
    assert_eq!(code, 0, "{said}");
    let (code, said) = last(&[&profile, "a.json"]);
    assert!(code == 1 && said.contains("Patient.name") && said.contains("[cardinality]"), "{said}");
    let (code, said) = last(&["a.json"]);
    assert!(code == 0 && !said.contains("[cardinality]"), "nobody asks for a name: {said}");
    put(path, "b.json", claiming("").as_bytes());
    let (code, said) = last(&["b.json"]);
    assert!(code == 1 && said.contains("[cardinality]"), "{said}");
    let (code, said) = last(&["--level=core", &profile, "a.json"]);
    assert!(code == 1 && said.contains("leave --level or --profile out"), "{said}");
}

#[test]
fn a_rule_of_a_profile_that_cannot_be_evaluated_is_told_and_refuses_nothing() {
    let folder = folder();
    let path = folder.path();
    let (code, said) = run(path, &["package", "add", put(path, "rule.tgz", &rule())]);
    assert_eq!(code, 0, "{said}");
    let profile = format!("--profile={HERE}/ruled-patient");
    for (names, expected, part) in [
        (r#"{"family":"Curie"}"#, 0, "0 errors"),
        (r#"{"text":"Curie"}"#, 1, "error: Patient: one-1: One name is used"),
        (r#"{"family":"Curie"},{"family":"Sklodowska"}"#, 0, "[invariant-not-checked]"),
    ] {
        put(path, "a.json", format!(r#"{{"resourceType":"Patient","name":[{names}]}}"#).as_bytes());
        let (code, said) = run(path, &["validate", &profile, "a.json"]);
        assert!(code == expected && said.contains(part), "{names}: {said}");
    }
}

#[test]
fn programs_get_an_outcome_for_each_document() {
    let folder = folder();
    let path = folder.path();
    let lines =
        format!("{}\n{{\"resourceType\":\"Patient\",\"gender\":\"none\"}}\n", GOOD.replace('\n', " "));
    put(path, "a.ndjson", lines.as_bytes());
    let (code, said) = run(path, &["validate", "--outcomes", "--level=core", "a.ndjson"]);
    assert_eq!((code, said.lines().count()), (1, 2), "{said}");
    for line in said.lines() {
        let outcome = model::json::parse(line.as_bytes()).expect("JSON");
        assert_eq!(outcome.text("resourceType"), Some("OperationOutcome"));
        let file = outcome.get("extension").map(|extension| extension.items()[0].text("valueString"));
        assert_eq!(file, Some(Some("a.ndjson")), "{line}");
    }
    let second = said.lines().nth(1).expect("two lines");
    assert!(second.contains("(line 2, column 27)") && second.contains("Patient.gender"), "{second}");
}
