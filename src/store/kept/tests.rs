//! Is what is beyond reach as if it did not stand?
//!
//! Two worlds: in one there are resources of another patient, in the other there are not. Whoever reaches one patient
//! gets the same answers in both.

use std::collections::BTreeSet;

use access::{Demand, Known, Letter, Principal, Reach, Verb};
use model::{Draft, Id, Object, ResourceType, Text, Value};
use search::condition::ReferenceTest;
use search::scan::Direction;
use search::{
    Branch, Chain, Clause, Has, Index, Indexed, ParameterId, Row, SortBy, SortKey, Test, Total, hash,
};

use super::*;
use crate::Error;
use crate::memory::Memory;
use crate::resources::Scope;
use crate::transaction::{Change, Expectation, Guard, Method, Write};

const SUBJECT: ParameterId = ParameterId(1);
const CODE: ParameterId = ParameterId(2);

fn patient() -> ResourceType {
    ResourceType::known("Patient")
}

fn observation() -> ResourceType {
    ResourceType::known("Observation")
}

fn key(resource_type: ResourceType, id: &str) -> Key {
    Key::new(resource_type, Id::parse(id).expect("an id"))
}

/// Finds resources by their `subject` and their `code`, both plain texts.
struct Plain;

impl Finding for Plain {
    fn rows(&self, _: &Key, json: &[u8]) -> Option<Rows> {
        let resource = model::json::parse(json).ok()?;
        Some(rows(resource.text("subject").unwrap_or_default(), resource.text("code").unwrap_or_default()))
    }
}

fn rows(subject: &str, code: &str) -> Rows {
    let row = |parameter, value| Row { parameter, group: 0, component: 0, value };
    let target_type = hash::short("Patient");
    Rows::new(vec![
        row(SUBJECT, Indexed::Reference { target_type, target: subject.into() }),
        row(CODE, Indexed::Token { system: 0, code: code.into() }),
    ])
}

fn put(method: Method, key: Key, (subject, code): (&str, &str)) -> Write {
    let mut resource = Object::new();
    resource.set("resourceType", key.resource_type.as_str());
    resource.set("id", key.id.as_str());
    resource.set("subject", Value::from(subject));
    resource.set("code", Value::from(code));
    let draft = Draft::new(resource, &key.id);
    let change = Change::Put { draft, blob: None, rows: rows(subject, code) };
    Write { key, method, change, expect: Expectation::Anything }
}

fn one(write: Write) -> Transaction {
    Transaction { writes: vec![write], guards: Vec::new() }
}

/// A permit that reaches patient `p1` and what is about it.
fn permit() -> Permit {
    let own = Limit::Only(Condition::Ids(BTreeSet::from([Text::from("p1")])));
    let about = Test::Reference(ReferenceTest::to(&key(patient(), "p1")));
    let about = Limit::Only(Condition::Clause(Clause { parameter: SUBJECT, test: about }));
    let mut reach = Reach::default();
    for letter in [Letter::Create, Letter::Read, Letter::Update, Letter::Delete, Letter::Search] {
        reach = reach.with(patient(), letter, own.clone()).with(observation(), letter, about.clone());
    }
    let known = Known { client: "app".into(), account: None, reach: Arc::new(reach) };
    access::decide(&Principal::Known(Arc::new(known)), &Demand::System(Verb::Read)).expect("it may look")
}

/// A world with the other patient or without.
async fn world(other: bool) -> Kept {
    let time = std::sync::atomic::AtomicI64::new(1);
    let clock = Arc::new(move || Instant(time.fetch_add(1, std::sync::atomic::Ordering::Relaxed) * 1000));
    let kept = Kept::new(Arc::new(Memory::new(clock)), Arc::new(Plain));
    let server = Permit::for_the_server("a test fills the world");
    let mut writes = vec![(patient(), "p1", "", "b"), (observation(), "o1", "p1", "x")];
    if other {
        writes.extend([(patient(), "p2", "", "a"), (observation(), "o2", "p2", "x")]);
        writes.extend([(observation(), "moved", "p1", "x"), (observation(), "gone", "p2", "x")]);
        writes.push((observation(), "moved", "p2", "y"));
    }
    for (resource_type, id, subject, code) in writes {
        let write = put(Method::Put, key(resource_type, id), (subject, code));
        kept.commit(&server, one(write)).await.expect("it is written");
    }
    if other {
        let key = key(observation(), "gone");
        let (change, expect) = (Change::Delete, Expectation::Anything);
        let write = Write { key, method: Method::Delete, change, expect };
        kept.commit(&server, one(write)).await.expect("it is deleted");
    }
    kept
}

/// Whether both worlds answer alike, and how.
async fn check<F>(ask: impl Fn(Kept) -> F, expected: &str)
where
    F: Future<Output = String>,
{
    for other in [false, true] {
        assert_eq!(ask(world(other).await).await, expected, "with the other patient: {other}");
    }
}

fn told(version: &Option<Version>) -> String {
    version.as_ref().map_or("none".to_owned(), |it| it.key.to_string())
}

fn clause(parameter: ParameterId, test: Test) -> Condition {
    Condition::Clause(Clause { parameter, test })
}

fn coded(code: &str) -> Condition {
    clause(CODE, Test::Token(search::condition::TokenTest::of_code(code)))
}

async fn found(
    kept: &Kept,
    resource_type: ResourceType,
    condition: Condition,
    sort: Option<SortBy>,
) -> String {
    let directions = sort.iter().map(|_| Direction::Forwards).collect();
    let branch = Branch { resource_type, condition, sort: sort.into_iter().collect() };
    let query = Query { branches: vec![branch], directions, count: 10, total: Total::Accurate, after: None };
    let page = kept.search(&permit(), &query).await.expect("an answer");
    let keys: Vec<_> = page.found.iter().map(ToString::to_string).collect();
    format!("{} of {:?}", keys.join(" "), page.total.unwrap_or_default())
}

#[tokio::test]
async fn what_is_another_patients_is_not_there_to_be_read() {
    for (id, expected) in [("o1", "Observation/o1"), ("o2", "none"), ("moved", "none"), ("gone", "none")] {
        let key = key(observation(), id);
        let read = async |kept: Kept| told(&kept.read(&permit(), &key).await.expect("an answer"));
        check(read, expected).await;
        let vread =
            async |kept: Kept| told(&kept.vread(&permit(), &key, VersionId(1)).await.expect("an answer"));
        check(vread, expected).await;
        let named = async |kept: Kept| {
            let rows = kept.rows(&permit(), std::slice::from_ref(&key)).await.expect("an answer");
            rows.iter().flatten().count().to_string()
        };
        check(named, if expected == "none" { "0" } else { "1" }).await;
    }
}

#[tokio::test]
async fn histories_tell_nothing_of_another_patient() {
    let scopes = [
        (Scope::System, "Observation/o1 Patient/p1 false"),
        (Scope::Type(observation()), "Observation/o1 false"),
        (Scope::Instance(key(observation(), "moved")), " false"),
        (Scope::Instance(key(observation(), "gone")), " false"),
        (Scope::Type(ResourceType::known("Basic")), " false"),
    ];
    for (scope, expected) in scopes {
        for count in [1, 2, 10] {
            let asked = async |kept: Kept| {
                let (since, before, current_at) = (None, None, None);
                let mut query = HistoryQuery { scope: scope.clone(), since, before, current_at, count };
                let (mut keys, mut more) = (Vec::new(), true);
                while more {
                    let page = kept.history(&permit(), &query).await.expect("an answer");
                    query.before = page.versions.last().map(|version| version.committed_at);
                    keys.extend(page.versions.iter().map(|version| version.key.to_string()));
                    more = page.more;
                }
                format!("{} {more}", keys.join(" "))
            };
            check(asked, expected).await;
        }
    }
}

#[tokio::test]
async fn searches_count_order_and_join_only_what_is_within_reach() {
    let all = Condition::everything;
    check(async |kept| found(&kept, observation(), all(), None).await, "Observation/o1 of 1").await;
    check(async |kept| found(&kept, observation(), coded("x"), None).await, "Observation/o1 of 1").await;
    check(async |kept| found(&kept, ResourceType::known("Basic"), all(), None).await, " of 0").await;
    // Who is meant by what refers to them.
    let having = |code| {
        let condition = Box::new(coded(code));
        Condition::Has(Has { resource_type: observation(), parameter: SUBJECT, condition })
    };
    check(async |kept| found(&kept, patient(), having("x"), None).await, "Patient/p1 of 1").await;
    check(async |kept| found(&kept, patient(), having("y"), None).await, " of 0").await;
    let not = |condition| Condition::Not(Box::new(condition));
    check(async |kept| found(&kept, patient(), not(having("y")), None).await, "Patient/p1 of 1").await;
    // What is meant by whom it refers to.
    let about =
        |code| Condition::Chain(Chain { parameter: SUBJECT, targets: vec![(patient(), coded(code))] });
    check(async |kept| found(&kept, observation(), about("b"), None).await, "Observation/o1 of 1").await;
    check(async |kept| found(&kept, observation(), about("a"), None).await, " of 0").await;
    let by = SortBy::Chain(
        SUBJECT,
        vec![(patient(), SortBy::Parameter(SortKey { parameter: CODE, index: Index::Tokens }))],
    );
    let sorted = async |kept| found(&kept, observation(), all(), Some(by.clone())).await;
    check(sorted, "Observation/o1 of 1").await;
}

async fn written(kept: &Kept, transaction: Transaction) -> String {
    match kept.commit(&permit(), transaction).await {
        Ok(written) => written.iter().map(|it| format!("{:?}", it.effect)).collect::<Vec<_>>().join(" "),
        Err(error) => format!("{error:?}").chars().take_while(|char| *char != '(').collect(),
    }
}

#[tokio::test]
async fn nothing_is_written_out_of_reach_or_moved_there() {
    let write = |method, id, subject| put(method, key(observation(), id), (subject, "z"));
    for (method, id, subject, expected) in [
        (Method::Post, "new", "p1", "Created"),
        (Method::Post, "new", "p2", "BeyondReach"),
        (Method::Put, "o1", "p1", "Updated"),
        (Method::Put, "o1", "p2", "BeyondReach"),
        (Method::Put, "o2", "p1", "Absent"),
        (Method::Put, "moved", "p1", "Absent"),
        (Method::Put, "new", "p1", "Absent"),
        (Method::Patch, "o2", "p1", "Absent"),
    ] {
        check(async |kept| written(&kept, one(write(method, id, subject))).await, expected).await;
    }
    for (id, expected) in [("o1", "Deleted"), ("o2", "Unchanged"), ("new", "Unchanged")] {
        let (change, expect) = (Change::Delete, Expectation::Anything);
        let delete = Write { key: key(observation(), id), method: Method::Delete, change, expect };
        check(async |kept| written(&kept, one(delete.clone())).await, expected).await;
        let all = vec![delete, write(Method::Post, "new-too", "p1")];
        let transaction = Transaction { writes: all, guards: Vec::new() };
        let both = async |kept| written(&kept, transaction.clone()).await;
        check(both, &format!("{expected} Created")).await;
    }
}

#[tokio::test]
async fn a_refused_write_leaves_everything_as_it_was() {
    let kept = world(true).await;
    let writes = vec![
        put(Method::Put, key(observation(), "o1"), ("p1", "z")),
        put(Method::Put, key(observation(), "o2"), ("p1", "z")),
    ];
    let transaction = Transaction { writes, guards: Vec::new() };
    assert!(matches!(kept.commit(&permit(), transaction).await, Err(Error::Absent(_))));
    let server = Permit::for_the_server("a test looks at all");
    for id in ["o1", "o2"] {
        let version = kept.read(&server, &key(observation(), id)).await.expect("an answer");
        assert_eq!(version.map(|it| it.version), Some(VersionId(1)), "{id}");
    }
}

#[tokio::test]
async fn a_guard_watches_only_what_is_within_reach() {
    let write = put(Method::Post, key(observation(), "new"), ("p1", "n"));
    let branch = Branch { resource_type: observation(), condition: coded("y"), sort: Vec::new() };
    let guards = vec![Guard { branch, since: Instant(0) }];
    let transaction = Transaction { writes: vec![write], guards };
    check(async |kept| written(&kept, transaction.clone()).await, "Created").await;
    let branch = Branch { resource_type: observation(), condition: coded("x"), sort: Vec::new() };
    let guards = vec![Guard { branch, since: Instant(0) }];
    let transaction = Transaction { guards, ..transaction.clone() };
    let guarded = async |kept| {
        let told = written(&kept, transaction.clone()).await;
        told.chars().take_while(|char| char.is_alphabetic()).collect()
    };
    check(guarded, "Guard").await;
}

#[tokio::test]
async fn the_log_of_changes_goes_on_behind_what_is_not_seen() {
    let kept = world(true).await;
    let (mut after, mut seen) = (Instant(0), Vec::new());
    loop {
        let changes = kept.changes(&permit(), after, 1).await.expect("an answer");
        let Some(last) = changes.last() else { break };
        after = last.committed_at;
        seen.extend(changes.iter().map(|version| version.key.to_string()));
    }
    // Its first version was about the patient, and it is not any more.
    assert_eq!(seen, ["Patient/p1", "Observation/o1", "Observation/moved"]);
}
