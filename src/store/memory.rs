//! What is the plainest way to keep the promise?
//!
//! Ordered maps behind one lock: slow on purpose and easy to see through. What this store answers is
//! right by definition, and `sql` is compared with it. It lasts as long as the process.
//!
//! Invariant: nothing waits and nothing can fail half-way while the lock is held.

mod found;
mod grants;
mod jobs;
mod log;

use std::sync::{Mutex, MutexGuard};

use access::Permit;
use async_trait::async_trait;
use bytes::Bytes;
use model::{Clock, Instant, Key, VersionId};
use search::{Page, Query, Rows};

use crate::blobs::BlobId;
use crate::error::Result;
use crate::grants::{Grant, GrantPage, Grants};
use crate::jobs::{Job, JobId, Jobs, Step};
use crate::resources::{HistoryPage, HistoryQuery, Resources, Version};
use crate::transaction::{Transaction, Written};

/// A store that forgets everything when it is dropped.
pub struct Memory {
    clock: Clock,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    log: log::Log,
    jobs: jobs::WorkList,
    grants: grants::Ledger,
}

impl Memory {
    /// An empty store that dates its versions by `clock`.
    pub fn new(clock: Clock) -> Self {
        Self { clock, held: Mutex::default() }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().expect("whoever holds the lock only moves values, which does not panic")
    }
}

#[async_trait]
impl Resources for Memory {
    async fn read(&self, permit: &Permit, key: &Key) -> Result<Option<Version>> {
        Ok(self.held().log.current(permit.tenant(), key))
    }

    async fn vread(&self, permit: &Permit, key: &Key, version: VersionId) -> Result<Option<Version>> {
        Ok(self.held().log.version(permit.tenant(), key, version))
    }

    async fn history(&self, permit: &Permit, query: &HistoryQuery) -> Result<HistoryPage> {
        Ok(self.held().log.history(permit.tenant(), query))
    }

    async fn commit(&self, permit: &Permit, transaction: Transaction) -> Result<Vec<Written>> {
        let now = (self.clock)();
        self.held().log.commit(permit.tenant(), transaction, now)
    }

    async fn changes(&self, permit: &Permit, after: Instant, count: usize) -> Result<Vec<Version>> {
        Ok(self.held().log.changes(permit.tenant(), after, count))
    }

    async fn latest(&self, _: &Permit) -> Result<Instant> {
        Ok(self.held().log.latest())
    }

    async fn search(&self, permit: &Permit, query: &Query) -> Result<Page> {
        found::search(&self.held().log, permit.tenant(), query)
    }

    async fn rows(&self, permit: &Permit, keys: &[Key]) -> Result<Vec<Option<Rows>>> {
        let held = self.held();
        Ok(keys.iter().map(|key| held.log.rows(permit.tenant(), key).cloned()).collect())
    }

    async fn unnamed(&self, blobs: &[BlobId]) -> Result<Vec<BlobId>> {
        let held = self.held();
        Ok(blobs.iter().copied().filter(|blob| !held.log.names(*blob)).collect())
    }

    async fn check(&self, progress: &(dyn Fn(u64) + Send + Sync)) -> Result<Vec<String>> {
        let (versions, complaints) = self.held().log.check();
        progress(versions);
        Ok(complaints)
    }
}

#[async_trait]
impl Jobs for Memory {
    async fn enqueue(&self, permit: &Permit, kind: &str, state: Bytes) -> Result<JobId> {
        Ok(self.held().jobs.enqueue(permit.tenant(), kind, state))
    }

    async fn claim(&self, permit: &Permit, kind: &str, now: Instant, until: Instant) -> Result<Option<Job>> {
        Ok(self.held().jobs.claim(permit.tenant(), kind, now, until))
    }

    async fn advance(&self, permit: &Permit, id: JobId, held: Instant, step: Step) -> Result<bool> {
        Ok(self.held().jobs.advance(permit.tenant(), id, held, step))
    }

    async fn job(&self, permit: &Permit, id: JobId) -> Result<Option<Job>> {
        Ok(self.held().jobs.job(permit.tenant(), id))
    }
}

#[async_trait]
impl Grants for Memory {
    async fn grant(&self, permit: &Permit, grant: Grant) -> Result<()> {
        self.held().grants.grant(permit.tenant(), grant);
        Ok(())
    }

    async fn grant_first(&self, permit: &Permit, grant: Grant, now: Instant) -> Result<bool> {
        Ok(self.held().grants.grant_first(permit.tenant(), grant, now))
    }

    async fn granted(&self, permit: &Permit, kind: &str, id: &str, now: Instant) -> Result<Option<Grant>> {
        Ok(self.held().grants.granted(permit.tenant(), kind, id, now))
    }

    async fn redeem(&self, permit: &Permit, kind: &str, id: &str, now: Instant) -> Result<Option<Grant>> {
        Ok(self.held().grants.redeem(permit.tenant(), kind, id, now))
    }

    async fn list(&self, permit: &Permit, kind: &str, page: GrantPage<'_>) -> Result<Vec<Grant>> {
        Ok(self.held().grants.list(permit.tenant(), kind, page))
    }

    async fn expire(&self, permit: &Permit, now: Instant) -> Result<u64> {
        Ok(self.held().grants.expire(permit.tenant(), now))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Store, suite};

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn memory_keeps_the_promise() {
        suite::run_all(async |clock| Arc::new(Memory::new(clock)) as Arc<dyn Store>).await;
    }
}
