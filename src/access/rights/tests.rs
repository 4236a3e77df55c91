//! Do scopes reach what they should, and nothing else?

use std::sync::{Arc, LazyLock};

use fhir_profiles::{Definitions, Registry};
use model::{Instant, Value, json};
use search::condition::{Nobody, Subject};
use search::{Verdict, index};
use terminology::Terminology;

use super::*;
use crate::reach::Use;

const BASE_URL: &str = "http://here.example/fhir";

static CATALOGUE: LazyLock<Arc<Catalogue>> = LazyLock::new(Catalogue::r4);
static TERMINOLOGY: LazyLock<Terminology> = LazyLock::new(|| Terminology::new(Registry::r4()));

/// Two patients, and what there is of them and beside them.
const WORLD: &[&str] = &[
    r#"{"resourceType":"Patient","id":"p1"}"#,
    r#"{"resourceType":"Patient","id":"p2","link":[{"other":{"reference":"Patient/p1"},"type":"seealso"}]}"#,
    r#"{"resourceType":"Observation","id":"l1","subject":{"reference":"Patient/p1"},
        "category":[{"coding":[{"system":"urn:c","code":"laboratory"}]}]}"#,
    r#"{"resourceType":"Observation","id":"v1","subject":{"reference":"Patient/p1"},
        "category":[{"coding":[{"system":"urn:c","code":"vital-signs"}]}]}"#,
    r#"{"resourceType":"Observation","id":"l2","subject":{"reference":"Patient/p2"},
        "category":[{"coding":[{"system":"urn:c","code":"laboratory"}]}]}"#,
    r#"{"resourceType":"Observation","id":"nobody"}"#,
    r#"{"resourceType":"Device","id":"d1","patient":{"reference":"Patient/p1"}}"#,
    r#"{"resourceType":"Device","id":"d2","patient":{"reference":"Patient/p2"}}"#,
    r#"{"resourceType":"Binary","id":"b"}"#,
    r#"{"resourceType":"Practitioner","id":"doc"}"#,
    r#"{"resourceType":"ValueSet","id":"set"}"#,
    r#"{"resourceType":"AuditEvent","id":"a1","entity":[{"what":{"reference":"Patient/p1"}}]}"#,
];

/// What of the world these reach by a letter.
fn check(
    (scopes, letter): (&str, Letter),
    patient: Option<&str>,
    person: Option<(&str, &str)>,
    expected: &str,
) {
    let types = Definitions::r4().resource_types();
    let shown = format!("{scopes} {letter:?} {patient:?} {person:?}");
    let scopes = Scopes::known(scopes, types);
    let patient = patient.and_then(Id::parse);
    let fhir_user = person.and_then(|(_, named)| {
        let (name, id) = named.split_once('/')?;
        Some(Key::new(Definitions::r4().resource_type(name)?, Id::parse(id)?))
    });
    let person = person.map(|(role, _)| Person { role, fhir_user: fhir_user.as_ref() });
    let rights = Rights { scopes: &scopes, patient: patient.as_ref(), person };
    let (catalogue, terminology): (&Catalogue, &Terminology) = (&CATALOGUE, &TERMINOLOGY);
    let surroundings = Surroundings { catalogue, terminology, base_url: BASE_URL, now: Instant(0) };
    let reach = reach(&rights, types, &surroundings);
    let reached: Vec<String> = WORLD.iter().filter_map(|text| within(&reach, letter, text)).collect();
    assert_eq!(reached.join(" "), expected, "{shown}");
}

/// What a resource is called, if it is within reach.
fn within(reach: &Reach, letter: Letter, text: &str) -> Option<String> {
    let resource = json::parse(text.as_bytes()).expect("JSON");
    let resource_type = Definitions::r4().resource_type(resource.text("resourceType")?)?;
    let id = resource.text("id").expect("an id");
    let is_reached = match (reach.limit(resource_type, Use::Asked(letter)), &resource) {
        (Limit::Nothing, _) => false,
        (Limit::Everything, _) => true,
        (Limit::Only(condition), Value::Object(object)) => {
            let rows = index::rows(object, resource_type, &CATALOGUE, BASE_URL).expect("few rows");
            let subject = Subject { resource_type, id, updated: Instant(0), rows: &rows };
            condition.holds(&subject, &Nobody) == Verdict::Yes
        }
        _ => unreachable!("resources are objects"),
    };
    is_reached.then(|| id.to_owned())
}

const ALL: &str = "p1 p2 l1 v1 l2 nobody d1 d2 b doc set a1";

#[test]
fn a_client_of_its_own_reaches_what_its_scopes_say() {
    check(("system/*.cruds", Letter::Read), None, None, ALL);
    check(("system/Patient.rs system/Observation.c", Letter::Read), None, None, "p1 p2");
    check(("system/Patient.rs system/Observation.c", Letter::Create), None, None, "l1 v1 l2 nobody");
    check(("system/Observation.rs?category=laboratory", Letter::Search), None, None, "l1 l2");
    // Nobody signed in, and nobody is in context.
    check(("user/*.cruds patient/*.cruds", Letter::Read), None, None, "");
}

#[test]
fn a_patient_in_context_is_all_that_a_scope_of_patients_reaches() {
    let own = "p1 l1 v1 d1 doc set a1";
    check(("patient/*.rs", Letter::Read), Some("p1"), None, own);
    check(("patient/*.read", Letter::Search), Some("p1"), None, own);
    check(("patient/*.cruds", Letter::Update), Some("p1"), None, "p1 l1 v1 d1 a1");
    check(("patient/Observation.rs?category=laboratory", Letter::Read), Some("p1"), None, "l1");
    check(
        (
            "patient/Observation.rs?category=laboratory patient/Observation.rs?category=vital-signs",
            Letter::Read,
        ),
        Some("p1"),
        None,
        "l1 v1",
    );
    check(("patient/*.rs", Letter::Read), None, None, "");
}

#[test]
fn what_a_query_cannot_mean_for_a_type_is_not_reached() {
    check(("patient/*.rs?category=laboratory", Letter::Read), Some("p1"), None, "l1");
    check(("patient/Observation.rs?no-such=x", Letter::Read), Some("p1"), None, "");
    check(("patient/Observation.rs?_lastUpdated=gt2020", Letter::Read), Some("p1"), None, "");
}

#[test]
fn an_app_never_gets_more_than_the_person_who_signed_in() {
    let patient = Some(("patient", "Patient/p1"));
    check(("user/*.cruds", Letter::Read), None, patient, "p1 l1 v1 d1 doc set a1");
    check(("user/*.cruds", Letter::Delete), None, patient, "");
    check(("user/*.cruds", Letter::Create), None, patient, "l1 v1");
    // Another's record is not reached by naming it.
    check(("patient/*.rs", Letter::Read), Some("p2"), patient, "doc set");
    let doctor = Some(("doctor", "Practitioner/doc"));
    check(("user/*.rs", Letter::Read), None, doctor, "p1 p2 l1 v1 l2 nobody d1 d2 b doc set");
    check(("patient/*.rs", Letter::Read), Some("p2"), doctor, "p2 l2 d2 doc set");
    check(("user/*.cruds", Letter::Read), None, Some(("admin", "Practitioner/doc")), "doc set");
    check(("user/*.cruds", Letter::Read), None, Some(("unheard-of", "Practitioner/doc")), "");
    check(("system/*.cruds", Letter::Read), None, doctor, "");
}

#[test]
fn whoever_signed_in_may_be_read_by_an_app_that_asked_who_it_is() {
    let doctor = Some(("doctor", "Practitioner/doc"));
    check(("openid fhirUser", Letter::Read), None, doctor, "doc");
    check(("openid", Letter::Read), None, doctor, "");
    check(("openid fhirUser", Letter::Read), None, Some(("patient", "Patient/p1")), "p1");
}
