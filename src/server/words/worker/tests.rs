//! Does the index say what the store holds, wherever its work is broken off?

use std::path::Path;

use fulltext::{Expression, Found};
use interactions::Words as _;
use interactions::words::{Reached, Sought};
use model::{Draft, Id, Key, ResourceType, json};
use search::Rows;
use store::memory::Memory;
use store::{Change, Expectation, Method, Resources as _, Transaction, Write};

use super::*;

/// A store whose first commit is at this moment.
fn store(begins_at: i64) -> Arc<Memory> {
    Arc::new(Memory::new(Arc::new(move || Instant(begins_at))))
}

fn permit() -> Permit {
    Permit::for_the_server("a test")
}

fn key(id: &str) -> Key {
    Key::new(ResourceType::known("Basic"), Id::parse(id).expect("an id"))
}

/// Stores a resource with a text, or deletes it.
async fn write(store: &Memory, id: &str, text: Option<&str>) {
    let key = key(id);
    let change = match text {
        None => Change::Delete,
        Some(text) => {
            let text = format!(r#"{{"resourceType":"Basic","id":"{id}","code":{{"text":"{text}"}}}}"#);
            let tree = json::parse(text.as_bytes()).expect("JSON");
            let draft = Draft::new(tree.as_object().expect("an object").clone(), &key.id);
            Change::Put { draft, blob: None, rows: Rows::default() }
        }
    };
    let write = Write { key, method: Method::Put, change, expect: Expectation::Anything };
    let transaction = Transaction { writes: vec![write], guards: Vec::new() };
    store.commit(&permit(), transaction).await.expect("memory takes all");
}

/// A worker over the index in a folder.
fn begin(folder: &Path, store: &Arc<Memory>) -> Worker {
    let words = Words::open(folder).expect("an index");
    Worker::new(Arc::new(words), store.clone())
}

/// Lets the worker work until what stands now can be found.
async fn settle(worker: &mut Worker) {
    let latest = worker.store.latest(&permit()).await.expect("memory answers");
    worker.words.wanted.fetch_max(latest.0, Ordering::AcqRel);
    for _ in 0..1_000 {
        worker.round().await.expect("nothing fails");
        if !worker.words.is_waited_for() {
            return;
        }
    }
    panic!("the worker does not come to an end");
}

/// The ids that are found.
async fn check(worker: &Worker, meant: &str, expected: &[&str]) {
    let sought = Sought {
        tenant: permit().tenant(),
        resource_type: ResourceType::known("Basic"),
        field: fulltext::Field::Content,
        meant: Arc::new(Expression::parse(meant).expect("words")),
    };
    let found = worker.words.find(vec![sought]).await.expect("the index answers").remove(0);
    let Found::All(mut ids) = found else { panic!("there are few") };
    ids.sort();
    assert_eq!(ids, expected, "{meant}");
}

#[tokio::test]
async fn what_is_written_replaced_and_deleted_is_followed() {
    let (folder, store) = (tempfile::tempdir().expect("a folder"), store(1));
    let mut worker = begin(folder.path(), &store);
    settle(&mut worker).await;
    for (id, text) in [("a", Some("one")), ("b", Some("one")), ("a", Some("two")), ("b", None)] {
        write(&store, id, text).await;
    }
    settle(&mut worker).await;
    check(&worker, "one", &[]).await;
    check(&worker, "two", &["a"]).await;
    write(&store, "b", Some("two")).await;
    settle(&mut worker).await;
    check(&worker, "two", &["a", "b"]).await;
}

#[tokio::test]
async fn what_a_crash_takes_is_read_again() {
    let (folder, store) = (tempfile::tempdir().expect("a folder"), store(1));
    let count = VERSIONS_AT_A_TIME * 2 + 1;
    let mut worker = begin(folder.path(), &store);
    write(&store, "a", Some("one")).await;
    settle(&mut worker).await;
    for number in 0..count {
        write(&store, &number.to_string(), Some("many")).await;
    }
    write(&store, "a", Some("two")).await;
    // They are left unread while they are being written; then two pages are read, and nobody waits, so that nothing is
    // committed.
    worker.round().await.expect("nothing fails");
    assert_eq!(worker.waiting, 0);
    worker.round().await.expect("nothing fails");
    worker.round().await.expect("nothing fails");
    assert_eq!(worker.waiting, VERSIONS_AT_A_TIME * 2);
    drop(worker);
    let mut worker = begin(folder.path(), &store);
    check(&worker, "one", &["a"]).await;
    check(&worker, "many", &[]).await;
    settle(&mut worker).await;
    check(&worker, "one", &[]).await;
    check(&worker, "two", &["a"]).await;
    let mut all: Vec<_> = (0..count).map(|number| number.to_string()).collect();
    all.sort();
    check(&worker, "many", &all.iter().map(String::as_str).collect::<Vec<_>>()).await;
}

#[tokio::test]
async fn the_index_of_another_store_is_made_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    for (begins_at, own, other) in [(1_000, "one", "two"), (5, "two", "one")] {
        let store = store(begins_at);
        write(&store, "a", Some(own)).await;
        let mut worker = begin(folder.path(), &store);
        settle(&mut worker).await;
        check(&worker, own, &["a"]).await;
        check(&worker, other, &[]).await;
    }
}

#[tokio::test]
async fn a_damaged_index_is_made_anew() {
    let (folder, store) = (tempfile::tempdir().expect("a folder"), store(1));
    write(&store, "a", Some("one")).await;
    let mut worker = begin(folder.path(), &store);
    settle(&mut worker).await;
    worker.begin_anew(&Failure::Index(fulltext::Error::Damaged("as the test wants it".to_owned())));
    assert!(!worker.words.is_waited_for());
    worker.round().await.expect("the index is emptied and filled");
    settle(&mut worker).await;
    check(&worker, "one", &["a"]).await;
}

#[tokio::test]
async fn a_search_waits_until_what_was_written_before_can_be_found() {
    let (folder, store) = (tempfile::tempdir().expect("a folder"), store(1));
    let worker = begin(folder.path(), &store);
    let words = Arc::clone(&worker.words);
    let working = crate::tasks::spawn("words", work(Arc::clone(&words), store.clone()));
    for number in 0..3 {
        write(&store, &number.to_string(), Some("one")).await;
        let latest = store.latest(&permit()).await.expect("memory answers");
        assert_eq!(words.reach(&*store, &permit(), latest).await, Reached::There);
        check(&worker, "one", &["0", "1", "2"][..=number]).await;
    }
    working.abort();
}

#[tokio::test]
async fn a_search_is_told_when_the_index_is_far_behind() {
    let (folder, store) = (tempfile::tempdir().expect("a folder"), store(1));
    let worker = begin(folder.path(), &store);
    let reached = worker.words.reach_within(Instant(5), Duration::from_millis(1)).await;
    assert_eq!(reached, Reached::OnItsWay);
}

#[tokio::test]
async fn servers_that_share_a_folder_have_indexes_of_their_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let both = [Words::open(folder.path()), Words::open(folder.path())];
    assert!(both.iter().all(Result::is_ok));
    assert!(folder.path().join("words-2").is_dir());
}
