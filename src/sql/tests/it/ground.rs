//! Where does a store of the tests live?
//!
//! SQLite in a folder of its own; PostgreSQL in a database of its own on the server that
//! `BRIGID_TEST_POSTGRES` names, if it does.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use access::Permit;
use model::{Clock, Draft, Id, Instant, Key, Object, ResourceType, Value};
use sql::{Options, SqlStore};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use store::{Change, Expectation, Method, Transaction, Write};
use tempfile::TempDir;

/// Every type that a test writes.
pub(crate) const TYPES: &[ResourceType] = &[
    ResourceType::known("Patient"),
    ResourceType::known("Observation"),
    ResourceType::known("Encounter"),
    ResourceType::known("Basic"),
    ResourceType::known("Binary"),
    ResourceType::known("Group"),
];

/// A folder or a database, which goes when this does.
pub(crate) struct Ground {
    pub(crate) url: String,
    pub(crate) folder: Option<TempDir>,
}

/// A fresh file.
pub(crate) fn sqlite() -> Ground {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let url = folder.path().join("brigid.db").to_str().expect("UTF-8").to_owned();
    Ground { url, folder: Some(folder) }
}

/// A fresh database; none, and a line that says so, where no server is named.
pub(crate) async fn postgres() -> Option<Ground> {
    let Some(server) = server() else {
        eprintln!("skipped: BRIGID_TEST_POSTGRES names no PostgreSQL server");
        return None;
    };
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("brigid_test_{}_{number}", std::process::id());
    let mut connection = PgConnection::connect(&server).await.expect("the server answers");
    connection
        .execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")))
        .await
        .expect("what an earlier run left can be dropped");
    let create = format!("CREATE DATABASE {name} TEMPLATE template0");
    connection.execute(AssertSqlSafe(create)).await.expect("a database can be made");
    let (base, _) = server.rsplit_once('/').expect("the URL names a database");
    Some(Ground { url: format!("{base}/{name}"), folder: None })
}

#[expect(clippy::disallowed_methods, reason = "a test asks its surroundings where PostgreSQL is")]
fn server() -> Option<String> {
    std::env::var("BRIGID_TEST_POSTGRES").ok().filter(|url| !url.is_empty())
}

impl Drop for Ground {
    fn drop(&mut self) {
        let Some((server, name)) = self.url.rsplit_once('/').filter(|_| self.folder.is_none()) else {
            return;
        };
        if !name.starts_with("brigid_test_") {
            return;
        }
        let (server, name) = (format!("{server}/postgres"), name.to_owned());
        // A runtime of its own, because this one may be ending.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let mut connection = PgConnection::connect(&server).await.expect("the server answers");
                let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                connection.execute(AssertSqlSafe(drop)).await.expect("it can be dropped");
            });
        });
        if dropping.join().is_err() {
            eprintln!("{} was left behind", self.url);
        }
    }
}

impl Ground {
    /// Opens a store on it as the only process.
    pub(crate) async fn open(&self, clock: Clock) -> SqlStore {
        self.open_with(clock, 1 << 20, 100).await
    }

    /// The same with so many bytes of cache, and so many young entries of indexes.
    pub(crate) async fn open_with(&self, clock: Clock, cache_bytes: usize, young_max: usize) -> SqlStore {
        let (url, single_process) = (self.url.clone(), cache_bytes > 0);
        let options = Options { url, clock, types: TYPES, cache_bytes, single_process, young_max };
        sql::open(options).await.expect("the store opens")
    }
}

/// A clock that tells the same time until it is set.
pub(crate) fn held_clock() -> (Clock, Arc<AtomicI64>) {
    let time = Arc::new(AtomicI64::new(1_000_000));
    let hand = time.clone();
    (Arc::new(move || Instant(time.load(Ordering::Relaxed))), hand)
}

pub(crate) fn permit() -> Permit {
    Permit::for_the_server("test")
}

pub(crate) fn key(resource_type: usize, id: &str) -> Key {
    Key::new(TYPES[resource_type], Id::parse(id).expect("a test's id is one"))
}

/// A small resource that says `content`.
pub(crate) fn draft(key: &Key, content: &str) -> Draft {
    let mut resource = Object::new();
    resource.insert_at(0, "resourceType", Value::from(key.resource_type.as_str()));
    resource.insert_at(1, "language", Value::from(content));
    Draft::new(resource, &key.id)
}

/// A write of `content` that expects anything.
pub(crate) fn put(key: &Key, content: &str) -> Write {
    let change = Change::Put { draft: draft(key, content), blob: None, rows: search::Rows::default() };
    Write { key: key.clone(), method: Method::Put, change, expect: Expectation::Anything }
}

pub(crate) fn delete(key: &Key) -> Write {
    let (change, expect) = (Change::Delete, Expectation::Anything);
    Write { key: key.clone(), method: Method::Delete, change, expect }
}

pub(crate) fn transaction(writes: impl Into<Vec<Write>>) -> Transaction {
    Transaction { writes: writes.into(), guards: Vec::new() }
}
