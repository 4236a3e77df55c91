//! Does a write on a condition concern what is meant, and nothing else?

mod races;
mod transactions;

use interactions::{Conditional, Content, Criteria, Interaction, PatchDocument};
use model::limits::CONDITIONAL_DELETE_MAX;
use model::{ResourceType, VersionId};
use store::Expectation::{self, Absent, Anything, OneOf, Present};

use crate::ground::{Ground, bundle, object};

const QUERY: &str = "identifier=urn:mrn|1";

/// A Patient with an identifier, and members before it.
fn patient(members: &str, identifier: &str) -> String {
    let identifier = format!(r#"{{"system":"urn:mrn","value":"{identifier}"}}"#);
    format!(r#"{{"resourceType":"Patient",{members}"identifier":[{identifier}]}}"#)
}

fn on_condition(query: &str, change: Conditional) -> Interaction {
    let criteria = Criteria::read(ResourceType::known("Patient"), query).expect("well-formed");
    Interaction::Conditional { criteria, change }
}

fn create(query: &str) -> Interaction {
    on_condition(query, Conditional::Create(Content::Resource(object(&patient("", "1")))))
}

fn update(members: &str, expect: Expectation) -> Interaction {
    let content = Content::Resource(object(&patient(members, "1")));
    on_condition(QUERY, Conditional::Update { content, expect })
}

fn patch(query: &str, expect: Expectation) -> Interaction {
    let patch = PatchDocument::Merge(object(r#"{"active":true}"#).into());
    on_condition(query, Conditional::Patch { patch, expect })
}

fn delete(query: &str, expect: Expectation) -> Interaction {
    on_condition(query, Conditional::Delete { expect })
}

/// An entry that puts `Patient/a`, `Patient/b` … with the same identifier.
fn put(id: &str, identifier: &str) -> String {
    let resource = patient(&format!(r#""id":"{id}","#), identifier);
    format!(r#"{{"resource":{resource},"request":{{"method":"PUT","url":"Patient/{id}"}}}}"#)
}

/// A server that holds these Patients, all with the identifier that is searched for.
async fn ground(ids: &[&str]) -> Ground {
    let ground = Ground::new();
    hold(&ground, ids).await;
    ground
}

async fn hold(ground: &Ground, ids: &[&str]) {
    if ids.is_empty() {
        return;
    }
    let entries: Vec<_> = ids.iter().map(|id| put(id, "1")).collect();
    ground.check(bundle("transaction", &entries), &vec!["201 Created"; ids.len()].join(", ")).await;
}

/// Runs an interaction on a server that holds these Patients.
async fn check(ids: &[&str], interaction: Interaction, expected: &str) {
    ground(ids).await.check(interaction, expected).await;
}

#[tokio::test]
async fn a_conditional_create_makes_what_is_not_there_and_tells_what_is() {
    check(&[], create(QUERY), "Created Patient/new-1/_history/1").await;
    check(&["a"], create(QUERY), "Unchanged Patient/a/_history/1").await;
    check(&["a", "b"], create(QUERY), "multiple-matches").await;
    check(&["a"], create("identifier=urn:mrn|2"), "Created Patient/new-2/_history/1").await;
}

#[tokio::test]
async fn what_was_deleted_is_not_there() {
    let ground = ground(&["a"]).await;
    ground.check(delete(QUERY, Anything), "Deleted Patient/a/_history/2").await;
    ground.check(create(QUERY), "Created Patient/new-3/_history/1").await;
}

#[tokio::test]
async fn criteria_that_are_not_understood_or_select_nothing_are_refused() {
    for (query, expected) in [
        ("identifer=urn:mrn|1", "unknown-parameter"),
        ("identifier=urn:mrn|1&_count=1", "invalid-parameter"),
        ("identifier:near=1", "invalid-parameter"),
        ("", "invalid-parameter"),
    ] {
        for interaction in [create(query), patch(query, Anything), delete(query, Anything)] {
            let ground = ground(&["a"]).await;
            ground.check(interaction, expected).await;
            assert_eq!(ground.stored().await, ["Patient/a/_history/1"], "{query}");
        }
    }
}

#[tokio::test]
async fn a_conditional_update_replaces_the_one_that_matches() {
    check(&["a"], update(r#""active":true,"#, Anything), "Updated Patient/a/_history/2").await;
    check(&["a"], update(r#""id":"a","active":true,"#, Anything), "Updated Patient/a/_history/2").await;
    check(&["a"], update(r#""id":"b","#, Anything), "id-mismatch at Patient.id").await;
    check(&["a", "b"], update(r#""id":"b","#, Anything), "multiple-matches").await;
    check(&["a"], update(r#""id":"_","#, Anything), "invalid-id at Patient.id").await;
}

#[tokio::test]
async fn a_conditional_update_creates_what_does_not_match() {
    check(&[], update("", Anything), "Created Patient/new-1/_history/1").await;
    check(&[], update(r#""id":"b","#, Anything), "Created Patient/b/_history/1").await;
    let ground = Ground::new();
    ground.check(bundle("transaction", &[put("b", "2")]), "201 Created").await;
    ground.check(update(r#""id":"b","#, Anything), "id-taken at Patient.id").await;
    let ground = Ground::without_client_ids();
    ground.check(update(r#""id":"b","#, Anything), "client-id-refused").await;
    ground.check(update("", Anything), "Created Patient/new-2/_history/1").await;
}

#[tokio::test]
async fn a_conditional_update_creates_under_the_id_of_what_was_deleted() {
    let ground = ground(&["a"]).await;
    ground.check(delete(QUERY, Anything), "Deleted Patient/a/_history/2").await;
    ground.check(update(r#""id":"a","#, Anything), "Created Patient/a/_history/3").await;
}

#[tokio::test]
async fn the_version_that_a_client_names_must_be_that_of_the_match() {
    let other = || OneOf(vec![VersionId(7)]);
    let own = || OneOf(vec![VersionId(1)]);
    check(&["a"], update(r#""active":true,"#, own()), "Updated Patient/a/_history/2").await;
    check(&["a"], update("", other()), "stale-version").await;
    check(&["a"], update("", Absent), "already-exists").await;
    check(&[], update("", Absent), "Created Patient/new-1/_history/1").await;
    check(&[], update("", Present), "stale-version").await;
    check(&["a"], patch(QUERY, other()), "stale-version").await;
    check(&["a"], patch(QUERY, own()), "Updated Patient/a/_history/2").await;
    check(&["a", "b"], delete(QUERY, other()), "stale-version").await;
    check(&["a", "b"], delete(QUERY, own()), "Deleted ").await;
    check(&[], delete(QUERY, own()), "stale-version").await;
}

#[tokio::test]
async fn a_conditional_patch_changes_the_one_that_matches() {
    check(&["a"], patch(QUERY, Anything), "Updated Patient/a/_history/2").await;
    check(&[], patch(QUERY, Anything), "not-found").await;
    check(&["a", "b"], patch(QUERY, Anything), "multiple-matches").await;
}

#[tokio::test]
async fn a_conditional_delete_takes_all_away_that_match_and_nothing_else() {
    check(&[], delete(QUERY, Anything), "Unchanged ").await;
    check(&["a"], delete(QUERY, Anything), "Deleted Patient/a/_history/2").await;
    let ground = ground(&["a", "b"]).await;
    ground.check(bundle("transaction", &[put("c", "2")]), "201 Created").await;
    let commits = ground.store.commits();
    ground.check(delete(QUERY, Anything), "Deleted ").await;
    assert_eq!(ground.store.commits(), commits + 1);
    let deleted = ["Patient/a/_history/2", "Patient/b/_history/2"].map(str::to_owned);
    assert_eq!(ground.stored().await[3..], deleted);
}

#[tokio::test]
async fn a_conditional_delete_of_as_many_as_the_limit_is_done_and_of_one_more_is_refused() {
    let ids: Vec<_> = (0..=CONDITIONAL_DELETE_MAX).map(|number| format!("p{number}")).collect();
    let ids: Vec<_> = ids.iter().map(String::as_str).collect();
    let ground = ground(&ids).await;
    let refused = ground.run(delete(QUERY, Anything)).await.map(|_| ()).expect_err("one too many");
    assert_eq!(refused.code().as_str(), "multiple-matches");
    assert!(refused.issues[0].message.contains("1000"), "{}", refused.issues[0].message);
    assert_eq!(ground.stored().await.len(), ids.len());
    ground.check(crate::ground::delete("Patient/p0"), "Deleted Patient/p0/_history/2").await;
    ground.check(delete(QUERY, Anything), "Deleted ").await;
    assert_eq!(ground.stored().await.len(), 2 * ids.len());
}

#[tokio::test]
async fn a_reference_that_is_a_search_is_stored_as_what_it_finds() {
    let create = |query: &str| {
        let text = format!(
            r#"{{"resourceType":"Basic","code":{{"text":"x"}},"subject":{{"reference":"{query}"}}}}"#
        );
        let resource_type = ResourceType::known("Basic");
        Interaction::Create { resource_type, content: Content::Resource(object(&text)) }
    };
    for query in ["Patient?identifier=urn:mrn|1", "http://here.example/fhir/Patient?identifier=urn:mrn|1"] {
        let ground = ground(&["a"]).await;
        ground.check(create(query), "Created Basic/new-2/_history/1").await;
        assert!(ground.json("Basic/new-2").await.contains(r#""reference":"Patient/a""#), "{query}");
    }
    let other = "http://there.example/fhir/Patient?identifier=urn:mrn|1";
    let ground = ground(&["a", "b"]).await;
    ground.check(create("Patient?identifier=urn:mrn|1"), "multiple-matches").await;
    ground.check(create("Patient?identifier=urn:mrn|2"), "unresolved-reference").await;
    ground.check(create("Patient?identifer=urn:mrn|1"), "unknown-parameter").await;
    ground.check(create(other), "Created Basic/new-5/_history/1").await;
    assert!(ground.json("Basic/new-5").await.contains(other));
}
