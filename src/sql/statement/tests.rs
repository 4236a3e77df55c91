//! Does every statement run on both databases, and by an index?

use std::sync::Arc;

use ::search::scan::Direction;
use ::search::{Index, Key, ParameterId, Part, Range};
use bytes::Bytes;
use model::Instant;
use store::{Grant, GrantPage, JobId};

use super::*;
use crate::database::{Database, Dialect};
use crate::ordered::{self, Place};
use crate::search::leap::{self, Asked};
use crate::search::scan::{self, Reading};
use crate::{
    check, committer, dictionaries, grants, history, jobs, migrate, open, reader, resources, search, types,
    young,
};

/// Every statement that the store ever runs once it is open, with values of the right kinds.
fn all(dialect: Dialect) -> Vec<Statement> {
    let mut all = questions(dialect);
    all.extend(committer::append_rows(dialect, version()));
    all.extend(committer::point_rows(dialect, [&place()[1..], &numbers(4)].concat()));
    if dialect == Dialect::Postgres {
        all.extend(committer::write_rows([version(), numbers(1)].concat()));
    }
    for table in ordered::ALL {
        let key = Key(parts(table.index));
        let places = [Place { tenant: 0, parameter: ParameterId(1), key, resource: 1 }];
        all.extend(table.put(dialect, &places));
        all.extend(table.lacking(dialect, &places));
        all.push(table.adrift(1));
    }
    let keys = [numbers(3), vec![Value::from("a"), Value::Int(1), Value::Bytes(vec![0])]].concat();
    all.extend(committer::put_keys(dialect, keys));
    all.extend(young::recovering(dialect));
    all.extend(resources::not_named(dialect, vec![Value::Bytes(vec![0; 32])]));
    all.extend(types::add(dialect, vec![Value::from("Patient")]));
    all.extend([check::following(Instant(0)), check::astray(), check::orphans(), check::gaps()]);
    all.extend([check::unfindable(), check::page_of_indexed(0)]);
    all.extend([dictionaries::all(), dictionaries::newest(1), dictionaries::keep(1, vec![0])]);
    all.extend([open::last_commit(), types::all()]);
    all.extend([
        jobs::add(0, "kind", Bytes::from_static(b"state")),
        jobs::take(dialect, vec![Value::Int(0), Value::from("kind"), Value::Int(1), Value::Int(2)]),
        jobs::note([&numbers(3)[..], &[Value::Bytes(vec![0]), Value::Int(1), Value::Null]].concat()),
        jobs::one(0, JobId(1)),
    ]);
    let grant = Grant { kind: "kind".to_owned(), id: "id".to_owned(), value: Bytes::new(), expires_at: None };
    all.extend([
        grants::put_first(0, grant.clone(), Instant(0)),
        grants::put(0, grant),
        grants::standing(0, "kind", "id", Instant(0)),
        grants::take(0, "kind", "id", Instant(0)),
        grants::page_of(0, "kind", GrantPage { after: Some("id"), count: 1, now: Instant(0) }),
        grants::drop_ended(0, Instant(0)),
    ]);
    all
}

/// The statements that requests wait for, none of which may read a whole table.
fn questions(dialect: Dialect) -> Vec<Statement> {
    let id = || vec![Value::from("a")];
    let mut questions = vec![
        history::of_system(numbers(4)),
        history::of_system_at(numbers(5)),
        history::of_type(numbers(5)),
        history::of_type_at(numbers(6)),
        history::of_instance([numbers(5), id()].concat()),
        history::of_instance_at([numbers(6), id()].concat()),
        history::later(0, Instant(0), 1),
    ];
    questions.extend(searches(dialect));
    for table in ordered::ALL {
        let key = Key(parts(table.index));
        let places = [Place { tenant: 0, parameter: ParameterId(1), key, resource: 1 }];
        questions.extend(table.take(dialect, &places));
    }
    questions.extend(committer::keys_of(dialect, numbers(1)));
    questions.extend(committer::drop_keys(dialect, numbers(1)));
    questions.push(committer::written_since(0, 1, Instant(0)));
    questions.extend(search::called(dialect, place()[1..].to_vec()));
    questions.extend(search::numbered(dialect, &[1]));
    questions.extend(committer::standing_rows(dialect, place()));
    questions.extend(reader::version_current(dialect, place()));
    questions.extend(reader::version_named(dialect, [place(), numbers(1)].concat()));
    questions
}

/// A key of an index.
fn parts(index: Index) -> Vec<Part> {
    let (number, text) = (Part::Int(1), Part::Text("a".into()));
    match index {
        Index::Tokens | Index::Links => vec![text, number],
        Index::Strings => vec![text],
        Index::Starts | Index::Ends | Index::Positions => vec![number.clone(), number],
        Index::Amounts => vec![number.clone(), number.clone(), number],
    }
}

/// Every form of statement that a search can ask: each index, each number of columns that are given, each bound, each
/// direction, at the beginning and further on.
fn searches(dialect: Dialect) -> Vec<Statement> {
    let mut searches = vec![search::standing(0, 1), scan::codes((0, ParameterId(1)), "a", 2)];
    let probe = |index, count| Range::equal(index, ParameterId(1), parts(index)[..count].to_vec());
    let probes = [probe(Index::Tokens, 1), probe(Index::Tokens, 2), probe(Index::Links, 2)];
    for probe in &probes {
        for ids in [&["a"][..], &["a", "b"]] {
            let asked = Asked { tenant: 0, parameter: ParameterId(1), target_type: 1, ids, probe };
            searches.push(leap::leap(dialect, &asked));
        }
    }
    for direction in [Direction::Forwards, Direction::Backwards] {
        searches.push(scan::of_type(dialect, (0, 1), (direction, 0), 1));
        searches.push(scan::by_time(dialect, (0, 1), (direction, (0, 1)), 1));
        for index in Index::ALL {
            let key = Key(parts(index));
            for given in 0..=key.0.len() {
                let next = key.0.get(given);
                for (from, below) in [(None, None), (next, None), (None, next), (next, next)] {
                    let mut range = Range::equal(index, ParameterId(1), key.0[..given].to_vec());
                    (range.from, range.below) = (from.cloned(), below.cloned());
                    let sorted = Key(key.0[..std::cmp::min(key.0.len(), 1)].to_vec());
                    let sorted = (index == Index::Tokens).then_some((&sorted, 1));
                    for after in [None, Some((&key, 1)), sorted] {
                        let reading =
                            Reading { tenant: 0, range: &range, probes: &probes, direction, after, limit: 1 };
                        searches.extend([
                            scan::entries(dialect, &reading),
                            scan::any(&reading),
                            scan::count(&reading),
                        ]);
                    }
                }
            }
        }
    }
    searches
}

fn numbers(count: usize) -> Vec<Value> {
    vec![Value::Int(1); count]
}

fn place() -> Vec<Value> {
    [numbers(3), vec![Value::from("a")]].concat()
}

fn version() -> Vec<Value> {
    let content = vec![Value::Bytes(vec![0; 16]), Value::Null, Value::Null];
    [numbers(5), vec![Value::from("a")], numbers(3), content].concat()
}

async fn check_runs(database: &Database) {
    migrate::apply(database).await.expect("migrated");
    for statement in all(database.dialect()) {
        let mut begun = database.begin().await.expect("begun");
        let text = statement.text().to_owned();
        begun.fetch(statement).await.unwrap_or_else(|error| panic!("{text}: {error}"));
        begun.rollback().await.expect("rolled back");
    }
}

async fn check_plans(database: &Database) {
    migrate::apply(database).await.expect("migrated");
    let mut begun = database.begin().await.expect("begun");
    let (prefix, scan) = match database.dialect() {
        Dialect::Sqlite => ("EXPLAIN QUERY PLAN ", "SCAN "),
        Dialect::Postgres => {
            // Empty tables are always read whole unless that is made to look expensive.
            begun.run("SET LOCAL enable_seqscan = off").await.expect("set");
            ("EXPLAIN ", "Seq Scan on ")
        }
    };
    for statement in questions(database.dialect()) {
        let text: Arc<str> = format!("{prefix}{}", statement.text()).into();
        let rows = begun.fetch(Statement::made(text.clone(), statement.values)).await.expect("explained");
        let column = if database.dialect() == Dialect::Sqlite { 3 } else { 0 };
        let plan: Vec<_> = rows.iter().map(|row| row.text(column).expect("text").to_owned()).collect();
        let ordered = ordered::ALL.iter().map(|it| it.name);
        for table in ordered.chain(["versions", "resources", "indexed"]) {
            let whole = format!("{scan}{table}");
            let scanned =
                plan.iter().any(|line| line.trim_start_matches([' ', '-', '>']).starts_with(&whole));
            assert!(!scanned, "{text}\n{plan:#?}");
        }
    }
    begun.rollback().await.expect("rolled back");
}

#[tokio::test]
async fn every_statement_runs_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    check_runs(&Database::sqlite(&folder.path().join("it.db")).await.expect("it opens")).await;
}

#[tokio::test]
async fn every_statement_runs_on_postgres() {
    on_postgres("brigid_statements", check_runs).await;
}

#[tokio::test]
async fn no_request_reads_a_whole_table_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    check_plans(&Database::sqlite(&folder.path().join("it.db")).await.expect("it opens")).await;
}

#[tokio::test]
async fn no_request_reads_a_whole_table_on_postgres() {
    on_postgres("brigid_plans", check_plans).await;
}

/// Runs a check on a database of its own, where a server is named.
#[expect(clippy::disallowed_methods, reason = "a test asks its surroundings where PostgreSQL is")]
async fn on_postgres(name: &str, check: impl AsyncFn(&Database)) {
    let Some(server) = std::env::var("BRIGID_TEST_POSTGRES").ok().filter(|url| !url.is_empty()) else {
        eprintln!("skipped: BRIGID_TEST_POSTGRES names no PostgreSQL server");
        return;
    };
    let name = format!("{name}_{}", std::process::id());
    let Ok(Database::Postgres(pool)) = Database::postgres(&server).await else { panic!("it answers") };
    let create = format!("CREATE DATABASE {name} TEMPLATE template0");
    sqlx::raw_sql(AssertSqlSafe(create)).execute(&pool).await.expect("a database can be made");
    let (base, _) = server.rsplit_once('/').expect("the URL names a database");
    let database = Database::postgres(&format!("{base}/{name}")).await.expect("it answers");
    check(&database).await;
    database.close().await;
    let drop = format!("DROP DATABASE {name} WITH (FORCE)");
    sqlx::raw_sql(AssertSqlSafe(drop)).execute(&pool).await.expect("it can be dropped");
}
