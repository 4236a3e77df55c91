//! What is understood of the order, the number and the company of results?

use super::{check, pairs, surroundings};
use crate::parse::{Handling, Known, parse};
use crate::query::Explain;

#[test]
fn keys_of_an_order_are_read_in_the_index_of_their_type() {
    check("Patient?_sort=family", "Patient () Forwards by family/Strings");
    check(
        "Patient?_sort=-birthdate,birthdate",
        "Patient () Backwards by birthdate/Ends Forwards by birthdate/Starts",
    );
    check(
        "Patient?_sort=_id,-_lastUpdated&_sort=gender",
        "Patient () Forwards by Id Backwards by Updated Forwards by gender/Tokens",
    );
    check("Patient?_sort=organization", "Patient () Forwards by organization/Links");
    check("Observation?_sort=value-quantity", "Observation () Forwards by value-quantity/Amounts");
    check("RiskAssessment?_sort=-probability", "RiskAssessment () Backwards by probability/Amounts");
    check("ValueSet?_sort=url", "ValueSet () Forwards by url/Strings");
    check(
        "Observation?_sort=code-value-quantity",
        "invalid-parameter: `_sort`: what `code-value-quantity` finds has no order",
    );
    check("Patient?_sort=_score", "not-supported: `_sort=_score`: this server does not rank what it finds");
    check("Patient?_sort=name,,family", "invalid-parameter: `_sort`: a key is empty");
    check(
        "Patient?_sort=-nmae",
        "unknown-parameter: `nmae` is no search parameter of Patient; spelt nearly so is `name`",
    );
    check("Patient?_sort:asc=name", "invalid-parameter: `_sort` has no modifier `asc`; it has none");
}

#[test]
fn an_order_may_follow_references() {
    check(
        "Observation?_sort=-patient.birthdate",
        "Observation () Backwards by patient->[Patient.birthdate/Ends]",
    );
    check(
        "Observation?_sort=subject:Patient.organization.name",
        "Observation () Forwards by subject->[Patient.organization->[Organization.name/Strings]]",
    );
}

#[test]
fn a_type_without_the_key_comes_last_unless_all_lack_it() {
    check(
        "?_type=Patient,Observation&_sort=birthdate",
        "Patient () Forwards by birthdate/Starts; Observation () Forwards by Nothing",
    );
    check(
        "?_type=Encounter,Observation&_sort=birthdate",
        "unknown-parameter: `birthdate` is no search parameter of Encounter",
    );
}

#[test]
fn pages_are_never_larger_than_the_limit() {
    check("Patient?_count=10", "Patient (); count 10");
    check("Patient?_count=1001", "Patient (); count 1000");
    check("Patient?_count=99999999999999999999999", "Patient (); count 1000");
    check("Patient?_count=-1", "invalid-parameter: `_count=-1`: a whole number is expected");
    check("Patient?_count=ten", "invalid-parameter: `_count=ten`: a whole number is expected");
    check("Patient?_count=1&_count=2", "invalid-parameter: `_count=2`: it stands there twice");
}

#[test]
fn only_the_number_is_asked_for_by_a_count_of_none() {
    check("Patient?_count=0", "Patient (); count 0; Accurate");
    check("Patient?_summary=count", "Patient (); count 0; Accurate");
    check("Patient?_summary=count&_count=5&_total=none", "Patient (); count 0; Accurate");
    check("Patient?_summary=text", "invalid-parameter: `_summary=text`: count is expected here");
    check("Patient?_total=estimate", "Patient (); Estimate");
    check("Patient?_total=accurate", "Patient (); Accurate");
    check("Patient?_total=none", "Patient ()");
    check("Patient?_total=all", "invalid-parameter: `_total=all`: none, estimate or accurate is expected");
}

#[test]
fn contained_resources_are_searched_where_that_is_asked_for() {
    check("Patient?_contained=false", "Patient ()");
    check("Patient?_contained=true&name=x", "Patient contains Patient name^x");
    check(
        "Patient?_contained=both&name=x",
        "Patient name^x; Patient contains Patient name^x unless Patient name^x",
    );
    check("?_type=Patient,Person&_contained=true&name=x", "Patient contains Patient name^x, Person name^x");
    check("Patient?_containedType=contained", "Patient ()");
    check("Patient?_contained=x", "invalid-parameter: `_contained=x`: false, true or both is expected");
    check(
        "Patient?_containedType=x",
        "invalid-parameter: `_containedType=x`: container or contained is expected",
    );
    check("Patient?_score=true", "not-supported: `_score=true`: this server does not rank what it finds");
}

#[test]
fn what_cannot_be_asked_of_contained_resources_is_refused() {
    let refused = |what: &str| format!("not-supported: contained resources cannot be asked for by {what}");
    let steps = "steps to other resources or words of a text";
    check("Patient?_contained=true&organization.name=x", &refused(steps));
    check("Patient?_contained=true&_has:Observation:subject:code=x", &refused(steps));
    check("Patient?_contained=true&_list=l", &refused("Lists, which hold no contained resources"));
    check("Patient?_contained=both&_sort=name", &refused("an order"));
    let number = "their number; `_containedType=container` gives that of the resources that contain them";
    check("Patient?_contained=true&_containedType=contained&_total=accurate", &refused(number));
    check("Patient?_contained=true&_containedType=contained&_count=0", &refused(number));
    check("Patient?_contained=true&_count=0", "Patient contains Patient (); count 0; Accurate");
}

#[test]
fn references_are_followed_to_what_is_included() {
    check("Observation?_include=Observation:subject", "Observation (); with Observation:subject");
    check(
        "Observation?_include=Observation:subject:Patient",
        "Observation (); with Observation:subject:Patient",
    );
    check(
        "Observation?_include:iterate=Patient:organization",
        "Observation (); with Patient:organization again",
    );
    check(
        "Observation?_include:recurse=Patient:link&_include=Observation:encounter",
        "Observation (); with Patient:link again; with Observation:encounter",
    );
    check("Patient?_include=*", "Patient (); with Patient:general-practitioner,link,organization");
    check("Patient?_include=Patient:*", "Patient (); with Patient:general-practitioner,link,organization");
    check(
        "Patient?_include=Patient:*:Organization",
        "Patient (); with Patient:general-practitioner,organization:Organization",
    );
}

#[test]
fn includes_that_lead_nowhere_are_refused() {
    check(
        "Patient?_include=Observation:subject",
        "invalid-parameter: `Observation:subject`: Observation is not searched; `:iterate` looks from \
         what was included, too",
    );
    check(
        "Patient?_include=Patient:organization:Patient",
        "invalid-parameter: `organization` of Patient never refers to Patient, only to Organization",
    );
    check(
        "Patient?_include=Patient:gender",
        "invalid-parameter: `gender` of Patient is no reference, and only references lead elsewhere",
    );
    check(
        "Patient?_include=Patient:organisation",
        "unknown-parameter: `organisation` is no search parameter of Patient; spelt nearly so is \
         `organization`",
    );
    check(
        "Patient?_include=Patient",
        "invalid-parameter: `Patient`: `[type]:[reference]`, `[type]:[reference]:[type]` or `*` is expected",
    );
    check(
        "Patient?_include=*:subject",
        "invalid-parameter: `*:subject`: the type that refers is expected before a reference",
    );
    check("Patient?_include=Nothing:subject", "invalid-parameter: `Nothing` is no resource type");
    check(
        "Patient?_include:once=*",
        "invalid-parameter: `_include` has no modifier `once`; `iterate` is known",
    );
}

#[test]
fn those_that_refer_are_included_by_their_reference() {
    check("Patient?_revinclude=Observation:patient", "Patient (); with those of Observation:patient");
    check(
        "Patient?_revinclude=Observation:subject:Patient",
        "Patient (); with those of Observation:subject:Patient",
    );
    check("Patient?_revinclude=Group:*", "Patient (); with those of Group:member");
    check(
        "Patient?_revinclude:iterate=Provenance:target:Observation",
        "Patient (); with those of Provenance:target:Observation again",
    );
    check(
        "Patient?_revinclude=Observation:subject:Device",
        "invalid-parameter: `Observation:subject:Device`: Device is not searched; `:iterate` looks from \
         what was included, too",
    );
    check(
        "Encounter?_revinclude=Observation:patient",
        "invalid-parameter: `patient` of Observation never refers to what is searched",
    );
    check("Patient?_revinclude=Medication:*", "invalid-parameter: `Medication:*`: no reference leads there");
}

#[test]
fn what_was_understood_is_told_in_the_order_sent_and_in_our_words() {
    let sent = "_count=5000&name=x,y&_include:recurse=Patient:link&_explain=true";
    let target = super::target("Patient");
    let search = parse(&pairs(sent), &target, Handling::Strict, &surroundings(), &Known::default());
    let search = search.expect("it is understood");
    let told: Vec<_> = search.understood.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(told.join("&"), "_count=1000&name=x,y&_include:iterate=Patient:link&_explain=true");
    assert_eq!(search.explain, Explain::Yes);
}
