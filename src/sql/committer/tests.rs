//! Is a batch decided as its transactions one by one would be?

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::Poll;

use model::limits::COMMIT_ROWS_MAX;
use model::{Id, Object, ResourceType, Value, VersionId};
use sqlx::{AssertSqlSafe, Executor as _};
use store::{Resources as _, Write};
use tempfile::TempDir;

use super::serve::{gather, refuse_all};
use super::*;
use crate::database::Database;
use crate::{Options, SqlStore};

const BASIC: ResourceType = ResourceType::known("Basic");

async fn open(folder: &TempDir) -> SqlStore {
    let time = AtomicI64::new(0);
    let options = Options {
        url: folder.path().join("it.db").to_str().expect("UTF-8").to_owned(),
        clock: Arc::new(move || Instant(time.fetch_add(1, Ordering::Relaxed))),
        types: &[BASIC],
        cache_bytes: 1 << 20,
        single_process: true,
        young_max: 1000,
    };
    crate::open(options).await.expect("it opens")
}

/// Sets how many pages SQLite may use; 0 leaves it as it is. Returns how many it has.
async fn pages(store: &SqlStore, pages_max: i64) -> i64 {
    let Database::Sqlite { writer, .. } = &store.shared.database else { panic!("it is SQLite") };
    let mut writer = writer.lock().await;
    if pages_max > 0 {
        writer.execute(AssertSqlSafe(format!("PRAGMA max_page_count = {pages_max}"))).await.expect("set");
    }
    let row = writer.fetch_one("PRAGMA page_count").await.expect("told");
    sqlx::Row::get(&row, 0)
}

fn put(id: &str) -> Transaction {
    put_other(id, 0)
}

/// Contents of one number are the same.
fn put_other(id: &str, number: u64) -> Transaction {
    let key = Key::new(BASIC, Id::parse(id).expect("valid"));
    let mut resource = Object::new();
    // What cannot be compressed fills the disk soonest.
    let text: String = (number..number + 8000).map(|place| noise(place, id)).collect();
    resource.insert_at(0, "language", Value::from(text.as_str()));
    let change =
        Change::Put { draft: Draft::new(resource, &key.id), blob: None, rows: search::Rows::default() };
    let write = Write { key, method: Method::Put, change, expect: Expectation::Anything };
    Transaction { writes: vec![write], guards: Vec::new() }
}

/// A create under an id that the server claims to have made up.
fn create(id: &str) -> Transaction {
    let mut transaction = put(id);
    for write in &mut transaction.writes {
        write.method = Method::Post;
        write.expect = Expectation::Absent;
    }
    transaction
}

fn noise(place: u64, id: &str) -> char {
    let hash = xxhash_rust::xxh3::xxh3_64_with_seed(id.as_bytes(), place);
    char::from(b'!' + u8::try_from(hash % 90).expect("less than 90"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_said_to_be_full_and_nothing_is_stored_until_there_is_room() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder).await;
    let permit = Permit::for_the_server("test");
    let full = pages(&store, 0).await + 4;
    pages(&store, full).await;
    let mut stored = 0;
    let refusal = loop {
        match store.commit(&permit, put(&stored.to_string())).await {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(refusal, Error::Full);
    let changes = store.changes(&permit, Instant(i64::MIN), 1000).await.expect("readers go on");
    assert_eq!(changes.len(), stored);
    pages(&store, 1 << 20).await;
    assert!(store.commit(&permit, put("room")).await.is_ok());
    assert_eq!(store.check(&|_| ()).await, Ok(Vec::new()));
}

/// Commits one write each; returns the number that each has now, or why not.
async fn versions(store: &SqlStore, transactions: Vec<Transaction>) -> Vec<Result<u64>> {
    let permit = Permit::for_the_server("test");
    let Database::Sqlite { writer, .. } = &store.shared.database else { panic!("it is SQLite") };
    // All of them queue while the writer is busy, so that they are one batch but for the first.
    let busy = writer.lock().await;
    let mut commits = Vec::new();
    for transaction in transactions {
        let mut commit = store.commit(&permit, transaction);
        // Asked once, it waits in the queue.
        let asked = std::future::poll_fn(|cx| Poll::Ready(commit.as_mut().poll(cx).is_pending())).await;
        assert!(asked, "nothing is committed while somebody else writes");
        commits.push(commit);
    }
    drop(busy);
    let mut versions = Vec::new();
    for commit in commits {
        let number = |written: &Written| written.version.as_ref().map_or(0, |it| it.version.0);
        versions.push(commit.await.map(|written| written.iter().map(number).sum()));
    }
    versions
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_under_an_id_that_was_taken_for_new_is_not_written_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let refused = || Err(Error::Expectation { write: 0, current: Some(VersionId(1)) });
    let store = open(&folder).await;
    assert_eq!(versions(&store, vec![put("a")]).await, [Ok(1)]);
    store.close().await;
    drop(store);
    // This one does not remember what it has not written itself.
    let store = open(&folder).await;
    let all = vec![put("b"), create("a"), create("c"), put("b"), create("d")];
    assert_eq!(versions(&store, all).await, [Ok(1), refused(), Ok(1), Ok(1), Ok(1)]);
    assert_eq!(store.check(&|_| ()).await, Ok(Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_names_the_first_write_that_fails_also_where_one_was_taken_for_new() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder).await;
    assert_eq!(versions(&store, vec![put("a"), put("b")]).await, [Ok(1), Ok(1)]);
    store.close().await;
    drop(store);
    let store = open(&folder).await;
    let writes = [create("a"), create("b")].into_iter().flat_map(|it| it.writes);
    let mut refused = Transaction { writes: writes.collect(), guards: Vec::new() };
    // The second is no create, so that it is looked up and fails by itself.
    refused.writes[1].method = Method::Put;
    let first = Err(Error::Expectation { write: 0, current: Some(VersionId(1)) });
    assert_eq!(versions(&store, vec![refused]).await, [first]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_was_opened_again_counts_on() {
    let folder = tempfile::tempdir().expect("a folder");
    for version in 1..=3 {
        let store = open(&folder).await;
        let (other, same) = (put_other("a", version), put_other("a", version));
        assert_eq!(versions(&store, vec![other, same]).await, [Ok(version), Ok(version)]);
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failed_device_nothing_is_acknowledged_any_more() {
    let (queue, mut waiting) = mpsc::channel(4);
    let mut answers = Vec::new();
    let mut prepared = || {
        let (answer, answered) = oneshot::channel();
        answers.push(answered);
        Prepared { tenant: 0, writes: Vec::new(), guards: Vec::new(), answer }
    };
    let carried = Some(prepared());
    assert!(queue.try_send(prepared()).is_ok());
    drop(queue);
    refuse_all(&mut waiting, carried, &Failure::Device("fsync failed".to_owned())).await;
    for answer in answers {
        let refusal = answer.await.expect("everyone is answered").err();
        assert!(matches!(refusal, Some(Error::Unavailable(why)) if why.contains("fsync failed")));
    }
}

/// A transaction of so many writes, as it queues.
fn queued(writes: usize) -> Prepared {
    let write = |number: usize| PreparedWrite {
        key: Key::new(BASIC, Id::parse(&number.to_string()).expect("valid")),
        code: 1,
        method: Method::Delete,
        expect: Expectation::Anything,
        change: PreparedChange::Delete,
    };
    let writes = (0..writes).map(write).collect();
    Prepared { tenant: 0, writes, guards: Vec::new(), answer: oneshot::channel().0 }
}

/// Queues transactions of these sizes and checks the size of the batch and of what is carried over.
fn check_gathered(first: usize, waiting: &[usize], batch: usize, carried: Option<usize>) {
    let (queue, mut received) = mpsc::channel(4);
    for writes in waiting {
        assert!(queue.try_send(queued(*writes)).is_ok());
    }
    let mut left = None;
    let gathered = gather(queued(first), &mut received, &mut left);
    assert_eq!(gathered.iter().map(|it| it.writes.len()).sum::<usize>(), batch, "{first}, {waiting:?}");
    assert_eq!(left.map(|it| it.writes.len()), carried, "{first}, {waiting:?}");
}

#[test]
fn a_batch_is_filled_up_to_its_limit_and_what_does_not_fit_waits_for_the_next() {
    check_gathered(1, &[COMMIT_ROWS_MAX - 1, 1], COMMIT_ROWS_MAX, None);
    check_gathered(1, &[COMMIT_ROWS_MAX, 1], 1, Some(COMMIT_ROWS_MAX));
    // A transaction is whole, whatever its size.
    check_gathered(COMMIT_ROWS_MAX + 1, &[1], COMMIT_ROWS_MAX + 1, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_is_full_turns_writers_away() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Arc::new(open(&folder).await);
    let Database::Sqlite { writer, .. } = &store.shared.database else { panic!("it is SQLite") };
    // Nothing can be committed while somebody else has the connection that writes.
    let busy = writer.lock().await;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..COMMIT_QUEUE_MAX + 2 * COMMIT_ROWS_MAX {
        let store = store.clone();
        tasks.spawn(async move {
            let key = Key::new(BASIC, Id::parse(&number.to_string()).expect("valid"));
            let draft = Draft::new(Object::new(), &key.id);
            let change = Change::Put { draft, blob: None, rows: search::Rows::default() };
            let write = Write { key, method: Method::Put, change, expect: Expectation::Absent };
            store
                .commit(
                    &Permit::for_the_server("test"),
                    Transaction { writes: vec![write], guards: Vec::new() },
                )
                .await
        });
    }
    let first = tasks.join_next().await.expect("one is turned away").expect("no panic");
    assert_eq!(first.err(), Some(Error::Overloaded));
    drop(busy);
    let outcomes = tasks.join_all().await;
    let stored = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert!(stored >= COMMIT_QUEUE_MAX, "{stored}");
    assert!(outcomes.iter().all(|it| it.is_ok() || it.as_ref().err() == Some(&Error::Overloaded)));
}
