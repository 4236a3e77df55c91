//! Does whoever follows the log see everything once?

use model::Instant;

use super::promises;
use super::stage::{EVERYTHING, START, Stage, draft, key, names, patient, put};
use crate::blobs::BlobId;
use crate::resources::Version;
use crate::transaction::{Change, Write};

promises![
    each_version_has_its_own_moment_while_the_clock_stands,
    moments_go_on_when_the_clock_goes_back,
    changes_are_told_oldest_first_and_at_most_count,
    following_the_log_misses_none_and_repeats_none,
    a_blob_is_named_by_any_version_whatever_came_later,
    of_many_blobs_exactly_the_unnamed_are_told,
];

async fn each_version_has_its_own_moment_while_the_clock_stands(stage: Stage) {
    let mut moments = Vec::new();
    for text in ["one", "two", "three"] {
        moments.push(stage.put(&patient("a"), text).await.committed_at);
        moments.push(stage.put(&patient("b"), text).await.committed_at);
    }
    let expected: Vec<_> = (0..6).map(|number| Instant(START.0 + number)).collect();
    assert_eq!(moments, expected);
}

async fn moments_go_on_when_the_clock_goes_back(stage: Stage) {
    let hour = 3_600_000_000;
    let mut moments = Vec::new();
    for (text, clock) in [("one", 0), ("two", hour), ("three", -hour), ("four", hour), ("five", hour + 9)] {
        stage.set_clock(Instant(START.0 + clock));
        moments.push(stage.put(&patient("a"), text).await.committed_at.0 - START.0);
    }
    assert_eq!(moments, [0, hour, hour + 1, hour + 2, hour + 9]);
    assert_eq!(stage.log().await.len(), 5);
}

async fn changes_are_told_oldest_first_and_at_most_count(stage: Stage) {
    let mut written = Vec::new();
    for text in ["one", "two"] {
        written.push(stage.put(&patient("a"), text).await);
        written.push(stage.put(&key("Group", "b"), text).await);
    }
    written.push(stage.delete(&patient("a")).await);
    assert_eq!(stage.changes(Instant(0), EVERYTHING).await, written);
    assert_eq!(stage.changes(Instant(0), 2).await, written[..2]);
    assert_eq!(stage.changes(written[1].committed_at, 2).await, written[2..4]);
    assert_eq!(stage.changes(Instant(written[2].committed_at.0 - 1), 1).await, written[2..3]);
    assert_eq!(stage.changes(written[4].committed_at, 2).await, []);
    assert_eq!(stage.changes(Instant(0), 0).await, []);
}

async fn following_the_log_misses_none_and_repeats_none(stage: Stage) {
    let mut followed: Vec<Version> = Vec::new();
    for round in 0..5 {
        for number in 0..4 {
            stage.put(&patient(&number.to_string()), &format!("round {round}")).await;
        }
        let after = followed.last().map_or(Instant(0), |version| version.committed_at);
        followed.extend(stage.changes(after, 3).await);
    }
    for _ in 0..2 {
        let after = followed.last().map_or(Instant(0), |version| version.committed_at);
        followed.extend(stage.changes(after, 3).await);
    }
    assert_eq!(names(&followed), names(&stage.log().await));
    assert_eq!(followed.len(), 20);
}

/// Writes a Binary that names a blob of this byte repeated.
fn naming(id: &str, byte: u8) -> Write {
    let binary = key("Binary", id);
    let change = Change::Put {
        draft: draft(&binary, "one"),
        blob: Some(BlobId([byte; 32])),
        rows: search::Rows::default(),
    };
    Write { change, ..put(&binary, "one") }
}

/// Which of the blobs 0, 1, 2 and 255 no version names.
async fn unnamed(stage: &Stage) -> Vec<u8> {
    let blobs = [0, 1, 2, 255].map(|byte| BlobId([byte; 32]));
    let mut unnamed = stage.store.unnamed(&blobs).await.expect("the store answers");
    unnamed.sort_unstable();
    unnamed.into_iter().map(|blob| blob.0[0]).collect()
}

async fn a_blob_is_named_by_any_version_whatever_came_later(stage: Stage) {
    assert_eq!(unnamed(&stage).await, [0, 1, 2, 255]);
    stage.write(naming("a", 0)).await;
    assert_eq!(unnamed(&stage).await, [1, 2, 255]);
    stage.write(naming("a", 1)).await;
    stage.write(naming("b", 255)).await;
    assert_eq!(unnamed(&stage).await, [2]);
    stage.delete(&key("Binary", "a")).await;
    assert_eq!(unnamed(&stage).await, [2]);
}

async fn of_many_blobs_exactly_the_unnamed_are_told(stage: Stage) {
    let blob = |number: u16| {
        let mut hash = [7; 32];
        hash[30..].copy_from_slice(&number.to_be_bytes());
        BlobId(hash)
    };
    let writes = (0..1_000).step_by(3).map(|number| {
        let binary = key("Binary", &number.to_string());
        let change = Change::Put {
            draft: draft(&binary, "one"),
            blob: Some(blob(number)),
            rows: search::Rows::default(),
        };
        Write { change, ..put(&binary, "one") }
    });
    stage.commit(writes.collect()).await;
    let all: Vec<_> = (0..1_000).map(blob).collect();
    let mut unnamed = stage.store.unnamed(&all).await.expect("the store answers");
    unnamed.sort_unstable();
    let expected: Vec<_> = (0..1_000).filter(|number| number % 3 != 0).map(blob).collect();
    assert_eq!(unnamed, expected);
    assert_eq!(stage.store.unnamed(&[]).await, Ok(Vec::new()));
}
