//! Does the promise hold when many ask at once?

use std::collections::BTreeSet;

use model::{Instant, VersionId};
use tokio::task::JoinSet;

use super::promises;
use super::stage::{EVERYTHING, Stage, delete, everything, expecting, names, patient, put};
use crate::resources::{Scope, Version};
use crate::transaction::{Effect, Expectation, Write, Written};
use crate::{Error, Result};

promises![
    many_concurrent_creates_all_succeed,
    of_racing_creates_of_one_resource_one_wins,
    of_racing_updates_of_one_version_one_wins,
    each_version_has_one_winner_when_losers_try_again,
    racing_puts_of_the_same_content_make_one_version,
    racing_deletions_make_one_deletion,
    transactions_that_cross_each_other_all_succeed,
    no_reader_sees_half_a_transaction,
    a_follower_misses_nothing_that_is_committed_meanwhile,
    what_was_answered_is_seen_by_the_next_read,
];

/// How many tasks race.
const RACERS: usize = 64;

/// Starts one task per racer and waits for all.
async fn race<T: Send + 'static, F>(racer: impl Fn(usize) -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
{
    (0..RACERS).map(racer).collect::<JoinSet<T>>().join_all().await
}

/// Lets all racers commit one write each.
async fn race_writes(stage: &Stage, write: impl Fn(usize) -> Write) -> Vec<Result<Vec<Written>>> {
    race(|racer| {
        let (stage, write) = (stage.clone(), write(racer));
        async move { stage.try_commit(vec![write]).await }
    })
    .await
}

/// How many of these had this effect.
fn count(outcomes: &[Result<Vec<Written>>], effect: Effect) -> usize {
    outcomes.iter().flatten().flatten().filter(|written| written.effect == effect).count()
}

async fn many_concurrent_creates_all_succeed(stage: Stage) {
    let outcomes = race_writes(&stage, |racer| put(&patient(&format!("p{racer}")), "one")).await;
    assert_eq!(count(&outcomes, Effect::Created), RACERS);
    let log = stage.log().await;
    assert_eq!(log.len(), RACERS);
    assert!(log.is_sorted_by(|one, next| one.committed_at < next.committed_at));
    for written in outcomes.into_iter().flatten().flatten() {
        let version = written.version.expect("it was created");
        assert_eq!(stage.read(&version.key).await, Some(version));
    }
}

async fn of_racing_creates_of_one_resource_one_wins(stage: Stage) {
    let a = patient("a");
    let create = |racer: usize| expecting(Expectation::Absent, put(&a, &format!("racer {racer}")));
    let outcomes = race_writes(&stage, create).await;
    assert_eq!(count(&outcomes, Effect::Created), 1);
    let refused = Error::Expectation { write: 0, current: Some(VersionId(1)) };
    let losers = outcomes.iter().filter(|outcome| outcome.as_ref().err() == Some(&refused));
    assert_eq!(losers.count(), RACERS - 1);
    assert_eq!(names(&stage.log().await), "Patient/a#1");
}

async fn of_racing_updates_of_one_version_one_wins(stage: Stage) {
    let a = patient("a");
    for round in 1..=5_u64 {
        stage.put(&a, &format!("round {round}")).await;
        let seen = Expectation::OneOf(vec![VersionId(2 * round - 1)]);
        let update = |racer: usize| expecting(seen.clone(), put(&a, &format!("round {round} racer {racer}")));
        let outcomes = race_writes(&stage, update).await;
        assert_eq!(count(&outcomes, Effect::Updated), 1, "round {round}");
        let winner = outcomes.into_iter().flatten().flatten().find_map(|written| written.version);
        assert_eq!(stage.read(&a).await, winner, "round {round}");
        assert_eq!(winner.map(|it| it.version), Some(VersionId(2 * round)));
    }
}

async fn each_version_has_one_winner_when_losers_try_again(stage: Stage) {
    let a = patient("a");
    stage.put(&a, "start").await;
    let won = race(|racer| {
        let (stage, a) = (stage.clone(), a.clone());
        async move {
            // Somebody wins each round, so nobody loses more rounds than there are racers.
            for _ in 0..RACERS {
                let seen = stage.read(&a).await.expect("it was written").version;
                let write = expecting(Expectation::OneOf(vec![seen]), put(&a, &format!("racer {racer}")));
                match stage.try_commit(vec![write]).await {
                    Ok(_) => return seen,
                    Err(Error::Expectation { current, .. }) => assert!(current > Some(seen)),
                    Err(other) => panic!("only the race may be lost: {other}"),
                }
            }
            panic!("a racer lost to more winners than there are")
        }
    })
    .await;
    let expected: BTreeSet<_> = (1..).map(VersionId).take(RACERS).collect();
    assert_eq!(won.into_iter().collect::<BTreeSet<_>>(), expected);
    assert_eq!(stage.log().await.len(), RACERS + 1);
}

async fn racing_puts_of_the_same_content_make_one_version(stage: Stage) {
    let a = patient("a");
    let outcomes = race_writes(&stage, |_| put(&a, "one")).await;
    assert_eq!(count(&outcomes, Effect::Created), 1);
    assert_eq!(count(&outcomes, Effect::Unchanged), RACERS - 1);
    assert_eq!(names(&stage.log().await), "Patient/a#1");
}

async fn racing_deletions_make_one_deletion(stage: Stage) {
    let a = patient("a");
    stage.put(&a, "one").await;
    let outcomes = race_writes(&stage, |_| delete(&a)).await;
    assert_eq!(count(&outcomes, Effect::Deleted), 1);
    assert_eq!(count(&outcomes, Effect::Unchanged), RACERS - 1);
    assert_eq!(names(&stage.log().await), "Patient/a#1 Patient/a#2-");
}

async fn transactions_that_cross_each_other_all_succeed(stage: Stage) {
    let outcomes = race(|racer| {
        let stage = stage.clone();
        let mut writes: Vec<_> =
            ["a", "b", "c"].iter().map(|id| put(&patient(id), &format!("racer {racer}"))).collect();
        if racer % 2 == 1 {
            writes.reverse();
        }
        async move { stage.try_commit(writes).await.map(|written| written.len()) }
    })
    .await;
    assert!(outcomes.iter().all(|outcome| *outcome == Ok(3)), "{outcomes:?}");
    for id in ["a", "b", "c"] {
        let versions = stage.history(&everything(Scope::Instance(patient(id)))).await.versions;
        let numbers: Vec<_> = versions.iter().map(|version| version.version.0).collect();
        assert!(numbers.into_iter().rev().eq(1..=RACERS as u64), "{id} is dense");
    }
    let log = stage.log().await;
    for transaction in log.chunks(3) {
        let versions: BTreeSet<_> = transaction.iter().map(|version| version.version).collect();
        assert_eq!(versions.len(), 1, "no transaction stands inside another");
    }
}

async fn no_reader_sees_half_a_transaction(stage: Stage) {
    let writers = (0..8).map(|writer| {
        let stage = stage.clone();
        async move {
            for round in 0..20 {
                let text = format!("writer {writer} round {round}");
                stage.commit(["a", "b", "c", "d"].map(|id| put(&patient(id), &text)).into()).await;
            }
        }
    });
    let mut writers: JoinSet<()> = writers.collect();
    while !writers.is_empty() {
        let page = stage.history(&everything(Scope::System)).await;
        assert_eq!(page.versions.len() % 4, 0, "history holds whole transactions");
        let changes = stage.changes(Instant(0), EVERYTHING).await;
        assert_eq!(changes.len() % 4, 0, "the outbox holds whole transactions");
        while let Some(ended) = writers.try_join_next() {
            ended.expect("the writer did not panic");
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(stage.log().await.len(), 8 * 20 * 4);
}

async fn a_follower_misses_nothing_that_is_committed_meanwhile(stage: Stage) {
    let writers = (0..8).map(|writer| {
        let stage = stage.clone();
        async move {
            for round in 0..25 {
                stage.put(&patient(&format!("p{writer}")), &format!("round {round}")).await;
            }
        }
    });
    let mut writers: JoinSet<()> = writers.collect();
    let mut followed: Vec<Version> = Vec::new();
    let mut writing = true;
    while writing {
        // Looked at before the last reading, which then sees what the last writer did.
        while let Some(ended) = writers.try_join_next() {
            ended.expect("the writer did not panic");
        }
        writing = !writers.is_empty();
        let after = followed.last().map_or(Instant(0), |version| version.committed_at);
        followed.extend(stage.changes(after, EVERYTHING).await);
        tokio::task::yield_now().await;
    }
    assert_eq!(followed.len(), 8 * 25);
    assert_eq!(names(&followed), names(&stage.log().await));
}

async fn what_was_answered_is_seen_by_the_next_read(stage: Stage) {
    let seen = race(|racer| {
        let stage = stage.clone();
        async move {
            let key = patient(&format!("p{racer}"));
            let mut fresh = true;
            for text in ["one", "two", "three"] {
                let version = stage.put(&key, text).await;
                fresh &= stage.read(&key).await == Some(version.clone());
                fresh &= stage.vread(&key, version.version.0).await == Some(version);
            }
            let deletion = stage.delete(&key).await;
            fresh && stage.read(&key).await == Some(deletion)
        }
    });
    assert_eq!(seen.await, [true; RACERS]);
}
