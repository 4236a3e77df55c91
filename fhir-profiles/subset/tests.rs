//! Is what is asked for what stays?

use model::{Object, Value, json};

use super::{SummaryMode, elements, summary};
use crate::definitions::Definitions;

const TAG: &str =
    r#"{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}"#;

fn tree(resource: &str) -> Object {
    match json::parse(resource.as_bytes()).expect(resource) {
        Value::Object(tree) => tree,
        _ => panic!("a test's resource is an object: {resource}"),
    }
}

fn text(resource: Object) -> String {
    let json = String::from_utf8(json::to_compact(&Value::Object(resource))).expect("UTF-8");
    json.replace(TAG, "SUBSETTED")
}

fn check_summary(mode: SummaryMode, resource: &str, expected: &str) {
    assert_eq!(text(summary(&tree(resource), mode, Definitions::r4())), expected);
}

fn check_elements(names: &[&str], resource: &str, expected: &str) {
    assert_eq!(text(elements(&tree(resource), names, Definitions::r4())), expected);
}

const OBSERVATION: &str = r#"{"resourceType":"Observation","id":"7","meta":{"versionId":"2"},"text":{"status":"empty"},"status":"final","_status":{"id":"s"},"code":{"text":"x"},"valueString":"y","note":[{"text":"z"}]}"#;

#[test]
fn a_summary_keeps_what_the_definitions_mark_at_every_level() {
    check_summary(
        SummaryMode::True,
        OBSERVATION,
        r#"{"resourceType":"Observation","id":"7","meta":{"versionId":"2","tag":[SUBSETTED]},"status":"final","_status":{"id":"s"},"code":{"text":"x"},"valueString":"y"}"#,
    );
    check_summary(
        SummaryMode::True,
        r#"{"resourceType":"Patient","photo":[{"title":"x"}],"identifier":[{"value":"1","extension":[{"url":"u"}],"assigner":{"display":"d"}}]}"#,
        r#"{"resourceType":"Patient","meta":{"tag":[SUBSETTED]},"identifier":[{"value":"1","assigner":{"display":"d"}}]}"#,
    );
    check_summary(
        SummaryMode::True,
        r#"{"resourceType":"DocumentReference","content":[{"attachment":{"title":"t","data":"AAAA"}}]}"#,
        r#"{"resourceType":"DocumentReference","meta":{"tag":[SUBSETTED]},"content":[{"attachment":{"title":"t"}}]}"#,
    );
}

#[test]
fn a_modifier_extension_in_a_summary_is_kept_whole() {
    check_summary(
        SummaryMode::True,
        r#"{"resourceType":"Patient","link":[{"modifierExtension":[{"url":"u","valueBoolean":true}],"type":"refer"}]}"#,
        r#"{"resourceType":"Patient","meta":{"tag":[SUBSETTED]},"link":[{"modifierExtension":[{"url":"u","valueBoolean":true}],"type":"refer"}]}"#,
    );
}

#[test]
fn the_narrative_comes_with_what_is_mandatory() {
    check_summary(
        SummaryMode::Text,
        OBSERVATION,
        r#"{"resourceType":"Observation","id":"7","meta":{"versionId":"2","tag":[SUBSETTED]},"text":{"status":"empty"},"status":"final","_status":{"id":"s"},"code":{"text":"x"}}"#,
    );
}

#[test]
fn data_is_all_but_the_narrative() {
    check_summary(
        SummaryMode::Data,
        OBSERVATION,
        r#"{"resourceType":"Observation","id":"7","meta":{"versionId":"2","tag":[SUBSETTED]},"status":"final","_status":{"id":"s"},"code":{"text":"x"},"valueString":"y","note":[{"text":"z"}]}"#,
    );
}

#[test]
fn named_elements_come_with_what_is_mandatory() {
    let expected = r#"{"resourceType":"Observation","id":"7","meta":{"versionId":"2","tag":[SUBSETTED]},"status":"final","_status":{"id":"s"},"code":{"text":"x"},"valueString":"y"}"#;
    for name in ["value", "value[x]", "valueString"] {
        check_elements(&[name], OBSERVATION, expected);
    }
    check_elements(
        &["name", "unheard"],
        r#"{"resourceType":"Patient","active":true,"name":[{"text":"x"}],"birthDate":"2001"}"#,
        r#"{"resourceType":"Patient","meta":{"tag":[SUBSETTED]},"name":[{"text":"x"}]}"#,
    );
}

#[test]
fn the_tag_stands_once() {
    let tagged = format!(r#"{{"resourceType":"Patient","meta":{{"tag":[{{"code":"a"}},{TAG}]}}}}"#);
    check_elements(&[], &tagged, r#"{"resourceType":"Patient","meta":{"tag":[{"code":"a"},SUBSETTED]}}"#);
    check_elements(
        &[],
        r#"{"resourceType":"Patient","meta":{"tag":[{"code":"a"}]}}"#,
        r#"{"resourceType":"Patient","meta":{"tag":[{"code":"a"},SUBSETTED]}}"#,
    );
}

#[test]
fn of_an_unknown_type_nothing_is_left_out() {
    let resource = r#"{"resourceType":"Unheard","x":1}"#;
    check_summary(SummaryMode::True, resource, resource);
    check_elements(&["y"], resource, resource);
}
