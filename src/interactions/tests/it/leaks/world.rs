//! What is there, of one patient or of two?

use std::sync::Arc;

use model::{Draft, Object};
use search::index;
use store::{Change, Expectation, Method, Transaction, Write};

use crate::ground::{Ground, key, object, permit};

/// A word that stands in the other patient's resources and nowhere else.
pub(super) const CANARY: &str = "kanarie";

/// Resources of a patient: `ID` is the patient's id, `WORD` a word of theirs.
pub(super) const OF_A_PATIENT: &[(&str, &str)] = &[
    (
        "Patient/ID",
        r#""name":[{"family":"WORD","given":["WORD"]}],"identifier":[{"system":"urn:x","value":"WORD"}],"birthDate":"1970-01-01","generalPractitioner":[{"reference":"Practitioner/dr"}],"managingOrganization":{"reference":"Organization/org"}"#,
    ),
    (
        "Observation/lab-ID",
        r#""status":"final","subject":{"reference":"Patient/ID"},"encounter":{"reference":"Encounter/visit-ID"},"category":[{"coding":[{"code":"laboratory"}]}],"code":{"text":"WORD","coding":[{"code":"WORD"}]},"valueQuantity":{"value":7,"unit":"mg","system":"http://unitsofmeasure.org","code":"mg"},"effectiveDateTime":"2020-01-01","performer":[{"reference":"Practitioner/dr"}]"#,
    ),
    (
        "Condition/ill-ID",
        r#""subject":{"reference":"Patient/ID"},"code":{"text":"WORD","coding":[{"code":"WORD"}]},"onsetString":"WORD","encounter":{"reference":"Encounter/visit-ID"}"#,
    ),
    (
        "Encounter/visit-ID",
        r#""status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/ID"},"identifier":[{"value":"WORD"}],"location":[{"location":{"reference":"Location/room"}}]"#,
    ),
    (
        "MedicationRequest/drug-ID",
        r#""status":"active","intent":"order","subject":{"reference":"Patient/ID"},"medicationReference":{"reference":"Medication/pill"},"identifier":[{"value":"WORD"}]"#,
    ),
    (
        "AllergyIntolerance/nuts-ID",
        r#""patient":{"reference":"Patient/ID"},"code":{"text":"WORD","coding":[{"code":"WORD"}]},"asserter":{"reference":"Patient/ID"}"#,
    ),
    (
        "Procedure/cut-ID",
        r#""status":"completed","subject":{"reference":"Patient/ID"},"code":{"text":"WORD","coding":[{"code":"WORD"}]},"reasonReference":[{"reference":"Condition/ill-ID"}]"#,
    ),
    (
        "Device/pump-ID",
        r#""patient":{"reference":"Patient/ID"},"deviceName":[{"name":"WORD","type":"user-friendly-name"}],"identifier":[{"value":"WORD"}]"#,
    ),
    (
        "DiagnosticReport/report-ID",
        r#""status":"final","subject":{"reference":"Patient/ID"},"code":{"text":"WORD"},"result":[{"reference":"Observation/lab-ID"}]"#,
    ),
    (
        "DocumentReference/letter-ID",
        r#""status":"current","subject":{"reference":"Patient/ID"},"description":"WORD","content":[{"attachment":{"title":"WORD","url":"Binary/scan-ID"}}]"#,
    ),
    (
        "List/list-ID",
        r#""status":"current","mode":"working","title":"WORD","subject":{"reference":"Patient/ID"},"entry":[{"item":{"reference":"Condition/ill-ID"}}]"#,
    ),
    (
        "Provenance/from-ID",
        r#""recorded":"2020-01-01T00:00:00Z","target":[{"reference":"Patient/ID"}],"agent":[{"who":{"display":"WORD"}}]"#,
    ),
    (
        "AuditEvent/look-ID",
        r#""type":{"code":"rest"},"recorded":"2020-01-01T00:00:00Z","agent":[{"requestor":true,"name":"WORD"}],"source":{"observer":{"display":"WORD"}},"entity":[{"what":{"reference":"Patient/ID"}}]"#,
    ),
    ("RelatedPerson/aunt-ID", r#""patient":{"reference":"Patient/ID"},"name":[{"family":"WORD"}]"#),
    ("Basic/note-ID", r#""code":{"text":"WORD"},"subject":{"reference":"Patient/ID"}"#),
    ("Binary/scan-ID", r#""contentType":"text/WORD""#),
];

/// Resources of nobody.
const BESIDE: &[(&str, &str)] = &[
    ("Practitioner/dr", r#""name":[{"family":"Doctor"}]"#),
    ("Organization/org", r#""name":"Clinic""#),
    ("Location/room", r#""name":"Room""#),
    ("Medication/pill", r#""code":{"text":"pill"}"#),
];

/// A world with the other patient or without.
pub(super) async fn fill(other: bool) -> Ground {
    let ground = Ground::new();
    let of = |id: &str, word: &str, content: &str| content.replace("ID", id).replace("WORD", word);
    for (place, content) in BESIDE {
        put(&ground, place, content).await;
    }
    for (place, content) in OF_A_PATIENT {
        put(&ground, &of("p1", "own", place), &of("p1", "own", content)).await;
    }
    if other {
        for (place, content) in OF_A_PATIENT {
            put(&ground, &of("p2", CANARY, place), &of("p2", CANARY, content)).await;
        }
        // What was the first patient's once, and what was deleted.
        let moved = r#""code":{"text":"moved"},"subject":{"reference":"Patient/ID"}"#;
        put(&ground, "Basic/moved-p2", &of("p1", "", moved)).await;
        put(&ground, "Basic/moved-p2", &of("p2", "", moved)).await;
        put(&ground, "Basic/gone-p2", &of("p2", "", moved)).await;
        commit(&ground, "Basic/gone-p2", Method::Delete, Change::Delete).await;
        put(&ground, "Group/group-p2", r#""type":"person","actual":true,"name":"kanarie","member":[{"entity":{"reference":"Patient/p2"}}]"#).await;
    }
    ground
}

async fn put(ground: &Ground, place: &str, content: &str) {
    let (resource_type, id) = place.split_once('/').expect("type and id");
    let text = format!(r#"{{"resourceType":"{resource_type}","id":"{id}",{content}}}"#);
    let resource: Object = object(&text);
    let key = key(place);
    let catalogue = ground.context.library.catalogue();
    let rows = index::rows(&resource, key.resource_type, &catalogue, &ground.context.policy.base_url);
    let draft = Draft::new(resource, &key.id);
    let change = Change::Put { draft, blob: None, rows: rows.expect("few rows") };
    commit(ground, place, Method::Put, change).await;
}

async fn commit(ground: &Ground, place: &str, method: Method, change: Change) {
    let write = Write { key: key(place), method, change, expect: Expectation::Anything };
    let transaction = Transaction { writes: vec![write], guards: Vec::new() };
    let store = Arc::clone(&ground.store);
    store::Resources::commit(&*store, &permit(), transaction).await.expect("it is written");
}
