//! Does a transaction find what its entries search for, and write it in one step?

use store::Expectation::Anything;

use super::{QUERY, delete, ground, patient, put};
use crate::ground::{Ground, bundle, entry, key};
use crate::rigged::Fault;

/// As many as the results of a laboratory's night.
const ENTRIES: usize = 1000;

const REFERENCE: &str = "Patient?identifier=urn:mrn|1";
const LINK: &str = "urn:uuid:00000000-0000-4000-8000-000000000001";

/// An entry like this one under another name.
fn renamed(entry: &str) -> String {
    entry.replace(LINK, "urn:uuid:00000000-0000-4000-8000-000000000002")
}

/// An entry that creates a Patient with this identifier, unless there is one.
fn create(identifier: &str) -> String {
    let query = format!("identifier=urn:mrn|{identifier}");
    let request = format!(r#"{{"method":"POST","url":"Patient","ifNoneExist":"{query}"}}"#);
    let resource = patient("", identifier);
    format!(r#"{{"fullUrl":"{LINK}","resource":{resource},"request":{request}}}"#)
}

/// An entry that replaces the Patient with the identifier that is searched for.
fn update(members: &str) -> String {
    let resource = patient(members, "1");
    let request = format!(r#"{{"method":"PUT","url":"{REFERENCE}"}}"#);
    format!(r#"{{"fullUrl":"{LINK}","resource":{resource},"request":{request}}}"#)
}

fn remove() -> String {
    entry::delete(REFERENCE)
}

/// An entry that puts a resource which refers to another one.
fn refer(reference: &str) -> String {
    let subject = format!(r#"{{"reference":"{reference}"}}"#);
    let resource =
        format!(r#"{{"resourceType":"Basic","id":"r","code":{{"text":"x"}},"subject":{subject}}}"#);
    format!(r#"{{"resource":{resource},"request":{{"method":"PUT","url":"Basic/r"}}}}"#)
}

/// Runs a transaction on a server that holds these Patients; tells to what `Basic/r` refers then.
async fn check_reference(ids: &[&str], entries: &[String], expected: &str) {
    let ground = ground(ids).await;
    let answer = crate::ground::told(&ground.run(bundle("transaction", entries)).await);
    assert!(answer.starts_with('2'), "{answer}");
    let json = ground.json("Basic/r").await;
    assert!(json.contains(&format!(r#""subject":{{"reference":"{expected}"}}"#)), "{json}");
}

/// Runs a transaction that is refused.
async fn check_refused(ids: &[&str], entries: &[String], expected: &str) {
    let ground = ground(ids).await;
    ground.check(bundle("transaction", entries), expected).await;
    assert_eq!(ground.stored().await.len(), ids.len());
}

#[tokio::test]
async fn entries_are_done_on_what_they_find() {
    let ground = ground(&["a"]).await;
    ground.check(bundle("transaction", &[create("1"), renamed(&create("2"))]), "200 OK, 201 Created").await;
    ground.check(bundle("transaction", &[update(r#""active":true,"#)]), "200 OK").await;
    ground.check(bundle("transaction", &[entry::patch(REFERENCE)]), "200 OK").await;
    ground.check(bundle("transaction", &[remove()]), "204 No Content").await;
    ground.check(bundle("transaction", &[remove()]), "204 No Content").await;
    ground.check(bundle("transaction", &[update("")]), "201 Created").await;
}

#[tokio::test]
async fn links_lead_to_what_entries_find() {
    check_reference(&["a"], &[create("1"), refer(LINK)], "Patient/a").await;
    check_reference(&["a"], &[update(""), refer(LINK)], "Patient/a").await;
    check_reference(&[], &[create("1"), refer(LINK)], "Patient/new-1").await;
    check_reference(&[], &[update(r#""id":"b","#), refer(LINK)], "Patient/b").await;
}

#[tokio::test]
async fn a_reference_that_is_a_search_leads_to_what_stands_once_all_is_stored() {
    check_reference(&["a"], &[refer(REFERENCE)], "Patient/a").await;
    check_reference(&["a"], &[create("1"), refer(REFERENCE)], "Patient/a").await;
    check_reference(&[], &[create("1"), refer(REFERENCE)], "Patient/new-1").await;
    check_reference(&[], &[put("b", "1"), refer(REFERENCE)], "Patient/b").await;
    // Replaced by somebody who is not meant, and deleted.
    check_reference(&["a", "b"], &[put("b", "2"), refer(REFERENCE)], "Patient/a").await;
    check_reference(&["a", "b"], &[entry::delete("Patient/b"), refer(REFERENCE)], "Patient/a").await;
    check_reference(&["a"], &[remove(), put("b", "1"), refer(REFERENCE)], "Patient/b").await;
}

#[tokio::test]
async fn a_reference_that_is_a_search_for_none_or_several_is_refused() {
    check_refused(&[], &[put("b", "2"), refer(REFERENCE)], "unresolved-reference at Bundle.entry[1]").await;
    check_refused(&["a", "b"], &[refer(REFERENCE)], "multiple-matches at Bundle.entry[0]").await;
    check_refused(&["a"], &[put("b", "1"), refer(REFERENCE)], "multiple-matches at Bundle.entry[1]").await;
    check_refused(&["a"], &[remove(), refer(REFERENCE)], "unresolved-reference at Bundle.entry[1]").await;
}

#[tokio::test]
async fn what_a_resource_refers_to_that_stands_already_need_not_be_found() {
    let ground = ground(&["a"]).await;
    let managing = r#""managingOrganization":{"reference":"Organization?identifier=x"},"identifier""#;
    let entries = [create("1").replace(r#""identifier""#, managing)];
    ground.check(bundle("transaction", &entries), "200 OK").await;
}

#[tokio::test]
async fn a_large_transaction_whose_entries_all_search_is_stored_whole() {
    let ground = Ground::new();
    let entries: Vec<_> = (0..ENTRIES)
        .map(|entry| create(&entry.to_string()).replace("000000000001", &format!("{entry:012}")))
        .collect();
    let answer = crate::ground::told(&ground.run(bundle("transaction", &entries)).await);
    assert_eq!(answer, vec!["201 Created"; ENTRIES].join(", "));
    let answer = crate::ground::told(&ground.run(bundle("transaction", &entries[..9])).await);
    assert_eq!(answer, ["200 OK"; 9].join(", "));
}

#[tokio::test]
async fn what_is_deleted_is_not_found_by_what_is_created() {
    let ground = ground(&["a"]).await;
    ground.check(bundle("transaction", &[create("1"), remove()]), "201 Created, 204 No Content").await;
    ground.check(delete(QUERY, Anything), "Deleted Patient/new-2/_history/2").await;
}

#[tokio::test]
async fn two_entries_that_concern_the_same_resource_are_refused() {
    let twin = renamed(&create("1"));
    for (ids, entries, entry) in [
        (&["a"][..], vec![update(""), put("a", "1")], 1),
        (&["a"], vec![update(""), remove()], 1),
        (&["a"], vec![remove(), entry::delete("Patient/a")], 1),
        (&["a"], vec![entry::patch(REFERENCE), update("")], 1),
        (&[], vec![create("1"), twin.clone()], 0),
        (&[], vec![create("1"), put("b", "1")], 0),
        (&["a"], vec![update(""), put("b", "1")], 0),
    ] {
        let ground = ground(ids).await;
        let answer = crate::ground::told(&ground.run(bundle("transaction", &entries)).await);
        assert!(
            answer.starts_with(&format!("duplicate-entry at Bundle.entry[{entry}]")),
            "{answer} {entries:?}"
        );
        assert_eq!(ground.stored().await.len(), ids.len());
    }
}

#[tokio::test]
async fn criteria_that_are_refused_name_their_entry() {
    let several = &["a", "b"];
    check_refused(several, &[put("c", "2"), create("1")], "multiple-matches at Bundle.entry[1]").await;
    check_refused(several, &[update("")], "multiple-matches at Bundle.entry[0]").await;
    check_refused(several, &[entry::patch(REFERENCE)], "multiple-matches at Bundle.entry[0]").await;
    check_refused(&[], &[entry::patch(REFERENCE)], "not-found at Bundle.entry[0]").await;
    let misplaced = entry::delete("Patient/a").replace(r#""url""#, r#""ifNoneExist":"active=true","url""#);
    check_refused(&["a"], &[misplaced], "invalid-entry at Bundle.entry[0].request.ifNoneExist").await;
}

#[tokio::test]
async fn entries_of_a_batch_are_done_one_by_one_on_what_they_find() {
    let ground = ground(&["a"]).await;
    let entries = [create("1"), entry::patch(REFERENCE), renamed(&create("2")), refer(REFERENCE)];
    ground.check(bundle("batch", &entries), "200 OK, 200 OK, 201 Created, 201 Created").await;
    assert!(ground.json("Basic/r").await.contains("Patient/a"));
    ground.check(bundle("batch", &[remove(), create("3")]), "204 No Content, 201 Created").await;
}

#[tokio::test]
async fn a_transaction_that_finds_what_was_created_meanwhile_is_made_anew() {
    let twin = || Fault::Twins(key("Patient/twin"), patient(r#""id":"twin","#, "1"), 1);
    let ground = Ground::new();
    ground.store.rig(twin());
    ground.check(bundle("transaction", &[create("1"), refer(LINK)]), "200 OK, 201 Created").await;
    assert!(ground.json("Basic/r").await.contains("Patient/twin"));
    let ground = super::ground(&["a"]).await;
    ground.store.rig(twin());
    let entries = [put("b", "2"), refer(REFERENCE)];
    ground.check(bundle("transaction", &entries), "multiple-matches at Bundle.entry[1]").await;
    assert_eq!(ground.stored().await, ["Patient/a/_history/1", "Patient/twin/_history/1"]);
}

#[tokio::test]
async fn what_was_seen_at_two_moments_is_looked_at_again() {
    let ground = Ground::new();
    ground.store.rig(Fault::TwinSeenLate(key("Patient/twin"), patient(r#""id":"twin","#, "1")));
    ground.check(bundle("transaction", &[create("1"), refer(REFERENCE)]), "200 OK, 201 Created").await;
    assert!(ground.json("Basic/r").await.contains("Patient/twin"));
}
