//! What may storage do to a request?
//!
//! The plain store in memory with one fault in front of what is read, chosen by the test.

use std::sync::{Mutex, PoisonError};

use access::Permit;
use async_trait::async_trait;
use bytes::Bytes;
use model::{Clock, Instant, Key, VersionId};
use search::{Page, Query, Rows};
use store::jobs::Step;
use store::memory::Memory;
use store::{
    BlobId, Error, Grant, GrantPage, Grants, HistoryPage, HistoryQuery, Job, JobId, Jobs, Resources, Result,
    Transaction, Version, Written,
};

/// What goes wrong.
#[derive(Clone, Copy)]
pub(crate) enum Fault {
    /// Nothing.
    Nothing,
    /// It fails.
    Fails,
    /// It never answers.
    Waits,
    /// It has a bug.
    Panics,
}

/// A store that does what it is told to do wrong.
pub(crate) struct Rigged {
    inner: Memory,
    fault: Mutex<Fault>,
}

impl Rigged {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { inner: Memory::new(clock), fault: Mutex::new(Fault::Nothing) }
    }

    /// From now on this goes wrong.
    pub(crate) fn rig(&self, fault: Fault) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    async fn act(&self) -> Result<()> {
        let fault = *self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        match fault {
            Fault::Nothing => Ok(()),
            Fault::Fails => Err(Error::Unavailable("the test says so".to_owned())),
            Fault::Waits => std::future::pending().await,
            Fault::Panics => panic!("a bug that the test put here"),
        }
    }
}

#[async_trait]
impl Resources for Rigged {
    async fn read(&self, permit: &Permit, key: &Key) -> Result<Option<Version>> {
        self.act().await?;
        self.inner.read(permit, key).await
    }

    async fn vread(&self, permit: &Permit, key: &Key, version: VersionId) -> Result<Option<Version>> {
        self.act().await?;
        self.inner.vread(permit, key, version).await
    }

    async fn history(&self, permit: &Permit, query: &HistoryQuery) -> Result<HistoryPage> {
        self.act().await?;
        self.inner.history(permit, query).await
    }

    async fn commit(&self, permit: &Permit, transaction: Transaction) -> Result<Vec<Written>> {
        self.act().await?;
        self.inner.commit(permit, transaction).await
    }

    async fn changes(&self, permit: &Permit, after: Instant, count: usize) -> Result<Vec<Version>> {
        self.act().await?;
        self.inner.changes(permit, after, count).await
    }

    async fn latest(&self, permit: &Permit) -> Result<Instant> {
        self.act().await?;
        self.inner.latest(permit).await
    }

    async fn search(&self, permit: &Permit, query: &Query) -> Result<Page> {
        self.act().await?;
        self.inner.search(permit, query).await
    }

    async fn rows(&self, permit: &Permit, keys: &[Key]) -> Result<Vec<Option<Rows>>> {
        self.act().await?;
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
