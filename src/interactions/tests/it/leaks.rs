//! Does anything of another patient reach whoever may see only one?
//!
//! Two worlds, alike but for what is there of another patient. A principal asks the same in both; the answers must be
//! the same to the byte, and none may hold a word that only the other's resources have.

mod asked;
mod world;

use std::sync::Arc;

use access::{Known, Person, Principal, Rights, Scopes};
use interactions::{Answer, Interaction};
use model::{Id, Instant, json, outcome};
use search::types::Surroundings;

use crate::ground::{Ground, bundle};
use asked::{entries, histories, joins, reads, searches, writes};
use world::{CANARY, fill};

/// How a principal came to its rights.
#[derive(Clone, Copy)]
struct Who {
    scopes: &'static str,
    patient: Option<&'static str>,
    person: Option<(&'static str, &'static str)>,
}

/// Whoever reaches the first patient only, by one way or another.
const LIMITED: &[Who] = &[
    Who { scopes: "patient/*.cruds", patient: Some("p1"), person: None },
    Who { scopes: "patient/*.rs", patient: Some("p1"), person: None },
    Who { scopes: "patient/*.read patient/*.write", patient: Some("p1"), person: None },
    Who { scopes: "user/*.cruds openid fhirUser", patient: None, person: Some(("patient", "Patient/p1")) },
    Who { scopes: "patient/*.cruds", patient: Some("p1"), person: Some(("doctor", "Practitioner/dr")) },
    Who {
        scopes: "patient/Observation.rs?category=laboratory patient/Patient.r",
        patient: Some("p1"),
        person: None,
    },
    Who { scopes: "patient/Patient.rs patient/Condition.cruds", patient: Some("p1"), person: None },
    Who { scopes: "patient/*.rs", patient: None, person: None },
    Who { scopes: "user/*.cruds", patient: None, person: Some(("admin", "Practitioner/dr")) },
];

impl Who {
    fn principal(&self, ground: &Ground) -> Principal {
        let context = &ground.context;
        let types = context.definitions.resource_types();
        let scopes = Scopes::known(self.scopes, types);
        let shelf = context.library.shelf();
        let surroundings = Surroundings {
            catalogue: &shelf.catalogue,
            terminology: &shelf.rules.terminology,
            base_url: &context.policy.base_url,
            now: Instant(0),
        };
        let patient = self.patient.and_then(Id::parse);
        let fhir_user = self.person.map(|(_, named)| crate::ground::key(named));
        let person = self.person.map(|(role, _)| Person { role, fhir_user: fhir_user.as_ref() });
        let rights = Rights { scopes: &scopes, patient: patient.as_ref(), person };
        let reach = Arc::new(access::reach(&rights, types, &surroundings));
        Principal::Known(Arc::new(Known { client: "app".into(), account: None, reach }))
    }
}

/// What an answer says, as bytes would go out; times and numbers of what is new are left out.
fn shown(answer: &Result<Answer, interactions::Failure>) -> String {
    let text = match answer {
        Ok(Answer::Version(version)) => version.json.clone().map(|json| json.to_vec()).unwrap_or_default(),
        Ok(Answer::Written(written)) => {
            let json = written.version.as_ref().and_then(|version| version.json.clone());
            format!("{:?} {}", written.effect, String::from_utf8_lossy(&json.unwrap_or_default())).into()
        }
        Ok(Answer::Bundle(bytes) | Answer::Again(bytes)) => bytes.to_vec(),
        Ok(Answer::Resource(resource)) => json::to_compact(resource),
        Err(failure) => json::to_compact(&outcome::outcome(&failure.issues)),
    };
    masked(&String::from_utf8(text).expect("answers are UTF-8"))
}

/// Cursors are signed places in the whole store, and a commit's time comes after those of all others.
fn masked(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = ["\"lastUpdated\":\"", "_cursor=", "\"lastModified\":\"", "_before="]
        .iter()
        .filter_map(|mark| rest.find(mark).map(|at| at + mark.len()))
        .min()
    {
        let (before, behind) = rest.split_at(place);
        masked.push_str(before);
        rest = behind.find(['"', '&']).map_or("", |end| &behind[end..]);
    }
    masked + rest
}

/// Asks the same in both worlds.
async fn check(who: &Who, requests: &[Request]) {
    let worlds = [fill(false).await, fill(true).await];
    for request in requests {
        let mut answers = Vec::new();
        for ground in &worlds {
            let answer =
                interactions::run(&ground.context, &who.principal(ground), request.interaction()).await;
            answers.push(shown(&answer));
        }
        let what = format!("{} of {:?}: {}", request.0, who.patient, who.scopes);
        // Who asks by the word is told the question, in the link to the page itself.
        let tells = !request.0.contains(CANARY) && answers[1].contains(CANARY);
        assert!(!tells, "{what} tells of another: {}", answers[1]);
        assert_eq!(answers[0], answers[1], "{what}");
    }
}

/// A request as an entry of a batch, so that all that a URL can ask is asked as a client writes it.
struct Request(String);

impl Request {
    fn interaction(&self) -> Interaction {
        bundle("batch", &[&self.0])
    }
}

macro_rules! tests {
    ($($name:ident: $requests:expr;)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let requests = $requests;
                assert!(requests.len() > 5, "there is something to ask");
                for who in LIMITED {
                    check(who, &requests).await;
                }
            }
        )*
    };
}

tests! {
    reading_tells_nothing_of_another_patient: reads();
    histories_tell_nothing_of_another_patient: histories();
    writing_tells_nothing_of_another_patient_and_leaves_it_alone: writes();
}

/// All parameters of all types are many: whoever reaches most asks all of it, the others some.
async fn check_many(requests: fn() -> Vec<Request>, every: usize) {
    assert!(requests().len() > 1000, "there is something to ask");
    check(&LIMITED[0], &requests()).await;
    for who in &LIMITED[1..] {
        check(who, &requests().into_iter().step_by(every).collect::<Vec<_>>()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_search_tells_of_another_patient() {
    check_many(searches, 17).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn joining_tells_nothing_of_another_patient() {
    check_many(joins, 11).await;
}

/// Whoever is limited to one patient sees all of that one.
#[tokio::test]
async fn what_belongs_to_the_patient_is_all_there() {
    let ground = fill(true).await;
    let everything =
        "Patient Observation Condition Encounter MedicationRequest AllergyIntolerance Procedure Device";
    for resource_name in everything.split(' ') {
        let request = &entries(&[format!("{resource_name}?_total=accurate")])[0];
        for who in &LIMITED[..4] {
            let answer =
                interactions::run(&ground.context, &who.principal(&ground), request.interaction()).await;
            let told = shown(&answer);
            assert!(told.contains("\"total\":1,"), "{resource_name} by {}: {told}", who.scopes);
        }
    }
}

/// What others wrote before is as they left it.
#[tokio::test]
async fn nothing_that_was_asked_changed_another_patients_record() {
    let ground = fill(true).await;
    let before = ground.stored().await;
    for who in LIMITED {
        for request in writes() {
            let answer =
                interactions::run(&ground.context, &who.principal(&ground), request.interaction()).await;
            assert!(answer.is_ok(), "a batch is answered");
        }
    }
    let after = ground.stored().await;
    let of_another = |all: &[String]| -> Vec<String> {
        all.iter().filter(|place| place.contains("/p2") || place.contains("-p2")).cloned().collect()
    };
    assert_eq!(of_another(&before), of_another(&after));
    assert!(after.len() > before.len(), "something was written");
}
