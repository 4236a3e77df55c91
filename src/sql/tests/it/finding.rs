//! Do the databases find what the oracle finds?
//!
//! Random rows under a few parameters, random changes, and random queries over them: `store::memory` looks at every
//! resource, the databases at ranges of indexes. All pages of a query together must be the same; where an order was
//! asked for, in the same order.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};

use fhir_profiles::Registry;
use model::{Instant, Key, Text};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use search::condition::{ReferenceTest, StringTest, TokenTest, Within};
use search::scan::Direction;
use search::types::date;
use search::{
    Branch, Chain, Clause, Condition, Has, Index, Indexed, ParameterId, Query, Row, Rows, SortBy, SortKey,
    Test, Total, hash,
};
use sqlx::Connection as _;
use store::memory::Memory;
use store::{Change, Error, Expectation, Guard, Method, Resources as _, Store, Transaction, Write};
use terminology::Terminology;

use crate::ground::{self, TYPES, draft, key, permit};

const CODE: ParameterId = ParameterId(10);
const NAME: ParameterId = ParameterId(20);
const LINK: ParameterId = ParameterId(30);
const TIME: ParameterId = ParameterId(40);
const SIZE: ParameterId = ParameterId(50);

#[derive(Clone, Debug)]
enum Step {
    Put(usize, usize, Vec<(usize, usize)>),
    Index(usize, usize, Vec<(usize, usize)>),
    Delete(usize, usize),
    Guarded(usize, usize, usize, Condition),
    Wait(i64),
    Search(Asked),
}

#[derive(Clone, Debug)]
struct Asked {
    branches: Vec<(usize, Condition)>,
    sort: Vec<(usize, bool)>,
    count: usize,
}

/// A value of one of a few kinds.
fn row((kind, number): (usize, usize)) -> Row {
    let small = i64::try_from(number).expect("small");
    let (parameter, value) = match kind {
        0 => {
            let code = Text::from(["a", "B", "b", "abc"][number % 4]);
            (CODE, Indexed::Token { system: small / 4, code })
        }
        1 => (NAME, Indexed::String(["Ann", "anna", "Änne", "Bob", "x\0y"][number % 5].into())),
        2 => {
            let target_type = hash::short(TYPES[number % 2].as_str());
            (LINK, Indexed::Reference { target_type, target: id(number / 2).into() })
        }
        3 => (TIME, Indexed::Date { start: small * 10, end: small * 10 + [1, 10, 35][number % 3] }),
        4 => {
            let low = search::scan::ordered(f64::from(i32::try_from(small).expect("small")));
            (SIZE, Indexed::Quantity { unit: small % 2, low, high: low })
        }
        _ => (TIME, Indexed::Date { start: i64::MIN, end: small * 10 }),
    };
    Row { parameter, group: 0, component: 0, value }
}

/// Each type has parameters of its own.
fn own(parameter: ParameterId, kind: usize) -> ParameterId {
    ParameterId(parameter.0 + u32::try_from(kind).expect("few types"))
}

fn rows(kind: usize, values: &[(usize, usize)]) -> Rows {
    let of_kind = |it| {
        let row = row(it);
        Row { parameter: own(row.parameter, kind), ..row }
    };
    Rows::new(values.iter().copied().map(of_kind).collect())
}

/// A condition with the parameters of a type.
fn of_type(kind: usize, condition: &Condition) -> Condition {
    let kind_of =
        |resource_type| TYPES.iter().position(|it| *it == resource_type).expect("a type of the tests");
    let all = |parts: &[Condition]| parts.iter().map(|part| of_type(kind, part)).collect();
    match condition {
        Condition::All(parts) => Condition::All(all(parts)),
        Condition::Any(parts) => Condition::Any(all(parts)),
        Condition::Not(part) => Condition::Not(Box::new(of_type(kind, part))),
        Condition::Clause(clause) => {
            Condition::Clause(Clause { parameter: own(clause.parameter, kind), test: clause.test.clone() })
        }
        Condition::Chain(chain) => {
            let target =
                |(target_type, part): &(_, Condition)| (*target_type, of_type(kind_of(*target_type), part));
            let targets = chain.targets.iter().map(target).collect();
            Condition::Chain(Chain { parameter: own(chain.parameter, kind), targets })
        }
        Condition::Has(has) => {
            let source = kind_of(has.resource_type);
            let condition = Box::new(of_type(source, &has.condition));
            Condition::Has(Has { parameter: own(has.parameter, source), condition, ..has.clone() })
        }
        other => other.clone(),
    }
}

/// A set of codes that is told of each code, not listed: by a table, by a list, by a rule.
fn within(number: usize) -> Arc<Within> {
    static SETS: LazyLock<[Arc<Within>; 3]> = LazyLock::new(|| {
        let parse = |text: &str| model::json::parse(text.as_bytes()).expect("valid JSON");
        let system = parse(
            r#"{"resourceType":"CodeSystem","url":"http://s","content":"complete",
                "concept":[{"code":"ABC"},{"code":"b"},{"code":"zz"}]}"#,
        );
        let terminology = Terminology::new(Arc::new(Registry::default().with([system])));
        [
            r#"{"system":"http://s"}"#,
            r#"{"system":"http://none","concept":[{"code":"B"},{"code":"a"}]}"#,
            r#"{"system":"urn:ietf:bcp:47"}"#,
        ]
        .map(|include| {
            let text = format!(r#"{{"resourceType":"ValueSet","compose":{{"include":[{include}]}}}}"#);
            let value_set = terminology.compile(&parse(&text)).expect("a value set");
            Arc::new(Within::new("set", vec![Arc::new(value_set)], &terminology))
        })
    });
    Arc::clone(&SETS[number])
}

fn id(number: usize) -> &'static str {
    ["a", "b", "c", "d", "e", "f"][number % 6]
}

fn resource(kind: usize, number: usize) -> Key {
    key(kind, id(number))
}

fn values() -> impl Strategy<Value = Vec<(usize, usize)>> {
    prop::collection::vec((0..6_usize, 0..12_usize), 0..7)
}

fn leaf() -> impl Strategy<Value = Condition> {
    let clause = |parameter, test| Condition::Clause(Clause { parameter, test });
    let time = prop_oneof![Just("ge"), Just("lt"), Just("eq"), Just("ne"), Just("sa"), Just("eb")];
    prop_oneof![
        3 => (0..4_usize).prop_map(move |it| {
            clause(CODE, Test::Token(TokenTest::of_code(["a", "b", "abc", "zz"][it])))
        }),
        2 => (0..3_usize).prop_map(move |it| clause(CODE, Test::Token(TokenTest::Within(within(it))))),
        2 => (0..4_usize).prop_map(move |it| {
            clause(NAME, Test::String(StringTest::prefix(["an", "bob", "x", ""][it])))
        }),
        2 => (0..2_usize, 0..6_usize).prop_map(move |(kind, it)| {
            clause(LINK, Test::Reference(ReferenceTest::to(&resource(kind, it))))
        }),
        2 => (time, 0..10_i64).prop_map(move |(prefix, second)| {
            // Rows stand in the first microseconds of 1970, so that a millisecond holds all of them or none.
            let value = format!("{prefix}1970-01-01T00:00:00.00{second}Z");
            let test = date::parse_value(&value, Instant(0)).expect("a date");
            clause(TIME, Test::Date(test))
        }),
        1 => (0..5_usize).prop_map(move |it| clause([CODE, NAME, LINK, TIME, SIZE][it], Test::Present)),
        1 => prop::collection::btree_set((0..6_usize).prop_map(|it| Text::from(id(it))), 0..4)
            .prop_map(Condition::Ids),
    ]
}

fn condition() -> impl Strategy<Value = Condition> {
    leaf().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            3 => prop::collection::vec(inner.clone(), 0..4).prop_map(Condition::All),
            3 => prop::collection::vec(inner.clone(), 0..4).prop_map(Condition::Any),
            1 => inner.clone().prop_map(|it| Condition::Not(Box::new(it))),
            2 => (inner.clone(), inner.clone()).prop_map(|(first, second)| Condition::Chain(Chain {
                parameter: LINK,
                targets: vec![(TYPES[0], first), (TYPES[1], second)],
            })),
            2 => (0..2_usize, inner).prop_map(|(kind, it)| Condition::Has(Has {
                resource_type: TYPES[kind],
                parameter: LINK,
                condition: Box::new(it),
            })),
        ]
    })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let asked = (
        prop::collection::vec((0..2_usize, condition()), 1..3),
        prop::collection::vec((0..7_usize, any::<bool>()), 0..3),
        1..5_usize,
    )
        .prop_map(|(branches, sort, count)| Step::Search(Asked { branches, sort, count }));
    let step = prop_oneof![
        12 => (0..2_usize, 0..6_usize, values()).prop_map(|(kind, it, rows)| Step::Put(kind, it, rows)),
        2 => (0..2_usize, 0..6_usize, values()).prop_map(|(kind, it, rows)| Step::Index(kind, it, rows)),
        2 => (0..2_usize, 0..6_usize).prop_map(|(kind, it)| Step::Delete(kind, it)),
        1 => (0..2_usize, 0..6_usize, 0..20_usize, leaf())
            .prop_map(|(kind, it, back, guard)| Step::Guarded(kind, it, back, guard)),
        1 => (0..20_i64).prop_map(Step::Wait),
        8 => asked,
    ];
    prop::collection::vec(step, 1..50)
}

fn sort(by: usize, kind: usize, direction: Direction) -> SortBy {
    let parameter = |parameter, index| SortBy::Parameter(SortKey { parameter: own(parameter, kind), index });
    match (by, direction) {
        (0, _) => parameter(CODE, Index::Tokens),
        (1, _) => parameter(NAME, Index::Strings),
        (2, Direction::Forwards) => parameter(TIME, Index::Starts),
        (2, Direction::Backwards) => parameter(TIME, Index::Ends),
        (3, _) => parameter(SIZE, Index::Amounts),
        (4, _) => SortBy::Updated,
        (5, _) => SortBy::Id,
        _ => {
            let by = |kind| (TYPES[kind], sort(1, kind, direction));
            SortBy::Chain(own(LINK, kind), vec![by(0), by(1)])
        }
    }
}

fn query(asked: &Asked) -> Query {
    let directions: Vec<_> = asked
        .sort
        .iter()
        .map(|(_, backwards)| if *backwards { Direction::Backwards } else { Direction::Forwards })
        .collect();
    let branch = |(kind, condition): &(usize, Condition)| Branch {
        resource_type: TYPES[*kind],
        condition: of_type(*kind, condition),
        sort: asked.sort.iter().zip(&directions).map(|((by, _), it)| sort(*by, *kind, *it)).collect(),
    };
    // A type is asked for once.
    let mut branches: Vec<_> = asked.branches.iter().map(branch).collect();
    branches.dedup_by_key(|branch| branch.resource_type);
    Query { branches, directions, count: asked.count, total: Total::Accurate, after: None }
}

/// All pages of a query.
async fn pages(store: &dyn Store, asked: &Asked) -> (Vec<Key>, Option<u64>) {
    let mut query = query(asked);
    let mut found = Vec::new();
    let mut total;
    for _ in 0..30 {
        let page = store.search(&permit(), &query).await.expect("an answer");
        assert!(page.found.len() <= asked.count, "a page holds no more than asked for");
        found.extend(page.found);
        total = page.total;
        query.after = page.next;
        if query.after.is_none() {
            return (found, total);
        }
    }
    panic!("the pages do not end: {found:?}");
}

async fn compare(oracle: &dyn Store, database: &dyn Store, hand: &Arc<AtomicI64>, steps: &[Step]) {
    let mut moments = vec![Instant(0)];
    for step in steps {
        match step {
            Step::Wait(time) => {
                hand.fetch_add(*time, Ordering::Relaxed);
            }
            Step::Search(asked) => {
                let (mut expected, mut found) = (pages(oracle, asked).await, pages(database, asked).await);
                assert_eq!(expected.1, found.1, "{asked:?}");
                if asked.sort.is_empty() {
                    expected.0.sort();
                    found.0.sort();
                }
                assert_eq!(expected.0, found.0, "{asked:?}");
            }
            other => {
                let transaction = || change(other, &moments);
                let told = async |store: &dyn Store| match store.commit(&permit(), transaction()).await {
                    Ok(written) => format!("{:?}", written[0].effect),
                    Err(error @ (Error::Guard { .. } | Error::Expectation { .. })) => format!("{error:?}"),
                    Err(error) => panic!("{error}"),
                };
                assert_eq!(told(oracle).await, told(database).await, "{other:?}");
                moments.push(oracle.latest(&permit()).await.expect("a moment"));
            }
        }
    }
}

fn change(step: &Step, moments: &[Instant]) -> Transaction {
    let write = |kind, it, change| Write {
        key: resource(kind, it),
        method: Method::Put,
        change,
        expect: Expectation::Anything,
    };
    let put = |kind, it, values: &[(usize, usize)]| {
        let key = resource(kind, it);
        write(
            kind,
            it,
            Change::Put { draft: draft(&key, &format!("{values:?}")), blob: None, rows: rows(kind, values) },
        )
    };
    let mut guards = Vec::new();
    let write = match step {
        Step::Put(kind, it, values) => put(*kind, *it, values),
        Step::Index(kind, it, values) => write(*kind, *it, Change::Index { rows: rows(*kind, values) }),
        Step::Delete(kind, it) => write(*kind, *it, Change::Delete),
        Step::Guarded(kind, it, back, condition) => {
            let since = moments[moments.len().saturating_sub(1 + back)];
            let (resource_type, condition) = (TYPES[*kind], of_type(*kind, condition));
            guards.push(Guard { branch: Branch { resource_type, condition, sort: Vec::new() }, since });
            put(*kind, *it, &[(0, *it)])
        }
        Step::Wait(_) | Step::Search(_) => unreachable!("these change nothing"),
    };
    Transaction { writes: vec![write], guards }
}

fn run(cases: u32, test: impl AsyncFn(Vec<Step>)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&steps(), |steps| {
            runtime.block_on(test(steps));
            Ok(())
        })
        .expect("the database finds what the oracle finds");
}

/// Entries of the indexes that stay in memory: none, a few that come and go, all.
const YOUNG: [usize; 3] = [0, 5, 100_000];

#[test]
fn sqlite_finds_what_the_oracle_finds() {
    for young_max in YOUNG {
        run(64, async |steps| {
            let ground = ground::sqlite();
            let (clock, hand) = ground::held_clock();
            let oracle = Memory::new(clock.clone());
            let database = ground.open_with(clock, 1 << 20, young_max).await;
            compare(&oracle, &database, &hand, &steps).await;
            assert_eq!(store::Resources::check(&database, &|_| ()).await, Ok(Vec::new()));
            database.close().await;
        });
    }
}

#[test]
fn what_a_kill_leaves_finds_what_the_oracle_finds() {
    for young_max in YOUNG {
        run(32, async |steps| {
            let (ground, left) = (ground::sqlite(), ground::sqlite());
            let (clock, hand) = ground::held_clock();
            let oracle = Memory::new(clock.clone());
            let database = ground.open_with(clock.clone(), 1 << 20, young_max).await;
            let (searches, changes): (Vec<_>, Vec<_>) =
                steps.into_iter().partition(|step| matches!(step, Step::Search(_)));
            compare(&oracle, &database, &hand, &changes).await;
            for end in ["", "-wal"] {
                std::fs::copy(format!("{}{end}", ground.url), format!("{}{end}", left.url)).expect("copied");
            }
            database.close().await;
            let database = left.open_with(clock, 1 << 20, young_max).await;
            compare(&oracle, &database, &hand, &searches).await;
            assert_eq!(store::Resources::check(&database, &|_| ()).await, Ok(Vec::new()));
            database.close().await;
        });
    }
}

/// Searches must not miss what goes from memory to its table at that moment, or from one place to another.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_stands_is_found_while_its_entries_move() {
    let ground = ground::sqlite();
    let (clock, _) = ground::held_clock();
    let database = Arc::new(ground.open_with(clock, 1 << 20, 4).await);
    // Others, so that it pays to look into the indexes.
    for number in 0..50 {
        let key = key(0, &format!("other-{number}"));
        let change = Change::Put { draft: draft(&key, ""), blob: None, rows: rows(0, &[(3, 1)]) };
        let write = Write { key, method: Method::Put, change, expect: Expectation::Anything };
        let transaction = Transaction { writes: vec![write], guards: Vec::new() };
        database.commit(&permit(), transaction).await.expect("it is written");
    }
    // The same code in one system or another, the same first letters in one name or another.
    let put = |round: usize| Step::Put(0, round % 6, vec![(0, round / 6 % 3 * 4), (1, round / 6 % 2)]);
    for round in 0..6 {
        database.commit(&permit(), change(&put(round), &[])).await.expect("it is written");
    }
    let writer = database.clone();
    let mut writing = tokio::task::JoinSet::new();
    let is_written = writing.spawn(async move {
        for round in 6..600 {
            writer.commit(&permit(), change(&put(round), &[])).await.expect("it is written");
        }
    });
    let coded = Condition::Clause(Clause { parameter: CODE, test: Test::Token(TokenTest::of_code("a")) });
    let named = Condition::Clause(Clause { parameter: NAME, test: Test::String(StringTest::prefix("an")) });
    let both = Condition::All(vec![named.clone(), coded.clone()]);
    let mut searches = tokio::task::JoinSet::new();
    for condition in [coded, named, both] {
        let (database, is_over) = (database.clone(), is_written.clone());
        let asked = Asked { branches: vec![(0, condition)], sort: Vec::new(), count: 10 };
        searches.spawn(async move {
            for search in 0.. {
                let page = database.search(&permit(), &query(&asked)).await.expect("an answer");
                assert_eq!((page.found.len(), page.total), (6, Some(6)), "search {search}: {asked:?}");
                if is_over.is_finished() {
                    return;
                }
            }
        });
    }
    searches.join_all().await;
    writing.join_all().await;
    assert_eq!(store::Resources::check(&*database, &|_| ()).await, Ok(Vec::new()));
    database.close().await;
}

#[test]
fn postgres_finds_what_the_oracle_finds() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let Some(ground) = runtime.block_on(ground::postgres()) else { return };
    run(96, async |steps| {
        let mut connection = sqlx::PgConnection::connect(&ground.url).await.expect("the server answers");
        for text in ["DROP SCHEMA public CASCADE", "CREATE SCHEMA public"] {
            sqlx::raw_sql(text).execute(&mut connection).await.expect("a fresh schema");
        }
        let (clock, hand) = ground::held_clock();
        let oracle = Memory::new(clock.clone());
        let database = ground.open_with(clock, 0, 0).await;
        compare(&oracle, &database, &hand, &steps).await;
        database.close().await;
    });
}
