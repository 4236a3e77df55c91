//! What does every test of a store need?

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use access::Permit;
use model::{Draft, Id, Instant, Key, Object, ResourceType, VersionId};

use crate::resources::{HistoryPage, HistoryQuery, Scope, Version};
use crate::transaction::{Change, Effect, Expectation, Method, Transaction, Write, Written};
use crate::{Error, Result, Store};

/// When every test begins.
pub(super) const START: Instant = Instant(1_800_000_000_000_000);

/// More versions than any test makes.
pub(super) const EVERYTHING: usize = 10_000;

/// A fresh store and the clock it reads, which stands still until a test moves it.
#[derive(Clone)]
pub(super) struct Stage {
    pub(super) store: Arc<dyn Store>,
    pub(super) permit: Permit,
    time: Arc<AtomicI64>,
}

impl Stage {
    pub(super) async fn open(open: impl AsyncFn(model::Clock) -> Arc<dyn Store>) -> Self {
        let time = Arc::new(AtomicI64::new(START.0));
        let hand = Arc::clone(&time);
        let store = open(Arc::new(move || Instant(hand.load(Ordering::SeqCst)))).await;
        Self { store, permit: Permit::for_the_server("the suite acts as any caller"), time }
    }

    /// Lets the store's clock show `now`.
    pub(super) fn set_clock(&self, now: Instant) {
        self.time.store(now.0, Ordering::SeqCst);
    }

    pub(super) async fn try_commit(&self, writes: Vec<Write>) -> Result<Vec<Written>> {
        self.store.commit(&self.permit, Transaction { writes, guards: Vec::new() }).await
    }

    pub(super) async fn commit(&self, writes: Vec<Write>) -> Vec<Written> {
        let count = writes.len();
        let written = self.try_commit(writes).await.expect("nothing speaks against these writes");
        assert_eq!(written.len(), count, "one answer a write");
        written
    }

    /// Makes one write and returns the version that is current then.
    pub(super) async fn write(&self, write: Write) -> Version {
        let written = self.commit(vec![write]).await;
        written[0].version.clone().expect("something stands there now")
    }

    pub(super) async fn put(&self, key: &Key, text: &str) -> Version {
        self.write(put(key, text)).await
    }

    pub(super) async fn delete(&self, key: &Key) -> Version {
        self.write(delete(key)).await
    }

    pub(super) async fn read(&self, key: &Key) -> Option<Version> {
        self.store.read(&self.permit, key).await.expect("reading answers")
    }

    pub(super) async fn vread(&self, key: &Key, version: u64) -> Option<Version> {
        self.store.vread(&self.permit, key, VersionId(version)).await.expect("reading answers")
    }

    pub(super) async fn history(&self, query: &HistoryQuery) -> HistoryPage {
        self.store.history(&self.permit, query).await.expect("history answers")
    }

    pub(super) async fn changes(&self, after: Instant, count: usize) -> Vec<Version> {
        self.store.changes(&self.permit, after, count).await.expect("the outbox answers")
    }

    /// Everything that was ever committed, oldest first, and checked against history.
    pub(super) async fn log(&self) -> Vec<Version> {
        let mut backwards = self.history(&everything(Scope::System)).await.versions;
        backwards.reverse();
        let log = self.changes(Instant(0), EVERYTHING).await;
        assert_eq!(log, backwards, "the outbox and history tell the same");
        log
    }
}

/// A query for all there is.
pub(super) fn everything(scope: Scope) -> HistoryQuery {
    HistoryQuery { scope, since: None, before: None, current_at: None, count: EVERYTHING }
}

pub(super) fn key(resource_type: &'static str, id: &str) -> Key {
    Key::new(ResourceType::known(resource_type), Id::parse(id).expect("tests use valid ids"))
}

pub(super) fn patient(id: &str) -> Key {
    key("Patient", id)
}

/// A resource that says `text`.
pub(super) fn draft(key: &Key, text: &str) -> Draft {
    let mut resource = Object::new();
    resource.set("resourceType", key.resource_type.as_str());
    resource.set("language", text);
    Draft::new(resource, &key.id)
}

pub(super) fn put(key: &Key, text: &str) -> Write {
    let change = Change::Put { draft: draft(key, text), blob: None, rows: search::Rows::default() };
    Write { key: key.clone(), method: Method::Put, change, expect: Expectation::Anything }
}

pub(super) fn delete(key: &Key) -> Write {
    Write { key: key.clone(), method: Method::Delete, change: Change::Delete, expect: Expectation::Anything }
}

pub(super) fn expecting(expect: Expectation, write: Write) -> Write {
    Write { expect, ..write }
}

/// Tells what came of a commit: `created Patient/a#1, unchanged nothing`.
pub(super) fn told(written: &[Written]) -> String {
    let tell = |it: &Written| {
        let effect = match it.effect {
            Effect::Created => "created",
            Effect::Updated => "updated",
            Effect::Unchanged => "unchanged",
            Effect::Deleted => "deleted",
        };
        format!("{effect} {}", it.version.as_ref().map_or("nothing".to_owned(), name))
    };
    written.iter().map(tell).collect::<Vec<_>>().join(", ")
}

/// Tells which versions these are, a deletion by a minus: `Patient/a#2- Patient/a#1`.
pub(super) fn names<'a>(versions: impl IntoIterator<Item = &'a Version>) -> String {
    versions.into_iter().map(name).collect::<Vec<_>>().join(" ")
}

fn name(version: &Version) -> String {
    let mark = if version.json.is_none() { "-" } else { "" };
    format!("{}#{}{mark}", version.key, version.version)
}

/// Tells how a commit that should fail did: `write 1 found 3`.
pub(super) fn refusal(outcome: Result<Vec<Written>>) -> String {
    match outcome {
        Ok(written) => format!("no refusal: {}", told(&written)),
        Err(Error::Expectation { write, current: Some(version) }) => format!("write {write} found {version}"),
        Err(Error::Expectation { write, current: None }) => format!("write {write} found nothing"),
        Err(Error::DuplicateKey { write }) => format!("write {write} is the second on its resource"),
        Err(other) => format!("another failure: {other}"),
    }
}
