//! Is what resources contain found and shown as it is asked for?

use interactions::Answer;
use model::{Value, json};

use crate::ground::{Ground, bundle, search};

fn put(place: &str, members: &str) -> String {
    let (resource_type, id) = place.split_once('/').expect("type and id");
    let resource = format!(r#"{{"resourceType":"{resource_type}","id":"{id}",{members}}}"#);
    format!(r#"{{"resource":{resource},"request":{{"method":"PUT","url":"{place}"}}}}"#)
}

/// A server with orders that contain what is ordered, and a medication that stands alone.
async fn pharmacy() -> Ground {
    let ground = Ground::new();
    let inner = |id: &str, code: &str| {
        format!(r#"{{"resourceType":"Medication","id":"{id}","code":{{"coding":[{{"code":"{code}"}}]}}}}"#)
    };
    let order = |contained: &[String]| {
        // What nothing refers to may not be contained.
        let refer = |number| format!(r##"{{"reference":"#m{number}"}}"##);
        let others: Vec<_> = (1..=contained.len()).map(refer).collect();
        let (contained, others) = (contained.join(","), others.join(","));
        format!(
            r##""status":"active","intent":"order","subject":{{"reference":"Patient/p"}},
            "contained":[{contained}],"supportingInformation":[{others}],"medicationReference":{{"reference":"#m1"}}"##
        )
    };
    let part = r##""ingredient":[{"itemReference":{"reference":"#part"}}]"##;
    let alone = r#""code":{"coding":[{"code":"a"}]}"#;
    let entries = [
        put("MedicationRequest/one", &order(&[inner("m1", "a"), inner("m2", "a"), inner("m3", "b")])),
        put("MedicationRequest/two", &order(&[inner("m1", "b")])),
        put(
            "MedicationDispense/three",
            &order(&[inner("m1", "a")]).replace(r#""active","intent":"order""#, r#""completed""#),
        ),
        put("Medication/alone", alone),
        put("Medication/kit", &format!(r##""contained":[{}],{part},{alone}"##, inner("part", "a"))),
    ];
    ground.run(bundle("transaction", &entries)).await.expect("all is stored");
    ground
}

/// What a search shows, below the base, and whether there is a next page.
async fn shown(ground: &Ground, place: &str, query: &str) -> (String, Option<String>) {
    let answer = ground.run(search(place, query)).await;
    let Ok(Answer::Bundle(bytes)) = answer else { panic!("{query}: no Bundle but {:?}", answer.err()) };
    let bundle = json::parse(&bytes).expect("a Bundle is JSON");
    let entries = bundle.get("entry").map(Value::items).unwrap_or_default();
    let urls = entries.iter().filter_map(|entry| entry.text("fullUrl"));
    let places = urls.filter_map(|url| url.strip_prefix("http://here.example/fhir/"));
    let links = bundle.get("link").map(Value::items).unwrap_or_default();
    let next = links.iter().find(|link| link.text("relation") == Some("next"));
    let next = next.and_then(|link| link.text("url")?.split_once('?')).map(|(_, query)| query.to_owned());
    (places.collect::<Vec<_>>().join(" "), next)
}

async fn check(query: &str, expected: &str) {
    let (place, parameters) = query.split_once('?').expect("a type and a query");
    let (found, next) = shown(&pharmacy().await, place, parameters).await;
    assert_eq!((found.as_str(), next), (expected, None), "{query}");
}

#[tokio::test]
async fn containers_are_found_once_each_whatever_their_type() {
    check("Medication?code=a", "Medication/alone Medication/kit").await;
    check(
        "Medication?_contained=true&code=a",
        "MedicationRequest/one MedicationDispense/three Medication/kit",
    )
    .await;
    check(
        "Medication?_contained=both&code=a",
        "Medication/alone Medication/kit MedicationRequest/one MedicationDispense/three",
    )
    .await;
    check("Medication?_contained=true&code=a&_id=m2", "MedicationRequest/one").await;
    check("MedicationRequest?_contained=true", "").await;
}

#[tokio::test]
async fn contained_resources_are_shown_themselves_where_that_is_asked_for() {
    check(
        "Medication?_contained=true&_containedType=contained&code=a",
        "MedicationRequest/one#m1 MedicationRequest/one#m2 MedicationDispense/three#m1 Medication/kit#part",
    )
    .await;
    check(
        "Medication?_contained=both&_containedType=contained&code=a",
        "Medication/alone Medication/kit#part Medication/kit MedicationRequest/one#m1 MedicationRequest/one#m2 \
         MedicationDispense/three#m1",
    )
    .await;
}

#[tokio::test]
async fn a_chain_looks_into_what_is_contained() {
    check("MedicationRequest?medication.code=a", "MedicationRequest/one").await;
    check("MedicationRequest?medication.code=b", "MedicationRequest/two").await;
    check("MedicationRequest?medication.code=c", "").await;
}

#[tokio::test]
async fn pages_of_contained_resources_show_each_once() {
    let ground = pharmacy().await;
    for count in 1..5 {
        let mut query = format!("_contained=true&_containedType=contained&_count={count}");
        let mut found = Vec::new();
        for _ in 0..6 {
            let (page, next) = shown(&ground, "Medication", &query).await;
            let page: Vec<_> = page.split(' ').map(str::to_owned).collect();
            // A single resource may contain more than fit.
            let first = page[0].split('#').next().unwrap_or_default();
            assert!(page.len() <= count || page.iter().all(|it| it.starts_with(first)), "{count}: {page:?}");
            found.extend(page);
            let Some(next) = next else { break };
            query = next;
        }
        let expected = [
            "MedicationRequest/one#m1",
            "MedicationRequest/one#m2",
            "MedicationRequest/one#m3",
            "MedicationRequest/two#m1",
            "MedicationDispense/three#m1",
            "Medication/kit#part",
        ];
        found.sort();
        let mut all = expected.to_vec();
        all.sort_unstable();
        assert_eq!(found, all, "{count}");
    }
}
