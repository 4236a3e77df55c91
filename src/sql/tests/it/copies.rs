//! Is a copy the same store, whichever database it was made of and is restored into?

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use model::Instant;
use sql::SqlStore;
use sqlx::{Connection as _, PgConnection, SqliteConnection};
use store::{BlobId, Change, Grant, Grants as _, Job, JobId, Jobs as _, Resources as _, Version};
use tempfile::TempDir;

use crate::ground::{self, Ground, delete, draft, held_clock, key, permit, put, transaction};

/// Everything that a store tells of what it holds.
#[derive(Debug, PartialEq)]
struct Told {
    log: Vec<Version>,
    jobs: Vec<Option<Job>>,
    grants: Vec<Option<Grant>>,
}

async fn tell(store: &SqlStore) -> Told {
    assert_eq!(store.check(&|_| ()).await, Ok(Vec::new()));
    let (mut log, mut after) = (Vec::new(), Instant(i64::MIN));
    loop {
        let page = store.changes(&permit(), after, 1000).await.expect("read");
        let Some(last) = page.last() else { break };
        after = last.committed_at;
        log.extend(page);
    }
    let (mut jobs, mut grants) = (Vec::new(), Vec::new());
    for number in 1..5 {
        jobs.push(store.job(&permit(), JobId(number)).await.expect("read"));
        let id = number.to_string();
        grants.push(store.granted(&permit(), "kind", &id, Instant(1)).await.expect("read"));
    }
    Told { log, jobs, grants }
}

/// More than a page of resources of several types, with changes, deletions, blobs, jobs and grants.
async fn fill(store: &SqlStore) {
    for number in 0..70 {
        let keys = [0, 1, 4].map(|kind| key(kind, &format!("{kind}-{number}")));
        let mut writes = keys.each_ref().map(|key| put(key, &format!("content of {number}")));
        let named = BlobId([u8::try_from(number).expect("small"); 32]);
        let change =
            Change::Put { draft: draft(&keys[2], "bytes"), blob: Some(named), rows: search::Rows::default() };
        writes[2].change = change;
        store.commit(&permit(), transaction(writes)).await.expect("stored");
        store.commit(&permit(), transaction([delete(&keys[number % 3])])).await.expect("stored");
    }
    for state in ["waits", "is held", "waits too"] {
        let state = Bytes::from_static(state.as_bytes());
        store.enqueue(&permit(), "kind", state).await.expect("queued");
    }
    store.claim(&permit(), "kind", Instant(1), Instant(9)).await.expect("asked").expect("claimed");
    for (id, expires_at) in [("1", None), ("2", Some(Instant(77)))] {
        let value = Bytes::from_static(b"\0value\xff");
        let grant = Grant { kind: "kind".to_owned(), id: id.to_owned(), value, expires_at };
        store.grant(&permit(), grant).await.expect("granted");
    }
}

fn at(file: &Path) -> Ground {
    Ground { url: file.to_str().expect("UTF-8").to_owned(), folder: None }
}

async fn open(ground: &Ground) -> SqlStore {
    ground.open_with(held_clock().0, 0, 10).await
}

/// A folder for a copy, and the copy's name.
fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let copy = folder.path().join("copy.db");
    (folder, copy)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_postgres_is_the_same_store_in_sqlite_and_in_postgres_again() {
    let Some(ground) = ground::postgres().await else { return };
    let store = open(&ground).await;
    fill(&store).await;
    let expected = tell(&store).await;
    let (_folder, copy) = place();
    store.backup(&copy).await.expect("copied");

    let again = ground::postgres().await.expect("there was one a moment ago");
    let bytes = std::fs::read(&copy).expect("a file");
    sql::restore(&copy, &again.url).await.expect("restored");
    assert!(std::fs::read(&copy).expect("a file") == bytes, "restoring leaves the copy as it was");
    let again = open(&again).await;
    assert_eq!(tell(&again).await, expected);
    // What comes later is numbered after what was there.
    assert_eq!(again.enqueue(&permit(), "kind", Bytes::new()).await, Ok(JobId(4)));
    let patient = key(3, "later");
    let written = again.commit(&permit(), transaction([put(&patient, "de")])).await.expect("stored");
    let last = expected.log.last().expect("a log").committed_at;
    assert!(written[0].version.as_ref().expect("made").committed_at > last);

    assert_eq!(tell(&open(&at(&copy)).await).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_sqlite_is_the_same_store_in_postgres() {
    let (Some(target), ground) = (ground::postgres().await, ground::sqlite()) else { return };
    let store = open(&ground).await;
    fill(&store).await;
    let expected = tell(&store).await;
    let (_folder, copy) = place();
    store.backup(&copy).await.expect("copied");
    sql::restore(&copy, &target.url).await.expect("restored");
    assert_eq!(tell(&open(&target).await).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_postgres_is_copied_and_restored_too() {
    let Some(ground) = ground::postgres().await else { return };
    let store = open(&ground).await;
    let (_folder, copy) = place();
    store.backup(&copy).await.expect("copied");
    let again = ground::postgres().await.expect("there was one a moment ago");
    sql::restore(&copy, &again.url).await.expect("restored");
    let again = open(&again).await;
    assert_eq!(tell(&again).await, tell(&store).await);
    assert_eq!(again.enqueue(&permit(), "kind", Bytes::new()).await, Ok(JobId(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_need_a_dictionary_are_read_from_the_copy() {
    let Some(ground) = ground::postgres().await else { return };
    let store = open(&ground).await;
    let content = |number: usize| format!("{number} {}", "like all the others ".repeat(9 + number % 3));
    for batch in 0..11 {
        let numbers = batch * 200..(batch + 1) * 200;
        let writes: Vec<_> =
            numbers.map(|number| put(&key(0, &number.to_string()), &content(number))).collect();
        store.commit(&permit(), transaction(writes)).await.expect("stored");
    }
    let mut connection = PgConnection::connect(&ground.url).await.expect("it opens");
    let asked = "SELECT 1 FROM versions WHERE coding > 1 LIMIT 1";
    let mut trained = false;
    // The trainer works beside the writers.
    for attempt in 0..2000 {
        let patient = key(0, &format!("later-{attempt}"));
        store.commit(&permit(), transaction([put(&patient, &content(attempt))])).await.expect("stored");
        trained = !sqlx::query(asked).fetch_all(&mut connection).await.expect("read").is_empty();
        if trained {
            break;
        }
    }
    assert!(trained, "no body was written with a dictionary");
    let expected = tell(&store).await;
    let (_folder, copy) = place();
    store.backup(&copy).await.expect("copied");
    let again = ground::postgres().await.expect("there was one a moment ago");
    sql::restore(&copy, &again.url).await.expect("restored");
    assert!(tell(&open(&again).await).await == expected, "the dictionary came with the bodies");
    let copied = open(&at(&copy)).await;
    assert!(tell(&copied).await == expected, "the dictionary came with the bodies");
    let mut connection = SqliteConnection::connect(&at(&copy).url).await.expect("it opens");
    assert!(!sqlx::query(asked).fetch_all(&mut connection).await.expect("read").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn transactions_are_whole_in_a_copy_that_is_made_while_they_are_written() {
    let Some(ground) = ground::postgres().await else { return };
    let store = Arc::new(open(&ground).await);
    let stop = Arc::new(AtomicBool::new(false));
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..4 {
        let (store, stop) = (store.clone(), stop.clone());
        writers.spawn(async move {
            let keys = [0, 1, 3].map(|kind| key(kind, &format!("{kind}-{writer}")));
            let mut round = 0;
            while !stop.load(Ordering::Relaxed) {
                round += 1;
                let writes = keys.each_ref().map(|key| put(key, &format!("round {round}")));
                store.commit(&permit(), transaction(writes)).await.expect("stored");
            }
            round
        });
    }
    let (folder, _) = place();
    let mut lengths = Vec::new();
    for attempt in 0..8 {
        let copy = folder.path().join(format!("{attempt}.db"));
        store.backup(&copy).await.expect("copied");
        let log = tell(&open(&at(&copy)).await).await.log;
        assert_eq!(log.len() % 3, 0, "a transaction of three is torn");
        for part in log.chunks(3) {
            assert!(part.iter().all(|version| version.version == part[0].version), "{part:?}");
        }
        lengths.push(log.len());
    }
    stop.store(true, Ordering::Relaxed);
    let rounds: usize = writers.join_all().await.into_iter().sum();
    assert!(lengths.is_sorted() && lengths[7] > lengths[0], "nothing was written meanwhile: {lengths:?}");
    assert_eq!(tell(&store).await.log.len(), rounds * 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_never_replaces_a_file() {
    let Some(ground) = ground::postgres().await else { return };
    let (_folder, copy) = place();
    std::fs::write(&copy, b"precious").expect("written");
    let refused = open(&ground).await.backup(&copy).await.expect_err("refused").to_string();
    assert!(refused.contains("cannot make the file"), "{refused}");
    assert_eq!(std::fs::read(&copy).expect("a file"), b"precious");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_holds_anything_is_not_restored_into() {
    let (Some(target), ground) = (ground::postgres().await, ground::sqlite()) else { return };
    let store = open(&ground).await;
    let (_folder, copy) = place();
    store.backup(&copy).await.expect("copied");
    sql::refuse_unless_empty(&target.url).await.expect("empty");
    let held = open(&target).await;
    for refused in
        [sql::refuse_unless_empty(&target.url).await, sql::restore(&copy, &target.url).await].map(Result::err)
    {
        let refused = refused.expect("a server was started on it").to_string();
        assert!(refused.contains("holds rows already"), "{refused}");
    }
    assert_eq!(tell(&held).await.log, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_cannot_be_loaded_whole_leaves_the_database_empty() {
    for (damage, said) in [
        ("INSERT INTO migrations (number, name) VALUES (9999, 'tomorrow')", "has migration 9999"),
        // The last table breaks, after all others were written.
        ("UPDATE grants SET expires_at = 'x'", "was not restored"),
    ] {
        let (Some(target), ground) = (ground::postgres().await, ground::sqlite()) else { return };
        let store = open(&ground).await;
        fill(&store).await;
        let (_folder, copy) = place();
        store.backup(&copy).await.expect("copied");
        let mut connection = SqliteConnection::connect(&at(&copy).url).await.expect("it opens");
        // STRICT keeps text out of a column of integers, until its schema is written over.
        let loosened = "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET \
                        sql = replace(sql, 'expires_at INTEGER', 'expires_at ANY') WHERE name = 'grants'; \
                        PRAGMA writable_schema = RESET";
        sqlx::raw_sql(loosened).execute(&mut connection).await.expect("loosened");
        sqlx::raw_sql(damage).execute(&mut connection).await.expect("damaged");
        connection.close().await.expect("closed");
        let refused = sql::restore(&copy, &target.url).await.expect_err("refused").to_string();
        assert!(refused.contains(said), "{refused}");
        sql::refuse_unless_empty(&target.url).await.expect("nothing was left behind");
    }
}
