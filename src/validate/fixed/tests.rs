//! Are fixed values and patterns told from others?

use crate::expect::against;

fn check(rule: &str, gender: &str, expected: &str) {
    let elements =
        format!(r#"{{"path":"Patient.gender","min":0,"max":"1","type":[{{"code":"code"}}],{rule}}}"#);
    against("Patient", &elements, &format!(r#"{{"resourceType":"Patient","gender":"{gender}"}}"#), expected);
}

#[test]
fn another_value_than_the_fixed_one_is_refused() {
    check(r#""fixedCode":"male""#, "male", "");
    check(r#""fixedCode":"male""#, "female", "error fixed-value Patient.gender");
}

#[test]
fn a_value_longer_than_allowed_is_refused() {
    check(r#""maxLength":6"#, "female", "");
    check(r#""maxLength":5"#, "female", "error invalid-value Patient.gender");
}

#[test]
fn a_pattern_is_met_by_more_than_it_asks_for() {
    let elements = r#"{"path":"Patient.identifier","min":0,"max":"*","type":[{"code":"Identifier"}],
        "patternIdentifier":{"system":"urn:oid:1.2"}}"#;
    let resource = |system: &str| {
        format!(r#"{{"resourceType":"Patient","identifier":[{{"system":"{system}","value":"7"}}]}}"#)
    };
    against("Patient", elements, &resource("urn:oid:1.2"), "");
    against("Patient", elements, &resource("urn:oid:1.3"), "error fixed-value Patient.identifier[0]");
}

#[test]
fn a_value_beyond_its_range_is_refused() {
    let elements = r#"{"path":"Patient.birthDate","min":0,"max":"1","type":[{"code":"date"}],
        "minValueDate":"2000-01-01","maxValueDate":"2010-12-31"}"#;
    let resource = |date: &str| format!(r#"{{"resourceType":"Patient","birthDate":"{date}"}}"#);
    against("Patient", elements, &resource("2000-01-01"), "");
    against("Patient", elements, &resource("2010"), "");
    against("Patient", elements, &resource("1999-12-31"), "error invalid-value Patient.birthDate");
    against("Patient", elements, &resource("2011"), "error invalid-value Patient.birthDate");
}
