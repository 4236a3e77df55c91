//! Are the definitions followed that clients store?

use std::sync::atomic::{AtomicI64, Ordering};

use model::{Draft, Id};
use store::memory::Memory;
use store::{Change as Changed, Expectation, Method, Resources as _, Transaction, Write};

use super::*;

fn memory() -> Memory {
    let moment = AtomicI64::new(1);
    Memory::new(Arc::new(move || Instant(moment.fetch_add(1, Ordering::Relaxed))))
}

fn permit() -> Permit {
    Permit::for_the_server("a test writes what it reads")
}

/// Stores a definition called by its id, or deletes what is called so when there is none.
async fn write(store: &Memory, resource_type: &'static str, id: &str, members: Option<&str>) {
    let key = Key::new(ResourceType::known(resource_type), Id::parse(id).expect("an id"));
    let change = match members {
        None => Changed::Delete,
        Some(members) => {
            let text = format!(r#"{{"resourceType":"{resource_type}","id":"{id}",{members}}}"#);
            let tree = json::parse(text.as_bytes()).expect("JSON");
            let draft = Draft::new(tree.as_object().expect("an object").clone(), &key.id);
            Changed::Put { draft, blob: None, rows: Default::default() }
        }
    };
    let write = Write { key, method: Method::Put, change, expect: Expectation::Anything };
    let transaction = Transaction { writes: vec![write], guards: Vec::new() };
    store.commit(&permit(), transaction).await.expect("memory takes all");
}

/// What became of the definitions, and the canonicals of those that take part.
async fn check(stored: &mut Stored, store: &Memory, change: Change, expected: &[&str]) {
    stored.refresh(store).await.expect("memory answers");
    let layer = stored.layer();
    let entries = layer.as_ref().map_or(&[][..], |layer| layer.entries());
    let urls: Vec<_> = entries.iter().map(|entry| &*entry.url).collect();
    assert_eq!((stored.change(), urls.as_slice()), (change, expected));
    stored.settle();
}

#[tokio::test]
async fn what_is_stored_and_deleted_is_followed() {
    let (store, mut stored) = (memory(), Stored::default());
    check(&mut stored, &store, Change::Nothing, &[]).await;
    write(&store, "ValueSet", "v", Some(r#""url":"urn:v""#)).await;
    write(&store, "Patient", "p", Some(r#""active":true"#)).await;
    check(&mut stored, &store, Change::Rules, &["urn:v"]).await;
    write(&store, "SearchParameter", "s", Some(r#""url":"urn:s","code":"a""#)).await;
    check(&mut stored, &store, Change::Parameters, &["urn:s", "urn:v"]).await;
    write(&store, "SearchParameter", "s", Some(r#""url":"urn:s","code":"b""#)).await;
    check(&mut stored, &store, Change::Parameters, &["urn:s", "urn:v"]).await;
    write(&store, "Patient", "p", Some(r#""active":false"#)).await;
    check(&mut stored, &store, Change::Nothing, &["urn:s", "urn:v"]).await;
    write(&store, "ValueSet", "v", None).await;
    check(&mut stored, &store, Change::Rules, &["urn:s"]).await;
    // Whoever begins anew finds the same.
    check(&mut Stored::default(), &store, Change::Parameters, &["urn:s"]).await;
}

#[tokio::test]
async fn what_only_people_read_changes_nothing() {
    let (store, mut stored) = (memory(), Stored::default());
    write(&store, "SearchParameter", "s", Some(r#""url":"urn:s","description":"a""#)).await;
    check(&mut stored, &store, Change::Parameters, &["urn:s"]).await;
    write(&store, "SearchParameter", "s", Some(r#""url":"urn:s","description":"b""#)).await;
    check(&mut stored, &store, Change::Nothing, &["urn:s"]).await;
}

#[tokio::test]
async fn what_r4_itself_defines_stays_as_it_is() {
    let (store, mut stored) = (memory(), Stored::default());
    let patient = r#""url":"http://hl7.org/fhir/StructureDefinition/Patient","version":"9""#;
    write(&store, "StructureDefinition", "a", Some(patient)).await;
    check(&mut stored, &store, Change::Nothing, &[]).await;
    let other = r#""url":"http://hl7.org/fhir/us/StructureDefinition/Patient""#;
    write(&store, "StructureDefinition", "a", Some(other)).await;
    check(&mut stored, &store, Change::Rules, &["http://hl7.org/fhir/us/StructureDefinition/Patient"]).await;
}

#[tokio::test]
async fn more_versions_than_are_read_at_a_time_are_all_read() {
    let (store, mut stored) = (memory(), Stored::default());
    write(&store, "ValueSet", "first", Some(r#""url":"urn:first""#)).await;
    for number in 0..=VERSIONS_AT_A_TIME * 2 {
        write(&store, "ValueSet", "last", Some(&format!(r#""url":"urn:last","version":"{number}""#))).await;
    }
    check(&mut stored, &store, Change::Rules, &["urn:first", "urn:last"]).await;
}
