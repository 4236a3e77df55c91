//! Do references lead where they may?

use crate::Level;
use crate::expect::{PROFILE, held, profile};

fn check(kind: &str, reference: &str, expected: &str) {
    let elements = format!(
        r#"{{"path":"Patient.managingOrganization","min":0,"max":"1","type":[{{"code":"Reference",{kind}}}]}}"#
    );
    let named = profile(
        "http://test/named",
        "Organization",
        r#"{"path":"Organization.name","min":1,"max":"1","type":[{"code":"string"}]}"#,
    );
    let resource = format!(
        r##"{{"resourceType":"Patient","managingOrganization":{{"reference":"{reference}"}},"contained":[
            {{"resourceType":"Organization","id":"named","name":"A","partOf":{{"reference":"#other"}}}},
            {{"resourceType":"Organization","id":"other","identifier":[{{"value":"7"}}],"partOf":{{"reference":"#named"}}}}]}}"##
    );
    held(&[profile(PROFILE, "Patient", &elements), named], Level::Full, &[PROFILE], &resource, expected);
}

#[test]
fn a_reference_points_to_an_allowed_type() {
    let to = r#""targetProfile":["http://hl7.org/fhir/StructureDefinition/Organization"]"#;
    check(to, "Organization/7", "");
    check(to, "Practitioner/7", "warning reference-target Patient.managingOrganization");
    let to = r#""targetProfile":["http://test/named"]"#;
    check(
        to,
        "Practitioner/7",
        "warning reference-target Patient.managingOrganization
         error reference-target Patient.managingOrganization",
    );
}

#[test]
fn a_target_at_hand_keeps_the_target_profile() {
    let to = r#""targetProfile":["http://test/named"]"#;
    check(to, "#named", "");
    check(to, "#other", "error profile-mismatch Patient.managingOrganization");
    check(to, "Organization/7", "");
}

#[test]
fn aggregation_says_where_the_target_is() {
    check(r#""aggregation":["contained"]"#, "#named", "");
    check(
        r#""aggregation":["contained"]"#,
        "Organization/7",
        "error reference-target Patient.managingOrganization",
    );
    check(r#""aggregation":["referenced"]"#, "#named", "error reference-target Patient.managingOrganization");
}

#[test]
fn a_reference_may_have_to_name_a_version() {
    check(r#""versioning":"specific""#, "Organization/7/_history/1", "");
    check(
        r#""versioning":"specific""#,
        "Organization/7",
        "error reference-target Patient.managingOrganization",
    );
}
