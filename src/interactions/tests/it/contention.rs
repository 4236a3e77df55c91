//! What comes of a write when somebody else is faster?

use model::VersionId;
use model::limits::CONFLICT_RETRIES_MAX;
use store::Expectation::{Anything, OneOf};

use crate::ground::{Ground, bundle, entry, key, patch, update};
use crate::rigged::Fault;

/// A server with a `Patient/7`, which others change before each of the next so many commits.
async fn ground_with_rivals(times: usize) -> Ground {
    let ground = Ground::new();
    ground.check(update("Patient/7", Anything), "Created Patient/7/_history/1").await;
    ground.store.rig(Fault::Rivals(key("Patient/7"), times));
    ground
}

#[tokio::test]
async fn a_patch_that_always_loses_is_given_up_after_the_limit() {
    let ground = ground_with_rivals(usize::MAX).await;
    ground.check(patch("Patient/7", Anything), "contention").await;
    assert_eq!(ground.store.commits(), CONFLICT_RETRIES_MAX);
    assert!(!ground.json("Patient/7").await.contains("active"));
}

#[tokio::test]
async fn a_transaction_whose_patch_always_loses_is_given_up_after_the_limit_and_stores_nothing() {
    let ground = ground_with_rivals(usize::MAX).await;
    let entries = [entry::create(), entry::patch("Patient/7")];
    ground.check(bundle("transaction", &entries), "contention").await;
    assert_eq!(ground.store.commits(), CONFLICT_RETRIES_MAX);
    assert!(!ground.json("Patient/7").await.contains("active"));
    assert!(!ground.stored().await.contains(&"Patient/new-1/_history/1".to_owned()));
}

#[tokio::test]
async fn a_patch_wins_at_the_last_try() {
    let ground = ground_with_rivals(CONFLICT_RETRIES_MAX - 1).await;
    let version = CONFLICT_RETRIES_MAX + 1;
    ground.check(patch("Patient/7", Anything), &format!("Updated Patient/7/_history/{version}")).await;
    assert_eq!(ground.store.commits(), CONFLICT_RETRIES_MAX);
}

#[tokio::test]
async fn a_patch_that_lost_is_applied_to_what_stands_there_now() {
    let ground = ground_with_rivals(1).await;
    ground.check(patch("Patient/7", Anything), "Updated Patient/7/_history/3").await;
    assert_eq!(ground.store.commits(), 2);
    check_both_changes(&ground).await;
}

#[tokio::test]
async fn a_patch_in_a_transaction_that_lost_is_applied_to_what_stands_there_now() {
    let ground = ground_with_rivals(1).await;
    let entries = [entry::create(), entry::patch("Patient/7")];
    ground.check(bundle("transaction", &entries), "201 Created, 200 OK").await;
    assert_eq!(ground.store.commits(), 2);
    check_both_changes(&ground).await;
}

/// What the rival wrote and what the patch adds.
async fn check_both_changes(ground: &Ground) {
    let json = ground.json("Patient/7").await;
    assert!(json.contains(r#""language":"x-1","active":true"#), "{json}");
}

#[tokio::test]
async fn a_patch_that_names_its_version_is_tried_once_and_not_applied_to_another() {
    let ground = ground_with_rivals(1).await;
    ground.check(patch("Patient/7", OneOf(vec![VersionId(1)])), "stale-version").await;
    assert_eq!(ground.store.commits(), 1);
    assert!(!ground.json("Patient/7").await.contains("active"));
}

#[tokio::test]
async fn an_update_in_a_transaction_that_names_its_version_is_tried_once() {
    let ground = ground_with_rivals(1).await;
    let entries = [entry::create(), entry::update_if("Patient/7", 1)];
    ground.check(bundle("transaction", &entries), "stale-version at Bundle.entry[1]").await;
    assert_eq!(ground.store.commits(), 1);
    assert_eq!(ground.stored().await, ["Patient/7/_history/1", "Patient/7/_history/2"]);
}
