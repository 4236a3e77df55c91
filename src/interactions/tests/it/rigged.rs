//! What may go wrong below the interactions, and when?
//!
//! The plain store in memory with one fault in front of it, chosen by the test.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use access::Permit;
use async_trait::async_trait;
use bytes::Bytes;
use model::{Clock, Draft, Instant, Key, Object, VersionId};
use search::{Catalogue, Page, Query, Rows, index};
use store::jobs::Step;
use store::memory::Memory;
use store::{
    BlobId, Change, Error, Expectation, Grant, GrantPage, Grants, HistoryPage, HistoryQuery, Job, JobId,
    Jobs, Method, Resources, Result, Transaction, Version, Write, Written,
};

use crate::ground::object;

/// What goes wrong.
#[derive(Clone)]
pub(crate) enum Fault {
    /// Nothing.
    Nothing,
    /// Before a commit, for so many of them, somebody else changes this resource.
    Rivals(Key, usize),
    /// Before a commit, for so many of them, somebody else stores this, each time in another language.
    Twins(Key, String, usize),
    /// After the first search, somebody else stores this.
    TwinSeenLate(Key, String),
    /// What a search finds is told only when others have searched, too.
    LateAnswers,
    /// Whatever is asked for ends like this.
    Fails(Error),
}

/// A store that does what it is told to do wrong.
pub(crate) struct Rigged {
    inner: Memory,
    fault: Mutex<Fault>,
    commits: AtomicUsize,
    searches: AtomicUsize,
}

impl Rigged {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            inner: Memory::new(clock),
            fault: Mutex::new(Fault::Nothing),
            commits: AtomicUsize::new(0),
            searches: AtomicUsize::new(0),
        }
    }

    /// From now on this goes wrong; counts the commits anew.
    pub(crate) fn rig(&self, fault: Fault) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
        self.commits.store(0, Ordering::Relaxed);
        self.searches.store(0, Ordering::Relaxed);
    }

    /// How many commits were tried since the last [`Rigged::rig`].
    pub(crate) fn commits(&self) -> usize {
        self.commits.load(Ordering::Relaxed)
    }

    fn fault(&self) -> Fault {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn fail(&self) -> Result<()> {
        match self.fault() {
            Fault::Fails(error) => Err(error),
            _ => Ok(()),
        }
    }
}

/// The change that somebody else makes, another one each time.
fn rival(key: Key, number: usize) -> Transaction {
    let text = format!(r#"{{"resourceType":"{}","language":"x-{number}"}}"#, key.resource_type);
    put(key, object(&text))
}

fn put(key: Key, resource: Object) -> Transaction {
    let rows = index::rows(&resource, key.resource_type, &Catalogue::r4(), "http://here.example/fhir");
    let rows = rows.expect("the resource is small");
    let change = Change::Put { draft: Draft::new(resource, &key.id), blob: None, rows };
    let write = Write { key, method: Method::Put, change, expect: Expectation::Anything };
    Transaction { writes: vec![write], ..Transaction::default() }
}

#[async_trait]
impl Resources for Rigged {
    async fn read(&self, permit: &Permit, key: &Key) -> Result<Option<Version>> {
        self.fail()?;
        self.inner.read(permit, key).await
    }

    async fn vread(&self, permit: &Permit, key: &Key, version: VersionId) -> Result<Option<Version>> {
        self.fail()?;
        self.inner.vread(permit, key, version).await
    }

    async fn history(&self, permit: &Permit, query: &HistoryQuery) -> Result<HistoryPage> {
        self.fail()?;
        self.inner.history(permit, query).await
    }

    async fn commit(&self, permit: &Permit, transaction: Transaction) -> Result<Vec<Written>> {
        self.fail()?;
        let number = self.commits.fetch_add(1, Ordering::Relaxed) + 1;
        match self.fault() {
            Fault::Rivals(key, times) if number <= times => {
                self.inner.commit(permit, rival(key, number)).await?;
            }
            Fault::Twins(key, text, times) if number <= times => {
                let mut twin = object(&text);
                twin.set("language", format!("x-{number}"));
                self.inner.commit(permit, put(key, twin)).await?;
            }
            _ => {}
        }
        self.inner.commit(permit, transaction).await
    }

    async fn changes(&self, permit: &Permit, after: Instant, count: usize) -> Result<Vec<Version>> {
        self.inner.changes(permit, after, count).await
    }

    async fn latest(&self, permit: &Permit) -> Result<Instant> {
        self.fail()?;
        self.inner.latest(permit).await
    }

    async fn search(&self, permit: &Permit, query: &Query) -> Result<Page> {
        self.fail()?;
        let found = self.inner.search(permit, query).await;
        let number = self.searches.fetch_add(1, Ordering::Relaxed);
        match self.fault() {
            Fault::LateAnswers => tokio::task::yield_now().await,
            Fault::TwinSeenLate(key, text) if number == 0 => {
                self.inner.commit(permit, put(key, object(&text))).await?;
            }
            _ => {}
        }
        found
    }

    async fn rows(&self, permit: &Permit, keys: &[Key]) -> Result<Vec<Option<Rows>>> {
        self.fail()?;
        self.inner.rows(permit, keys).await
    }

    async fn unnamed(&self, blobs: &[BlobId]) -> Result<Vec<BlobId>> {
        self.inner.unnamed(blobs).await
    }

    async fn check(&self, progress: &(dyn Fn(u64) + Send + Sync)) -> Result<Vec<String>> {
        self.inner.check(progress).await
    }
}

#[async_trait]
impl Jobs for Rigged {
    async fn enqueue(&self, permit: &Permit, kind: &str, state: Bytes) -> Result<JobId> {
        self.inner.enqueue(permit, kind, state).await
    }

    async fn claim(&self, permit: &Permit, kind: &str, now: Instant, until: Instant) -> Result<Option<Job>> {
        self.inner.claim(permit, kind, now, until).await
    }

    async fn advance(&self, permit: &Permit, id: JobId, held: Instant, step: Step) -> Result<bool> {
        self.inner.advance(permit, id, held, step).await
    }

    async fn job(&self, permit: &Permit, id: JobId) -> Result<Option<Job>> {
        self.inner.job(permit, id).await
    }
}

#[async_trait]
impl Grants for Rigged {
    async fn grant(&self, permit: &Permit, grant: Grant) -> Result<()> {
        self.inner.grant(permit, grant).await
    }

    async fn grant_first(&self, permit: &Permit, grant: Grant, now: Instant) -> Result<bool> {
        self.inner.grant_first(permit, grant, now).await
    }

    async fn granted(&self, permit: &Permit, kind: &str, id: &str, now: Instant) -> Result<Option<Grant>> {
        self.inner.granted(permit, kind, id, now).await
    }

    async fn redeem(&self, permit: &Permit, kind: &str, id: &str, now: Instant) -> Result<Option<Grant>> {
        self.inner.redeem(permit, kind, id, now).await
    }

    async fn list(&self, permit: &Permit, kind: &str, page: GrantPage<'_>) -> Result<Vec<Grant>> {
        self.inner.list(permit, kind, page).await
    }

    async fn expire(&self, permit: &Permit, now: Instant) -> Result<u64> {
        self.inner.expire(permit, now).await
    }
}
