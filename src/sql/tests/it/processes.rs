//! Do several processes agree on one PostgreSQL database?
//!
//! Two stores in one process stand for them: they share nothing but the database.

use std::sync::Arc;

use model::{Instant, VersionId};
use store::{Error, Expectation, Resources as _};

use crate::ground::{self, held_clock, key, permit, put, transaction};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_in_two_processes_take_turns_and_lose_nothing() {
    let Some(ground) = ground::postgres().await else { return };
    let stores = [
        Arc::new(ground.open_with(held_clock().0, 0, 10).await),
        Arc::new(ground.open_with(held_clock().0, 0, 10).await),
    ];
    let patient = key(0, "a");
    stores[0].commit(&permit(), transaction([put(&patient, "0")])).await.expect("stored");
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..8 {
        let (store, patient) = (stores[writer % 2].clone(), patient.clone());
        writers.spawn(async move {
            for round in 0..10 {
                update(&store, &patient, &format!("{writer} {round}")).await;
            }
        });
    }
    writers.join_all().await;
    let log = stores[0].changes(&permit(), Instant(i64::MIN), 1000).await.expect("read");
    let numbers: Vec<_> = log.iter().map(|version| version.version.0).collect();
    assert_eq!(numbers, (1..=81).collect::<Vec<_>>(), "the log is in the order of versions");
    assert_eq!(stores[1].check(&|_| ()).await, Ok(Vec::new()));
}

/// Writes on the condition that nobody else has since it looked, as often as it takes.
async fn update(store: &sql::SqlStore, patient: &model::Key, content: &str) {
    loop {
        let seen = store.read(&permit(), patient).await.expect("read").expect("there").version;
        let mut write = put(patient, content);
        write.expect = Expectation::OneOf(vec![seen]);
        match store.commit(&permit(), transaction([write])).await {
            Ok(_) => return,
            Err(Error::Expectation { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_guard_sees_what_another_process_has_written() {
    let Some(ground) = ground::postgres().await else { return };
    let (one, other) =
        (ground.open_with(held_clock().0, 0, 10).await, ground.open_with(held_clock().0, 0, 10).await);
    one.commit(&permit(), transaction([put(&key(0, "a"), "0")])).await.expect("stored");
    let since = one.latest(&permit()).await.expect("told");
    other.commit(&permit(), transaction([put(&key(0, "b"), "0")])).await.expect("stored");
    // Both have looked and found nothing like it; one was slower.
    let (resource_type, condition) = (ground::TYPES[0], search::Condition::everything());
    let branch = search::Branch { resource_type, condition, sort: Vec::new() };
    let guards = vec![store::Guard { branch, since }];
    let late = store::Transaction { writes: vec![put(&key(0, "c"), "0")], guards };
    assert_eq!(one.commit(&permit(), late).await.map(|_| ()), Err(Error::Guard { guard: 0 }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_dictionary_trained_by_one_process_is_met_by_another() {
    let Some(ground) = ground::postgres().await else { return };
    let trains = ground.open_with(held_clock().0, 0, 10).await;
    let meets = ground.open_with(held_clock().0, 0, 10).await;
    let content = |number: usize| format!("{number} {}", "like all the others ".repeat(9 + number % 3));
    for batch in 0..11 {
        let numbers = batch * 200..(batch + 1) * 200;
        let writes: Vec<_> =
            numbers.map(|number| put(&key(0, &number.to_string()), &content(number))).collect();
        trains.commit(&permit(), transaction(writes)).await.expect("stored");
    }
    let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect(&ground.url).await.expect("open");
    for attempt in 0..2000 {
        let patient = key(0, &format!("later-{attempt}"));
        let written = trains.commit(&permit(), transaction([put(&patient, &content(attempt))])).await;
        let read = meets.vread(&permit(), &patient, VersionId(1)).await.expect("read");
        assert_eq!(read, written.expect("stored")[0].version);
        let trained = sqlx::query("SELECT 1 FROM versions WHERE coding > 1 LIMIT 1");
        if !trained.fetch_all(&mut connection).await.expect("read").is_empty() {
            return;
        }
    }
    panic!("no body was written with a dictionary");
}

/// Every open used to take a number of the sequence for every type, and a few hundred opens all of them.
#[tokio::test(flavor = "multi_thread")]
async fn opening_a_database_again_uses_up_no_numbers() {
    let Some(ground) = ground::postgres().await else { return };
    let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect(&ground.url).await.expect("open");
    let mut last: Vec<i64> = Vec::new();
    for _ in 0..3 {
        ground.open_with(held_clock().0, 0, 10).await.close().await;
        let asked = sqlx::query_scalar("SELECT last_value FROM types_type_seq");
        last.push(asked.fetch_one(&mut connection).await.expect("read"));
    }
    let types = i64::try_from(ground::TYPES.len()).expect("few");
    assert_eq!(last, [types; 3]);
}
