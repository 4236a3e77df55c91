//! Is a resource held against the profiles that it claims?

use crate::Level;
use crate::expect::{held, profile};

const NAMED: &str = "http://test/named";

fn named() -> String {
    profile(NAMED, "Patient", r#"{"path":"Patient.name","min":1,"max":"*","type":[{"code":"HumanName"}]}"#)
}

fn check(resource: &str, expected: &str) {
    held(&[named()], Level::Full, &[], resource, expected);
}

#[test]
fn a_resource_keeps_the_profiles_that_it_claims() {
    let resource =
        |rest: &str| format!(r#"{{"resourceType":"Patient","meta":{{"profile":["{NAMED}"]}},{rest}}}"#);
    check(&resource(r#""active":true"#), "error cardinality Patient");
    check(&resource(r#""name":[{"family":"A"}]"#), "");
}

#[test]
fn a_profile_that_nobody_knows_is_named() {
    let resource = r#"{"resourceType":"Patient","meta":{"profile":["http://unheard/of"]},"active":true}"#;
    check(resource, "warning unknown-profile Patient.meta.profile[0]");
    held(
        &[],
        Level::Full,
        &["http://unheard/of"],
        r#"{"resourceType":"Patient","active":true}"#,
        "error unknown-profile Patient",
    );
}

#[test]
fn a_profile_of_another_type_is_not_kept() {
    held(
        &[named()],
        Level::Full,
        &[NAMED],
        r#"{"resourceType":"Group","type":"person","actual":true}"#,
        "error profile-mismatch Group",
    );
}

#[test]
fn profiles_that_lead_back_to_themselves_end() {
    let circle = profile(
        "http://test/circle",
        "Patient",
        r#"{"path":"Patient.link","min":0,"max":"*"},
           {"path":"Patient.link.other","min":1,"max":"1","type":[{"code":"Reference","targetProfile":["http://test/circle"]}]}"#,
    );
    held(
        &[circle],
        Level::Full,
        &["http://test/circle"],
        r##"{"resourceType":"Patient","link":[{"type":"seealso","other":{"reference":"#"}}]}"##,
        "",
    );
}

#[test]
fn a_vital_sign_keeps_the_profile_of_its_code() {
    let resource = r#"{"resourceType":"Observation","status":"final","subject":{"reference":"Patient/1"},
        "category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],
        "code":{"coding":[{"system":"http://loinc.org","code":"8310-5"}]},"effectiveDateTime":"2020-01-01","valueString":"warm"}"#;
    held(
        &[],
        Level::Full,
        &[],
        resource,
        "warning code-not-checked Observation.code.coding[0].system
         error profile-mismatch Observation.value.ofType(string)
         error slice-mismatch Observation.value.ofType(string)",
    );
}
