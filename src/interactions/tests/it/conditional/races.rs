//! What comes of a write on a condition when somebody else is faster?

use std::sync::Arc;

use futures_util::future::join_all;
use model::VersionId;
use model::limits::CONFLICT_RETRIES_MAX;
use store::Expectation::{Anything, OneOf};

use super::{QUERY, create, delete, ground, hold, patch, patient, update};
use crate::ground::{Ground, key, told};
use crate::rigged::Fault;

/// As many as wait at the doors in the morning.
const CLIENTS: usize = 1000;

/// Runs as many conditional creates of the same resource at once and counts what came of them.
#[expect(clippy::disallowed_methods, reason = "clients of their own must run side by side")]
async fn check_creates(fault: Fault) {
    let ground = Arc::new(Ground::new());
    ground.store.rig(fault);
    let clients = (0..CLIENTS).map(|_| {
        let ground = Arc::clone(&ground);
        tokio::spawn(async move { told(&ground.run(create(QUERY)).await) })
    });
    let answers: Vec<_> = join_all(clients).await.into_iter().map(|it| it.expect("nobody panics")).collect();
    let stored = ground.stored().await;
    assert_eq!(stored.len(), 1, "{stored:?}");
    let created = answers.iter().filter(|answer| **answer == format!("Created {}", stored[0])).count();
    let unchanged = answers.iter().filter(|answer| **answer == format!("Unchanged {}", stored[0])).count();
    assert_eq!((created, unchanged), (1, CLIENTS - 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_conditional_creates_at_once_make_one_resource() {
    check_creates(Fault::Nothing).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_conditional_creates_that_all_look_first_make_one_resource() {
    check_creates(Fault::LateAnswers).await;
}

/// A server where somebody stores a twin of what is searched for before the next commits.
async fn ground_with_twin(ids: &[&str]) -> Ground {
    let ground = ground(ids).await;
    ground.store.rig(Fault::Twins(key("Patient/twin"), patient(r#""id":"twin","#, "1"), 1));
    ground
}

#[tokio::test]
async fn what_is_created_meanwhile_is_found() {
    ground_with_twin(&[]).await.check(create(QUERY), "Unchanged Patient/twin/_history/1").await;
    ground_with_twin(&[]).await.check(update("", Anything), "Updated Patient/twin/_history/2").await;
}

#[tokio::test]
async fn what_matches_meanwhile_too_is_one_too_many() {
    for interaction in [update(r#""active":true,"#, Anything), patch(QUERY, Anything)] {
        let ground = ground_with_twin(&["a"]).await;
        ground.check(interaction, "multiple-matches").await;
        assert_eq!(ground.stored().await, ["Patient/a/_history/1", "Patient/twin/_history/1"]);
    }
}

#[tokio::test]
async fn what_matches_meanwhile_is_deleted_with_the_rest() {
    let ground = ground_with_twin(&["a"]).await;
    ground.check(delete(QUERY, Anything), "Deleted ").await;
    assert_eq!(ground.stored().await.len(), 4);
}

#[tokio::test]
async fn what_does_not_match_any_longer_is_left_alone() {
    for interaction in [delete(QUERY, Anything), update("", Anything), patch(QUERY, Anything)] {
        let ground = Ground::new();
        hold(&ground, &["a"]).await;
        ground.store.rig(Fault::Rivals(key("Patient/a"), 1));
        let answer = told(&ground.run(interaction).await);
        assert!(!answer.contains("Patient/a"), "{answer}");
        assert!(!ground.stored().await.contains(&"Patient/a/_history/3".to_owned()));
    }
}

/// A server where somebody else changes the only match before each commit; it goes on to match.
async fn ground_in_motion() -> Ground {
    let ground = ground(&["a"]).await;
    ground.store.rig(Fault::Twins(key("Patient/a"), patient(r#""id":"a","#, "1"), usize::MAX));
    ground
}

#[tokio::test]
async fn a_write_on_a_condition_that_always_loses_is_given_up_after_the_limit() {
    for interaction in [delete(QUERY, Anything), patch(QUERY, Anything)] {
        let ground = ground_in_motion().await;
        ground.check(interaction, "contention").await;
        assert_eq!(ground.store.commits(), CONFLICT_RETRIES_MAX);
    }
}

#[tokio::test]
async fn what_goes_on_to_match_is_replaced_whoever_else_replaces_it() {
    let ground = ground_in_motion().await;
    ground.check(update(r#""active":true,"#, Anything), "Updated Patient/a/_history/3").await;
    assert_eq!(ground.store.commits(), 1);
    let ground = ground_in_motion().await;
    ground.check(update("", OneOf(vec![VersionId(1)])), "stale-version").await;
}
