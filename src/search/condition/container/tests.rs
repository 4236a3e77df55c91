//! Is a resource meant for what it contains?

use fhir_profiles::Definitions;
use model::{Instant, Value, json};

use crate::condition::{Condition, Nobody, Subject, Verdict};
use crate::parse::{Handling, Known, Level, Target, parse};
use crate::scan::{Direction, Scan};
use crate::{Catalogue, index};

const MEDICATION: &str = r##"{"resourceType":"MedicationRequest","id":"r","status":"active","contained":[
    {"resourceType":"Medication","id":"M1","code":{"coding":[{"system":"http://x","code":"a"}]},"status":"active",
     "manufacturer":{"reference":"#o1"},"batch":{"lotNumber":"L7"}},
    {"resourceType":"Medication","id":"m2","code":{"coding":[{"system":"http://x","code":"b"}]},"status":"inactive"},
    {"resourceType":"Organization","id":"o1","name":"Acme"},
    {"resourceType":"Observation","id":"obs","code":{"coding":[{"code":"c"}]},
     "component":[{"code":{"coding":[{"code":"d"}]},"valueQuantity":{"value":1,"unit":"mg"}},
                  {"code":{"coding":[{"code":"e"}]},"valueQuantity":{"value":2,"unit":"mg"}}]}],
    "medicationReference":{"reference":"#M1"},"subject":{"reference":"Patient/p"}}"##;

/// Whether the example is found by a search: `yes`, `no` or `unknown`, where that depends on other resources.
#[track_caller]
fn check(url: &str, expected: &str) {
    let (name, query) = url.split_once('?').expect("a type and a query");
    let known = |name: &str| Definitions::r4().resource_type(name).expect("a type of R4");
    let catalogue = Catalogue::r4();
    let object = match json::parse(MEDICATION.as_bytes()).expect("it is JSON") {
        Value::Object(object) => object,
        other => panic!("{other:?} is no object"),
    };
    let surroundings = crate::parse::tests::surroundings();
    let pairs: Vec<(String, String)> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let target = Target { types: vec![known(name)], level: Level::Type, within: None };
    let search = parse(&pairs, &target, Handling::Strict, &surroundings, &Known::default());
    let search = search.expect("the search is understood");
    let rows = index::rows(&object, known("MedicationRequest"), &catalogue, "").expect("not too many");
    let rows = crate::Rows::decode(&rows.encode()).expect("they are as they were written");
    let subject =
        Subject { resource_type: known("MedicationRequest"), id: "r", updated: Instant(5), rows: &rows };
    let branch = search.query.branches.last().expect("there is one");
    let verdict = branch.condition.holds(&subject, &Nobody);
    let found = match verdict {
        Verdict::Yes => "yes",
        Verdict::No => "no",
        Verdict::Unknown => "unknown",
    };
    assert_eq!(found, expected, "{url}");
    if let (Condition::Container(_), Verdict::Yes) = (&branch.condition, verdict) {
        let Some(Scan::Ranges { ranges, exact: false }) = branch.condition.scan() else {
            panic!("{url} has no way to it");
        };
        let stands = ranges.iter().any(|range| range.place_of(&rows, Direction::Forwards).is_some());
        assert!(stands, "{url}: {ranges:?} miss it");
    }
}

#[test]
fn contained_resources_are_found_by_their_own_values() {
    check("Medication?_contained=true", "yes");
    check("Medication?_contained=true&code=http://x|a", "yes");
    check("Medication?_contained=true&code=http://x|c", "no");
    check("Organization?_contained=true&name=ac", "yes");
    check("Patient?_contained=true", "no");
    check("Medication?_contained=true&_id=M1", "yes");
    check("Medication?_contained=true&_id=o1", "no");
    check("Medication?_contained=true&_id=r", "no");
    check("Medication?_contained=true&code:not=http://x|z", "yes");
    check("Medication?_contained=true&_lastUpdated=lt2000", "yes");
    check("Medication?_contained=true&_lastUpdated=gt2000", "no");
    check("MedicationRequest?_contained=true&status=active", "no");
}

#[test]
fn criteria_meet_in_one_contained_resource() {
    check("Medication?_contained=true&code=a&status=active", "yes");
    check("Medication?_contained=true&code=b&status=active", "no");
    check("Medication?_contained=true&code=b&lot-number:missing=true", "yes");
    check("Medication?_contained=true&code=a&lot-number:missing=true", "no");
    check("Observation?_contained=true&component-code-value-quantity=d$1", "yes");
    check("Observation?_contained=true&component-code-value-quantity=d$2", "no");
}

#[test]
fn without_being_asked_for_they_are_not_found() {
    check("Medication?code=a", "no");
    check("MedicationRequest?code=a", "no");
    check("MedicationRequest?status=active", "yes");
    check("MedicationRequest?status=inactive", "no");
}

#[test]
fn what_is_found_itself_is_not_found_as_a_container_again() {
    check("Medication?_contained=both&code=a", "yes");
    // It contains none, but were it found, it would be by its own branch.
    check("MedicationRequest?_contained=both&status=active", "no");
}

#[test]
fn a_chain_looks_into_what_is_contained() {
    check("MedicationRequest?medication.code=a", "yes");
    check("MedicationRequest?medication:Medication.code=http://x|a&status=active", "yes");
    // This one is contained, but not referred to.
    check("MedicationRequest?medication.code=b", "unknown");
    check("MedicationRequest?medication.manufacturer.name=acme", "yes");
    check("MedicationRequest?medication.manufacturer.name=other", "unknown");
    check("MedicationRequest?subject:Patient.name=acme", "unknown");
    check("MedicationRequest?medication:missing=false", "yes");
    check("MedicationRequest?medication:missing=true", "no");
}

#[test]
fn the_places_of_a_chain_within_are_those_of_its_end() {
    let surroundings = crate::parse::tests::surroundings();
    let target = Target {
        types: vec![Definitions::r4().resource_type("MedicationRequest").expect("a type of R4")],
        level: Level::Type,
        within: None,
    };
    let pairs = [("medication.code".to_owned(), "a".to_owned())];
    let search = parse(&pairs, &target, Handling::Strict, &surroundings, &Known::default());
    let search = search.expect("the search is understood");
    let Condition::Chain(chain) = &search.query.branches[0].condition else { panic!("it is a chain") };
    let parameter = crate::ParameterId::of("Medication", "code").within();
    let places = chain.places_within();
    assert!(places.iter().all(|range| range.parameter == parameter) && places.len() == 1, "{places:?}");
}
