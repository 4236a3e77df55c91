//! Is a large transaction stored whole, with every reference between its entries?

use std::collections::HashMap;

use interactions::Answer;
use serde_json::{Value, json};

use crate::ground::{Ground, bundle, told};

/// As many as a long hospital stay has.
const ENTRIES: usize = 2_000;

/// Where the links of an entry point: to itself, around in a circle both ways, far across, and all to one.
fn targets(entry: usize) -> [usize; 5] {
    [entry, (entry + 1) % ENTRIES, (entry + ENTRIES - 1) % ENTRIES, ENTRIES - 1 - entry, 0]
}

#[tokio::test]
async fn a_large_transaction_whose_entries_refer_to_each_other_is_stored_whole() {
    let ground = Ground::new();
    let entries: Vec<_> = (0..ENTRIES).map(|entry| request(entry).to_string()).collect();
    let answer = ground.run(bundle("transaction", &entries)).await;
    let Ok(Answer::Bundle(bytes)) = &answer else { panic!("refused: {}", told(&answer)) };
    let places = places(&serde_json::from_slice(bytes).expect("the answer is JSON"));
    assert_eq!(places.len(), ENTRIES);
    assert_eq!(ground.store.commits(), 1);
    assert_eq!(ground.stored().await.len(), ENTRIES);
    for (entry, place) in places.iter().enumerate() {
        let stored: Value = serde_json::from_str(&ground.json(place).await).expect("JSON is stored");
        assert_eq!(stored["identifier"][0]["value"], json!(entry.to_string()), "{place}");
        let links = stored["link"].as_array().expect("the links are stored");
        let found: Vec<_> = links.iter().map(|link| link["other"]["reference"].as_str()).collect();
        let expected: Vec<_> = targets(entry).iter().map(|target| Some(places[*target].as_str())).collect();
        assert_eq!(found, expected, "{place}");
    }
}

/// Every third entry has an id of the client's choice; the others get the server's.
fn request(entry: usize) -> Value {
    let links =
        targets(entry).map(|target| json!({ "other": { "reference": name(target) }, "type": "seealso" }));
    let mut resource = json!({
        "resourceType": "Patient",
        "identifier": [{ "value": entry.to_string() }],
        "link": links,
    });
    let mut request = json!({ "method": "POST", "url": "Patient" });
    if entry.is_multiple_of(3) {
        let id = format!("mine-{entry}");
        request = json!({ "method": "PUT", "url": format!("Patient/{id}") });
        resource["id"] = json!(id);
    }
    json!({ "fullUrl": name(entry), "resource": resource, "request": request })
}

fn name(entry: usize) -> String {
    format!("urn:uuid:00000000-0000-4000-8000-{entry:012}")
}

/// Where each entry was stored, no two in one place.
fn places(answer: &Value) -> Vec<String> {
    let mut entries = HashMap::new();
    let mut places = Vec::new();
    for (number, entry) in answer["entry"].as_array().expect("entries").iter().enumerate() {
        let location = entry["response"]["location"].as_str().expect("each entry was stored");
        let local = location.strip_prefix("http://here.example/fhir/").expect("stored here");
        let place = local.split("/_history/").next().unwrap_or_default().to_owned();
        assert_eq!(entries.insert(place.clone(), number), None, "{place} was given twice");
        places.push(place);
    }
    places
}
