//! Are references found by what they lead to?

use proptest::prelude::*;

use super::super::trial::{self, condition, is_meant, parameter, rows_of};
use super::*;
use crate::catalogue::Kind;
use crate::rows::{Indexed, Row};

/// Holds which queries of a parameter for Patients and Groups find an element.
fn check(element: (&'static str, &str), cases: &[(&str, &str)]) {
    trial::check(&parameter(Kind::Reference, &["Patient", "Group"], Vec::new()), element, cases);
}

fn reference(text: &str) -> String {
    format!(r#"{{"reference":"{text}"}}"#)
}

#[test]
fn a_reference_is_found_by_id_type_and_url() {
    for text in ["Patient/7", "http://own.org/fhir/Patient/7"] {
        let element = reference(text);
        let element = ("Reference", element.as_str());
        check(element, &[("=7", "yes"), ("=Patient/7", "yes"), ("=http://own.org/fhir/Patient/7", "yes")]);
        check(element, &[(":Patient=7", "yes"), (":Patient=Patient/7", "yes"), (":Group=7", "no")]);
        check(element, &[("=Group/7", "no"), ("=8", "no"), ("=http://x.org/fhir/Patient/7", "no")]);
    }
}

#[test]
fn resources_elsewhere_are_found_by_their_url_alone() {
    let element = reference("http://x.org/fhir/Patient/7");
    let element = ("Reference", element.as_str());
    check(element, &[("=http://x.org/fhir/Patient/7", "yes"), ("=7", "no"), ("=Patient/7", "no")]);
    check(element, &[(":Patient=http://x.org/fhir/Patient/7", "on this server"), (":Patient=7", "no")]);
    check(("Reference", &reference("urn:uuid:7-8")), &[("=urn:uuid:7-8", "yes"), ("=7-8", "no")]);
    check(("Reference", &reference("http://x.org/a?b")), &[("=http://x.org/a?b", "yes")]);
}

#[test]
fn a_reference_to_a_version_is_one_to_the_resource_too() {
    let element = reference("Patient/7/_history/2");
    let element = ("Reference", element.as_str());
    check(
        element,
        &[("=Patient/7", "yes"), ("=Patient/7/_history/2", "yes"), ("=Patient/7/_history/3", "no")],
    );
    check(("Reference", &reference("Patient/7")), &[("=Patient/7/_history/2", "no")]);
    let element = reference("http://x.org/fhir/Patient/7/_history/2");
    let element = ("Reference", element.as_str());
    check(
        element,
        &[("=http://x.org/fhir/Patient/7/_history/2", "yes"), ("=http://x.org/fhir/Patient/7", "yes")],
    );
    check(element, &[("=http://x.org/fhir/Patient/7/_history/3", "no")]);
}

#[test]
fn what_leads_to_no_resource_is_not_found() {
    let parameter = parameter(Kind::Reference, &[], Vec::new());
    for element in
        [reference("#"), reference("Patient?name=x"), reference(""), r#"{"display":"x"}"#.to_owned()]
    {
        assert_eq!(rows_of(&parameter, "Reference", &element), [], "{element}");
    }
    assert_eq!(rows_of(&parameter, "canonical", r##""#p""##), []);
}

#[test]
fn what_is_contained_is_told_apart_from_what_stands_alone() {
    let parameter = parameter(Kind::Reference, &[], Vec::new());
    let found = rows_of(&parameter, "Reference", &reference("#p"));
    assert_eq!(found.iter().map(|row| row.parameter).collect::<Vec<_>>(), [parameter.id.fragment()]);
    check(("Reference", &reference("#p")), &[("=p", "no"), ("=Patient/p", "no")]);
}

#[test]
fn an_identifier_is_found_as_a_token() {
    let element = r#"{"identifier":{"system":"http://x","value":"M1"},"display":"Eve"}"#;
    let element = ("Reference", element);
    check(element, &[(":identifier=http://x|m1", "yes"), (":identifier=M1", "yes"), ("=M1", "no")]);
    check(element, &[(":identifier=http://y|M1", "no"), (":identifier=", "`system|code`")]);
}

#[test]
fn canonicals_are_found_with_and_without_their_version() {
    let element = ("canonical", r#""http://x.org/q|1.2""#);
    check(
        element,
        &[("=http://x.org/q", "yes"), ("=http://x.org/q|1.2", "yes"), (r"=http://x.org/q\|1.2", "yes")],
    );
    check(
        element,
        &[("=http://x.org/q|1", "no"), (":below=http://x.org/q|1", "yes"), (":below=http://x.org/q", "yes")],
    );
    check(element, &[(":below=http://x.org/q|1.2", "yes"), (":below=http://x.org/q|1.2.3", "no")]);
    check(("canonical", r#""http://x.org/q|12""#), &[(":below=http://x.org/q|1", "no")]);
    check(
        ("canonical", r#""http://x.org/q""#),
        &[(":below=http://x.org/q|1", "no"), (":below=http://x.org/q", "yes")],
    );
    check(
        ("canonical", r#""http://x.org/q|1#part""#),
        &[("=http://x.org/q|1", "yes"), ("=http://x.org/q#part", "yes")],
    );
    check(("uri", r#""urn:oid:1.2""#), &[("=urn:oid:1.2", "yes")]);
}

#[test]
fn a_canonical_below_the_base_leads_to_a_resource_too() {
    let element = ("canonical", r#""http://own.org/fhir/Group/g|2""#);
    check(element, &[("=Group/g", "yes"), ("=g", "yes"), ("=http://own.org/fhir/Group/g", "yes")]);
    check(element, &[("=http://own.org/fhir/Group/g|2", "yes"), ("=http://own.org/fhir/Group/g|3", "no")]);
    check(("canonical", r#""Group/g""#), &[("=Group/g", "yes")]);
}

#[test]
fn a_resource_within_another_is_found_by_type_and_id() {
    let element = ("Patient", r#"{"resourceType":"Patient","id":"7"}"#);
    check(element, &[("=Patient/7", "yes"), ("=Group/7", "no")]);
    check(("Patient", r#"{"resourceType":"Patient"}"#), &[("=Patient/7", "no")]);
}

#[test]
fn what_cannot_be_referred_to_is_refused_by_name() {
    let element = reference("Patient/7");
    let element = ("Reference", element.as_str());
    check(element, &[("=Device/7", "a reference to Patient, Group"), ("=Nothing/7", "Patient, Group")]);
    check(element, &[("=", "an id"), ("=a b", "an id"), ("=#7", "an id"), ("=Patient?name=x", "an id")]);
    check(element, &[(":Device=7", "no modifier `:Device`"), (":text=7", "no modifier `:text`")]);
    check(element, &[(":above=Patient/7", "no modifier `:above`"), (":below=Patient/7", "hierarchies")]);
    check(element, &[(":Patient=Group/7", "of type Patient"), (":Patient=a b", "of type Patient")]);
}

#[test]
fn an_id_means_the_only_type_there_is() {
    let one = parameter(Kind::Reference, &["Patient"], Vec::new());
    let any = parameter(Kind::Reference, &[], Vec::new());
    let element = reference("Device/7");
    let element = ("Reference", element.as_str());
    trial::check(&one, element, &[("=7", "no")]);
    trial::check(
        &any,
        element,
        &[("=7", "yes"), ("=Device/7", "yes"), (":Device=7", "yes"), (":Patient=7", "no")],
    );
    trial::check(&any, element, &[("=Nothing/7", "type of FHIR R4"), (":Nothing=7", "no modifier")]);
}

proptest! {
    #[test]
    fn no_way_to_a_reference_misses_it(
        targets in proptest::collection::vec((0..3_u32, "[a7]{1,2}|http://x.org/[q7]{1,2}([|](1|1[.]2|12))?|http://x/[y]{230,300}"), 0..4),
        query in "(|:below|:Patient)=((Patient/|Group/)?[a7]{1,2}|http://x.org/[q7]{1,2}([|](1|1[.]2|12))?|http://x/[y]{230,300})",
    ) {
        let parameter = parameter(Kind::Reference, &["Patient", "Group"], Vec::new());
        if let Ok(condition) = condition(&parameter, &query) {
            let types = [0, hash::short("Patient"), hash::short("Group")];
            let row = |(kind, target): &(u32, String)| Row {
                parameter: parameter.id,
                group: 0,
                component: 0,
                value: Indexed::Reference { target_type: types[*kind as usize], target: target.as_str().into() },
            };
            is_meant(&condition, targets.iter().map(row).collect());
        }
    }
}
