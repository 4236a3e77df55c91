//! What lasts, and what is said when it cannot?

use std::sync::Arc;

use model::{Instant, VersionId};
use sqlx::{Connection as _, SqliteConnection};
use store::{Error, Resources as _};

use crate::ground::{self, Ground, TYPES, delete, held_clock, key, permit, put, transaction};

/// Changes the file of a closed store behind its back.
async fn tamper(ground: &Ground, text: &'static str) {
    let mut connection = SqliteConnection::connect(&ground.url).await.expect("it opens");
    sqlx::raw_sql(text).execute(&mut connection).await.expect("it can be changed");
    connection.close().await.expect("it closes");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_committed_is_there_after_a_restart() {
    let ground = ground::sqlite();
    let patient = key(0, "a");
    let store = ground.open(held_clock().0).await;
    let written = store.commit(&permit(), transaction([put(&patient, "de")])).await.expect("stored");
    store.close().await;
    drop(store);
    let store = ground.open(held_clock().0).await;
    assert_eq!(store.read(&permit(), &patient).await, Ok(written[0].version.clone()));
    // The clock starts anew, and yet time goes on.
    let again = store.commit(&permit(), transaction([put(&patient, "en")])).await.expect("stored");
    let (old, new) = (written[0].version.clone().expect("made"), again[0].version.clone().expect("made"));
    assert!(new.committed_at > old.committed_at);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_open_is_refused_to_a_second_store() {
    let ground = ground::sqlite();
    let store = ground.open(held_clock().0).await;
    let options = sql::Options {
        url: ground.url.clone(),
        clock: held_clock().0,
        types: TYPES,
        cache_bytes: 0,
        single_process: true,
        young_max: 1000,
    };
    let refused = sql::open(options).await.err().expect("refused").to_string();
    assert!(refused.contains("in use by another process"), "{refused}");
    drop(store);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_a_newer_server_is_refused() {
    let ground = ground::sqlite();
    ground.open(held_clock().0).await.close().await;
    tamper(&ground, "INSERT INTO migrations (number, name) VALUES (9999, 'tomorrow')").await;
    let refused = sql::migrate(&ground.url).await.expect_err("refused").to_string();
    assert!(refused.contains("migration 9999"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn migrating_twice_changes_nothing() {
    let ground = ground::sqlite();
    assert_eq!(sql::migrate(&ground.url).await.expect("migrated"), ["foundation", "search", "young"]);
    assert_eq!(sql::migrate(&ground.url).await.expect("migrated"), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_content_is_reported_and_never_served() {
    for damage in [
        "UPDATE versions SET body = CAST(replace(CAST(body AS TEXT), 'de', 'dx') AS BLOB)",
        "UPDATE versions SET gap = gap + 1",
        "UPDATE versions SET digest = NULL",
        "UPDATE versions SET coding = 99",
        "UPDATE versions SET coding = 1",
    ] {
        let ground = ground::sqlite();
        let (sound, patient) = (key(1, "sound"), key(0, "a"));
        let store = ground.open(held_clock().0).await;
        store.commit(&permit(), transaction([put(&patient, "de")])).await.expect("stored");
        store.close().await;
        drop(store);
        tamper(&ground, damage).await;
        let store = ground.open(held_clock().0).await;
        store.commit(&permit(), transaction([put(&sound, "de")])).await.expect("stored");
        assert_eq!(store.read(&permit(), &patient).await, Err(Error::Corrupt(patient.clone())), "{damage}");
        assert!(store.read(&permit(), &sound).await.is_ok_and(|it| it.is_some()));
        let complaints = store.check(&|_| ()).await.expect("checked");
        assert!(complaints[0].contains("Patient/a version 1 is damaged"), "{complaints:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_that_disagree_are_found_by_the_check() {
    for (damage, complaint) in [
        ("UPDATE resources SET version = 1 WHERE id = 'a'", "Patient/a does not point at its newest version"),
        ("DELETE FROM resources WHERE id = 'a'", "the history of Patient/a belongs to no resource"),
        (
            "DELETE FROM versions WHERE version = 1",
            "the versions of Patient/a are not numbered from 1 without gaps",
        ),
    ] {
        let ground = ground::sqlite();
        let patient = key(0, "a");
        let store = ground.open(held_clock().0).await;
        for content in ["de", "en"] {
            store.commit(&permit(), transaction([put(&patient, content)])).await.expect("stored");
        }
        assert_eq!(store.check(&|_| ()).await, Ok(Vec::new()));
        store.close().await;
        drop(store);
        tamper(&ground, damage).await;
        let complaints = ground.open(held_clock().0).await.check(&|_| ()).await.expect("checked");
        assert_eq!(complaints, [complaint], "{damage}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_a_store_as_of_one_moment() {
    let ground = ground::sqlite();
    let store = ground.open(held_clock().0).await;
    let patient = key(0, "a");
    let written = store.commit(&permit(), transaction([put(&patient, "de")])).await.expect("stored");
    let copy = ground.folder.as_ref().expect("a folder").path().join("copy.db");
    store.backup(&copy).await.expect("copied");
    store.commit(&permit(), transaction([delete(&patient)])).await.expect("stored");
    let copied = Ground { url: copy.to_str().expect("UTF-8").to_owned(), folder: None };
    let copied = copied.open(held_clock().0).await;
    assert_eq!(copied.read(&permit(), &patient).await, Ok(written[0].version.clone()));
    assert_eq!(copied.check(&|_| ()).await, Ok(Vec::new()));
    assert!(store.backup(&copy).await.is_err(), "a copy never replaces a file");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_store_has_stored_what_was_queued_and_takes_no_more() {
    let ground = ground::sqlite();
    let store = Arc::new(ground.open(held_clock().0).await);
    let keys: Vec<_> = (0..200).map(|number| key(0, &number.to_string())).collect();
    let queued: Vec<_> = keys
        .iter()
        .map(|key| {
            let (store, writes) = (store.clone(), transaction([put(key, "de")]));
            async move { store.commit(&permit(), writes).await.is_ok() }
        })
        .collect();
    let mut tasks = tokio::task::JoinSet::new();
    queued.into_iter().for_each(|commit| drop(tasks.spawn(commit)));
    tokio::task::yield_now().await;
    store.close().await;
    let acknowledged = tasks.join_all().await.into_iter().filter(|stored| *stored).count();
    let late = store.commit(&permit(), transaction([put(&keys[0], "en")])).await;
    assert!(matches!(late, Err(Error::Unavailable(_))));
    drop(store);
    let store = ground.open(held_clock().0).await;
    let stored = store.changes(&permit(), Instant(0), 1000).await.expect("read").len();
    assert_eq!(stored, acknowledged);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dictionary_makes_bodies_smaller_and_changes_nothing_else() {
    let ground = ground::sqlite();
    let store = ground.open_with(held_clock().0, 0, 10).await;
    let content =
        |number: usize| format!("{number} {}", "of the same kind as all the others ".repeat(3 + number % 3));
    for batch in 0..11 {
        let writes: Vec<_> = (0..200)
            .map(|number| batch * 200 + number)
            .map(|number| put(&key(0, &number.to_string()), &content(number)))
            .collect();
        store.commit(&permit(), transaction(writes)).await.expect("stored");
    }
    // The trainer works beside the writers: closing and opening finds what it has made.
    let mut trained = false;
    for attempt in 0..1000 {
        let patient = key(0, &format!("later-{attempt}"));
        store.commit(&permit(), transaction([put(&patient, &content(attempt))])).await.expect("stored");
        let mut connection = SqliteConnection::connect(&ground.url).await.expect("it opens");
        let codings = sqlx::query("SELECT 1 FROM versions WHERE coding > 1").fetch_all(&mut connection).await;
        trained = !codings.expect("read").is_empty();
        if trained {
            break;
        }
    }
    assert!(trained, "no body was written with a dictionary");
    assert_eq!(store.check(&|_| ()).await, Ok(Vec::new()));
    store.close().await;
    drop(store);
    let store = ground.open_with(held_clock().0, 0, 10).await;
    let patient = key(0, "later-0");
    let read = store.vread(&permit(), &patient, VersionId(1)).await.expect("read").expect("there");
    assert!(read.json.is_some_and(|json| json.ends_with(format!("{}\"}}", content(0)).as_bytes())));
}
