//! Are resources found by their words, wherever a search may ask for them?

use std::sync::Arc;

use interactions::words::Nowhere;
use interactions::{Conditional, Content, Criteria, Interaction};
use store::Expectation::Anything;

use crate::ground::{Ground, bundle, delete, entry, key, object, search};
use crate::rigged::Fault;

/// A resource with a narrative and a note.
fn basic(id: &str, narrative: &str, note: &str) -> String {
    format!(
        r#"{{"resourceType":"Basic","id":"{id}","code":{{"text":"{note}"}},"subject":{{"reference":"Patient/p"}},
        "text":{{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>{narrative}</p></div>"}}}}"#
    )
}

fn put(of: &str, resource: &str) -> Interaction {
    Interaction::Update { key: key(of), content: Content::Resource(object(resource)), expect: Anything }
}

/// A server that holds three resources with words, and a Patient.
async fn ground() -> Ground {
    let ground = Ground::new();
    for (id, narrative, note) in
        [("a", "Chest pain", "Fever"), ("b", "Pain of the chest", "Cough"), ("c", "Well", "chest pain")]
    {
        let told = format!("Created Basic/{id}/_history/1");
        ground.check(put(&format!("Basic/{id}"), &basic(id, narrative, note)), &told).await;
    }
    let patient = r#"{"resourceType":"Patient","id":"p","name":[{"text":"Peter Chest"}]}"#;
    ground.check(put("Patient/p", patient), "Created Patient/p/_history/1").await;
    ground
}

async fn check(place: &str, query: &str, expected: &str) {
    ground().await.check(search(place, query), expected).await;
}

#[tokio::test]
async fn words_select_like_any_other_parameter() {
    check("Basic", "_text=chest&_sort=_id", "Found Basic/a Basic/b").await;
    check("Basic", "_content=chest&_sort=-_id", "Found Basic/c Basic/b Basic/a").await;
    check("Basic", "_content=chest&_id=a,c,x&_sort=_id", "Found Basic/a Basic/c").await;
    check("Basic", "_content=fever,cough&_sort=_id", "Found Basic/a Basic/b").await;
    check("Basic", "_text=chest&_content=fever", "Found Basic/a").await;
    check("Basic", "_text=%22chest pain%22", "Found Basic/a").await;
    check("Basic", "_text=chest&_summary=count", "Found").await;
    check("Basic", "_text=well&_include=Basic:subject", "Found Basic/c Patient/p+").await;
    check("Basic", "_text=nothing", "Found").await;
}

#[tokio::test]
async fn words_are_looked_for_in_all_types_and_at_the_end_of_chains() {
    check("", "_content=chest&_type=Basic,Patient&_sort=_id", "Found Basic/a Basic/b Basic/c Patient/p")
        .await;
    check("", "_content=peter", "Found Patient/p").await;
    check("Basic", "patient._content=peter&_text=well", "Found Basic/c").await;
    check("Basic", "patient._content=paul", "Found").await;
    check("Patient", "_has:Basic:patient:_text=well", "Found Patient/p").await;
    check("Patient/p/Basic", "_text=well", "Found Basic/c").await;
}

#[tokio::test]
async fn what_was_written_is_found_at_once_and_what_it_replaced_is_not() {
    let ground = ground().await;
    ground.check(search("Basic", "_text=well"), "Found Basic/c").await;
    ground.check(put("Basic/c", &basic("c", "Ill", "x")), "Updated Basic/c/_history/2").await;
    ground.check(search("Basic", "_text=well"), "Found").await;
    ground.check(search("Basic", "_text=ill"), "Found Basic/c").await;
    ground.check(delete("Basic/c"), "Deleted Basic/c/_history/3").await;
    ground.check(search("Basic", "_text=ill"), "Found").await;
    ground.check(search("Basic", "_content=chest&_sort=_id"), "Found Basic/a Basic/b").await;
}

#[tokio::test]
async fn what_cannot_be_looked_for_is_refused() {
    check("Basic", "_text=(a", "invalid-parameter").await;
    check("Basic", "_content=*", "invalid-parameter").await;
    check("Basic", "_content=%26", "invalid-parameter").await;
    check("Basic", &format!("_content={}", "a+".repeat(257)), "invalid-parameter").await;
    let alternatives = ["a"; 8].iter().enumerate().map(|(number, it)| format!("{it}{number}"));
    check("", &format!("_content={}", alternatives.collect::<Vec<_>>().join(",")), "too-costly").await;
    let mut ground = ground().await;
    ground.context.words = Arc::new(Nowhere);
    ground.check(search("Basic", "_content=a"), "not-supported").await;
    ground.check(search("Basic", "_id=a"), "Found Basic/a").await;
}

fn create(query: &str, note: &str) -> Interaction {
    let criteria = Criteria::read(key("Basic/x").resource_type, query).expect("well-formed");
    let content = Content::Resource(object(&basic("x", "New", note)));
    Interaction::Conditional { criteria, change: Conditional::Create(content) }
}

#[tokio::test]
async fn criteria_may_ask_for_words() {
    let ground = ground().await;
    ground.check(create("_content=fever", "fever"), "Unchanged Basic/a/_history/1").await;
    ground.check(create("_content=rash", "rash"), "Created Basic/new-2/_history/1").await;
    ground.check(create("_content=rash", "rash"), "Unchanged Basic/new-2/_history/1").await;
    ground.check(create("_content=chest", "chest"), "multiple-matches").await;
    let refers = basic("r", "x", "y").replace("Patient/p", "Patient?_content=peter");
    ground.check(put("Basic/r", &refers), "Created Basic/r/_history/1").await;
    assert!(ground.json("Basic/r").await.contains("\"Patient/p\""));
    let look = entry::look("Basic?_text=well");
    ground.check(bundle("batch", &[look]), "200 OK").await;
}

#[tokio::test]
async fn what_is_written_meanwhile_is_found_by_its_words() {
    let ground = ground().await;
    ground.store.rig(Fault::Twins(key("Basic/twin"), basic("twin", "Twin", "rash"), 1));
    ground.check(create("_content=rash", "rash"), "Unchanged Basic/twin/_history/1").await;
}
