//! Do the databases answer as the oracle does?
//!
//! Random sequences of writes and questions, on a clock in the test's hand: `store::memory` says what
//! is right. Versions are asked for by number and by time, so that every path to a row is walked.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use model::{Instant, VersionId};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use sqlx::Connection as _;
use store::memory::Memory;
use store::{
    BlobId, Change, Error, Expectation, HistoryQuery, Method, Scope, Store, Transaction, Write, Written,
};

use crate::ground::{self, TYPES, draft, key, permit};

#[derive(Clone, Debug)]
enum Step {
    Commit(Vec<Deed>),
    /// Several at once, each of one write to another resource.
    Wait(i64),
    Read(usize, usize),
    Vread(usize, usize, u64),
    History(Asked),
    Changes(i64, usize),
    Unnamed,
}

#[derive(Clone, Debug)]
struct Deed {
    resource: (usize, usize),
    /// None deletes.
    content: Option<(usize, Option<u8>)>,
    method: Method,
    expect: Expectation,
}

#[derive(Clone, Debug)]
struct Asked {
    scope: Option<(usize, Option<usize>)>,
    since: Option<i64>,
    before: Option<i64>,
    current_at: Option<i64>,
    count: usize,
}

/// Times that a test's clock reaches, and some beyond.
fn times() -> impl Strategy<Value = i64> {
    1_000_000..1_000_060_i64
}

fn deeds() -> impl Strategy<Value = Deed> {
    let expect = prop_oneof![
        4 => Just(Expectation::Anything),
        1 => Just(Expectation::Absent),
        1 => Just(Expectation::Present),
        2 => prop::collection::vec((1..5_u64).prop_map(VersionId), 0..3).prop_map(Expectation::OneOf),
    ];
    let content = prop::option::weighted(0.8, (0..3_usize, prop::option::weighted(0.2, 0..4_u8)));
    let method = prop_oneof![Just(Method::Post), Just(Method::Put), Just(Method::Patch)];
    ((0..2_usize, 0..4_usize), content, method, expect).prop_map(|(resource, content, method, expect)| {
        let method = if content.is_some() { method } else { Method::Delete };
        Deed { resource, content, method, expect }
    })
}

fn questions() -> impl Strategy<Value = Asked> {
    let scope = prop::option::of((0..3_usize, prop::option::of(0..5_usize)));
    let time = || prop::option::of(times());
    (scope, time(), time(), time(), 0..8_usize).prop_map(|(scope, since, before, current_at, count)| Asked {
        scope,
        since,
        before,
        current_at,
        count,
    })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => prop::collection::vec(deeds(), 1..4).prop_map(Step::Commit),
        1 => (-3..10_i64).prop_map(Step::Wait),
        2 => (0..3_usize, 0..5_usize).prop_map(|(kind, id)| Step::Read(kind, id)),
        2 => (0..3_usize, 0..5_usize, 0..5_u64).prop_map(|(kind, id, version)| Step::Vread(kind, id, version)),
        4 => questions().prop_map(Step::History),
        1 => (times(), 0..8_usize).prop_map(|(after, count)| Step::Changes(after, count)),
        1 => Just(Step::Unnamed),
    ];
    prop::collection::vec(step, 1..40)
}

#[test]
fn sqlite_answers_as_the_oracle_does() {
    run(48, async |steps| {
        let ground = ground::sqlite();
        let (clock, hand) = ground::held_clock();
        let oracle = Memory::new(clock.clone());
        // A cache that holds some of what is written, so that hits, misses and evictions all happen.
        let database = ground.open_with(clock, 64 * 1500, 10).await;
        compare(&oracle, &database, &hand, &steps).await;
        assert_eq!(store::Resources::check(&database, &|_| ()).await, Ok(Vec::new()));
        database.close().await;
    });
}

#[test]
fn postgres_answers_as_the_oracle_does() {
    let runtime = runtime();
    let Some(ground) = runtime.block_on(ground::postgres()) else { return };
    run(48, async |steps| {
        let mut connection = sqlx::PgConnection::connect(&ground.url).await.expect("the server answers");
        for text in ["DROP SCHEMA public CASCADE", "CREATE SCHEMA public"] {
            sqlx::raw_sql(text).execute(&mut connection).await.expect("a fresh schema");
        }
        let (clock, hand) = ground::held_clock();
        let oracle = Memory::new(clock.clone());
        let database = ground.open_with(clock, 0, 10).await;
        compare(&oracle, &database, &hand, &steps).await;
        assert_eq!(store::Resources::check(&database, &|_| ()).await, Ok(Vec::new()));
        database.close().await;
    });
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

fn run(cases: u32, test: impl AsyncFn(Vec<Step>)) {
    let runtime = runtime();
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&steps(), |steps| {
            runtime.block_on(test(steps));
            Ok(())
        })
        .expect("the database answers as the oracle does");
}

async fn compare(oracle: &dyn Store, database: &dyn Store, hand: &Arc<AtomicI64>, steps: &[Step]) {
    for step in steps {
        if let Step::Wait(time) = step {
            hand.fetch_add(*time, Ordering::Relaxed);
            continue;
        }
        let (expected, found) = (answer(oracle, step).await, answer(database, step).await);
        assert_eq!(expected, found, "{step:?}");
    }
}

/// What a store answers to a step, as text.
async fn answer(store: &dyn Store, step: &Step) -> String {
    let permit = permit();
    match step {
        Step::Wait(_) => String::new(),
        Step::Commit(deeds) => {
            let writes = deeds.iter().map(write).collect();
            told(store.commit(&permit, Transaction { writes, guards: Vec::new() }).await)
        }
        Step::Read(kind, id) => format!("{:?}", store.read(&permit, &resource(*kind, *id)).await),
        Step::Vread(kind, id, version) => {
            format!("{:?}", store.vread(&permit, &resource(*kind, *id), VersionId(*version)).await)
        }
        Step::History(asked) => format!("{:?}", store.history(&permit, &query(asked)).await),
        Step::Changes(after, count) => {
            format!("{:?}", store.changes(&permit, Instant(*after), *count).await)
        }
        Step::Unnamed => {
            let mut unnamed = store.unnamed(&(0..5).map(blob).collect::<Vec<_>>()).await;
            if let Ok(unnamed) = &mut unnamed {
                unnamed.sort_unstable();
            }
            format!("{unnamed:?}")
        }
    }
}

fn told(answer: Result<Vec<Written>, Error>) -> String {
    match answer {
        Ok(written) => {
            format!("{:?}", written.iter().map(|it| (it.effect, &it.version)).collect::<Vec<_>>())
        }
        Err(error) => format!("{error:?}"),
    }
}

fn query(asked: &Asked) -> HistoryQuery {
    HistoryQuery {
        scope: match asked.scope {
            None => Scope::System,
            Some((kind, None)) => Scope::Type(TYPES[kind]),
            Some((kind, Some(id))) => Scope::Instance(resource(kind, id)),
        },
        since: asked.since.map(Instant),
        before: asked.before.map(Instant),
        current_at: asked.current_at.map(Instant),
        count: asked.count,
    }
}

fn write(deed: &Deed) -> Write {
    let key = resource(deed.resource.0, deed.resource.1);
    let change = match deed.content {
        None => Change::Delete,
        Some((content, named)) => {
            // Some contents are long enough to be compressed.
            let content = ["short", &"long ".repeat(100), "other"][content].to_owned();
            Change::Put { draft: draft(&key, &content), blob: named.map(blob), rows: search::Rows::default() }
        }
    };
    Write { key, method: deed.method, change, expect: deed.expect.clone() }
}

fn resource(kind: usize, id: usize) -> model::Key {
    key(kind, ["a", "b", "c-1", "D.2", "never"][id])
}

fn blob(number: u8) -> BlobId {
    BlobId([number; 32])
}
