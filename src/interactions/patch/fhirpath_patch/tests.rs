//! Does a FHIRPath Patch change what it names, and nothing else?

use model::json;

use super::*;

/// An operation as its parts: `add Patient name=birthDate valueDate="1970"`; the rest of the line is the value's JSON.
fn operation(parts: &str) -> String {
    let mut words = parts.splitn(3, ' ');
    let mut word = || words.next().expect("kind and path");
    let (kind, path) = (word(), word().replace('_', " "));
    let mut parts = vec![
        format!(r#"{{"name":"type","valueCode":"{kind}"}}"#),
        format!(r#"{{"name":"path","valueString":"{path}"}}"#),
    ];
    for part in words.next().unwrap_or_default().split("; ").filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').expect("name and value");
        parts.push(match name {
            "value" => format!(r#"{{"name":"value",{value}}}"#),
            "name" => format!(r#"{{"name":"name","valueString":"{value}"}}"#),
            number => format!(r#"{{"name":"{number}","valueInteger":{value}}}"#),
        });
    }
    format!(r#"{{"name":"operation","part":[{}]}}"#, parts.join(","))
}

/// Applies one operation to a Patient with these members.
fn check(members: &str, parts: &str, expected: &str) {
    let patient = |members: &str| match members {
        "" => r#"{"resourceType":"Patient"}"#.to_owned(),
        members => format!(r#"{{"resourceType":"Patient",{members}}}"#),
    };
    let patch = format!(r#"{{"resourceType":"Parameters","parameter":[{}]}}"#, operation(parts));
    let patch = json::parse(patch.as_bytes()).expect("valid JSON");
    let resource = json::parse(patient(members).as_bytes()).expect("valid JSON");
    let patch = patch.as_object().expect("an object");
    match apply(patch, resource, Definitions::r4(), Instant(0)) {
        Ok(patched) => {
            assert_eq!(String::from_utf8_lossy(&json::to_compact(&patched)), patient(expected), "{parts}");
        }
        Err(issue) => {
            assert_eq!(format!("{}: {}", issue.code.as_str(), issue.message), expected, "{parts}");
            assert_eq!(issue.expression.as_deref(), Some("Parameters.parameter[0]"));
        }
    }
}

const NAMES: &str = r#""name":[{"family":"A"},{"family":"B"},{"family":"C"}]"#;

#[test]
fn elements_are_added_once_or_to_their_list() {
    check("", r#"add Patient name=birthDate; value="valueDate":"1970""#, r#""birthDate":"1970""#);
    check(
        "",
        r#"add Patient name=name; value="valueHumanName":{"family":"A"}"#,
        r#""name":[{"family":"A"}]"#,
    );
    check("", r#"add Patient name=deceased; value="valueBoolean":true"#, r#""deceasedBoolean":true"#);
    check(
        "",
        r#"add Patient name=deceased[x]; value="valueDateTime":"1970""#,
        r#""deceasedDateTime":"1970""#,
    );
    check(
        r#""deceasedBoolean":true"#,
        r#"add Patient name=deceased; value="valueDateTime":"1970""#,
        "patch-failed: there is a `deceased` already, and it does not repeat",
    );
    check(
        "",
        r#"add Patient name=colour; value="valueString":"red""#,
        "malformed-patch: `Patient` has no element `colour` that could hold a value of this type",
    );
    check(
        "",
        r#"add Patient.contact name=gender; value="valueCode":"male""#,
        "patch-failed: `Patient.contact` names nothing that is there",
    );
}

#[test]
fn a_value_without_a_datatype_is_given_by_parts() {
    check(
        "",
        r#"add Patient name=contact; value="part":[{"name":"gender","valueCode":"male"},{"name":"telecom","valueContactPoint":{"value":"1"}}]"#,
        r#""contact":[{"gender":"male","telecom":[{"value":"1"}]}]"#,
    );
}

#[test]
fn elements_are_replaced_where_they_stand() {
    check(
        r#""gender":"male","active":true"#,
        r#"replace Patient.gender value="valueCode":"other""#,
        r#""gender":"other","active":true"#,
    );
    check(
        r#""deceasedBoolean":true,"id":"a""#,
        r#"replace Patient.deceased value="valueDateTime":"1970""#,
        r#""deceasedDateTime":"1970","id":"a""#,
    );
    check(
        NAMES,
        r#"replace Patient.name[1] value="valueHumanName":{"text":"x"}"#,
        r#""name":[{"family":"A"},{"text":"x"},{"family":"C"}]"#,
    );
    check(
        NAMES,
        r#"replace Patient.name.where(family='B').family value="valueString":"x""#,
        r#""name":[{"family":"A"},{"family":"x"},{"family":"C"}]"#,
    );
    check(
        NAMES,
        r#"replace Patient.name value="valueHumanName":{"text":"x"}"#,
        "patch-failed: `Patient.name` names 3 elements where one is expected",
    );
    check(
        NAMES,
        r#"replace Patient.name.count() value="valueInteger":1"#,
        "patch-failed: `Patient.name.count()` yields a computed value where an element is expected",
    );
}

#[test]
fn what_stands_beside_a_primitive_goes_with_it() {
    let given = r#""name":[{"given":["A","B"],"_given":[null,{"id":"b"}]}]"#;
    check(given, "delete Patient.name[0].given[0]", r#""name":[{"given":["B"],"_given":[{"id":"b"}]}]"#);
    check(given, "delete Patient.name[0].given[1]", r#""name":[{"given":["A"]}]"#);
    check(
        r#""birthDate":"1970","_birthDate":{"id":"b"}"#,
        r#"replace Patient.birthDate value="valueDate":"1971""#,
        r#""birthDate":"1971""#,
    );
    check("", r#"add Patient name=birthDate; value="_valueDate":{"id":"b"}"#, r#""_birthDate":{"id":"b"}"#);
}

#[test]
fn what_is_left_empty_goes_too() {
    check(
        r#""contact":[{"name":{"text":"x"},"gender":"male"}]"#,
        "delete Patient.contact[0].name.text",
        r#""contact":[{"gender":"male"}]"#,
    );
    check(r#""contact":[{"name":{"text":"x"}}]"#, "delete Patient.contact[0].name.text", "");
    check("", "delete Patient.gender", "");
    check("", "delete Patient", "patch-failed: the resource itself cannot be taken away by a patch");
}

#[test]
fn lists_are_changed_by_place() {
    check(
        NAMES,
        r#"insert Patient.name index=0; value="valueHumanName":{"text":"x"}"#,
        r#""name":[{"text":"x"},{"family":"A"},{"family":"B"},{"family":"C"}]"#,
    );
    check(
        NAMES,
        r#"insert Patient.name index=3; value="valueHumanName":{"text":"x"}"#,
        r#""name":[{"family":"A"},{"family":"B"},{"family":"C"},{"text":"x"}]"#,
    );
    check(
        NAMES,
        r#"insert Patient.name index=4; value="valueHumanName":{"text":"x"}"#,
        "patch-failed: `index` is 4, and the list has 3 elements",
    );
    check(
        NAMES,
        "move Patient.name source=0; destination=2",
        r#""name":[{"family":"B"},{"family":"C"},{"family":"A"}]"#,
    );
    check(
        NAMES,
        "move Patient.name source=3; destination=0",
        "patch-failed: `source` is 3, and the list has 3 elements",
    );
    check(
        r#""active":true"#,
        "move Patient.active source=0; destination=0",
        "patch-failed: `Patient.active` does not name the elements of one list",
    );
    check(NAMES, "move Patient.name source=0", "malformed-patch: a move has a `source` and a `destination`");
}

#[test]
fn what_is_no_operation_is_refused() {
    check(
        "",
        "change Patient",
        "malformed-patch: `change` is no operation: add, insert, delete, replace or move is expected",
    );
    check("", "add Patient name=birthDate", "malformed-patch: the operation has no `value`");
    check(
        "",
        "delete Patient..x",
        "malformed-patch: `Patient..x` is no FHIRPath: a name, a value or a bracket is expected",
    );
    check(
        NAMES,
        "insert Patient.name index=-1",
        "malformed-patch: `index` is not a place in a list, counted from 0",
    );
}
