//! How is storage kept to what a permit reaches?
//!
//! Every use of storage goes through here: what is beyond reach is neither answered nor changed, as if it did not
//! stand. A query is narrowed before a store sees it, so that totals, order, chains and pages tell nothing of the rest;
//! a version is told by what itself holds, so that what is judged is what is answered.
//!
//! Invariants: a condition that cannot be told reaches nothing; whoever reaches only a part chooses no ids, or an id
//! that is taken would tell that something stands there; what was deleted is beyond such reach, as it is in no part.

mod grants;
mod history;
mod narrow;
mod verdicts;
mod write;

use std::ops::Deref;
use std::sync::Arc;

use access::{Limit, Permit, Use};
use async_trait::async_trait;
use model::{Instant, Key, VersionId};
use search::condition::{Nobody, Subject};
use search::{Condition, Page, Query, Rows, Verdict};

use crate::Store;
use crate::blobs::BlobId;
use crate::error::Result;
use crate::resources::{HistoryPage, HistoryQuery, Resources, Version};
use crate::transaction::{Transaction, Written};
use verdicts::Verdicts;

/// Tells by what a resource is found.
pub trait Finding: Send + Sync {
    /// The rows of a resource that is stored as `json`; none where it cannot be read.
    fn rows(&self, key: &Key, json: &[u8]) -> Option<Rows>;
}

/// A store that keeps to what permits reach. Whoever holds one cannot get round it.
#[derive(Clone)]
pub struct Kept(Arc<dyn Store>);

impl Kept {
    /// Keeps a store.
    pub fn new(inner: Arc<dyn Store>, finding: Arc<dyn Finding>) -> Self {
        Self(Arc::new(Keeper { inner, finding, verdicts: Verdicts::default() }))
    }
}

impl Deref for Kept {
    type Target = dyn Store;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

/// Stands before a store.
struct Keeper {
    inner: Arc<dyn Store>,
    finding: Arc<dyn Finding>,
    verdicts: Verdicts,
}

impl Keeper {
    /// Whether a version is within reach of a use.
    fn shows(&self, (permit, of): (&Permit, Use), version: &Version) -> bool {
        match permit.limit(version.key.resource_type, of) {
            Limit::Everything => true,
            Limit::Nothing => false,
            Limit::Only(condition) => version.json.as_ref().is_some_and(|json| {
                let tell = || {
                    let rows = self.finding.rows(&version.key, json);
                    rows.is_some_and(|rows| holds(condition, (&version.key, version.committed_at), &rows))
                };
                self.verdicts.of((permit, of), version, tell)
            }),
        }
    }

    /// The current version, if it is within reach of a use.
    async fn within(&self, (permit, of): (&Permit, Use), key: &Key) -> Result<Option<Version>> {
        match permit.limit(key.resource_type, of) {
            Limit::Nothing => Ok(None),
            _ => Ok(self.inner.read(permit, key).await?.filter(|version| self.shows((permit, of), version))),
        }
    }
}

/// Whether a limit's condition is certain to hold.
fn holds(condition: &Condition, (key, updated): (&Key, Instant), rows: &Rows) -> bool {
    let subject = Subject { resource_type: key.resource_type, id: key.id.as_str(), updated, rows };
    condition.holds(&subject, &Nobody) == Verdict::Yes
}

#[async_trait]
impl Resources for Keeper {
    async fn read(&self, permit: &Permit, key: &Key) -> Result<Option<Version>> {
        self.within((permit, Use::Seen), key).await
    }

    async fn vread(&self, permit: &Permit, key: &Key, version: VersionId) -> Result<Option<Version>> {
        let limit = permit.limit(key.resource_type, Use::Seen);
        // What a resource was when it was in reach is gone from there with it.
        if *limit != Limit::Everything && self.within((permit, Use::Seen), key).await?.is_none() {
            return Ok(None);
        }
        let found = self.inner.vread(permit, key, version).await?;
        Ok(found.filter(|version| self.shows((permit, Use::Seen), version)))
    }

    async fn history(&self, permit: &Permit, query: &HistoryQuery) -> Result<HistoryPage> {
        match permit.is_unlimited() {
            true => self.inner.history(permit, query).await,
            false => self.history_within(permit, query).await,
        }
    }

    async fn commit(&self, permit: &Permit, transaction: Transaction) -> Result<Vec<Written>> {
        match permit.is_unlimited() {
            true => self.inner.commit(permit, transaction).await,
            false => self.commit_within(permit, transaction).await,
        }
    }

    async fn changes(&self, permit: &Permit, after: Instant, count: usize) -> Result<Vec<Version>> {
        let mut after = after;
        loop {
            let all = self.inner.changes(permit, after, count).await?;
            let Some(last) = all.last().filter(|_| !permit.is_unlimited()) else { return Ok(all) };
            after = last.committed_at;
            let seen = all.into_iter().filter(|version| self.shows((permit, Use::Seen), version));
            let seen: Vec<_> = seen.collect();
            // An empty page would say that nothing comes after it.
            if !seen.is_empty() {
                return Ok(seen);
            }
        }
    }

    async fn latest(&self, permit: &Permit) -> Result<Instant> {
        self.inner.latest(permit).await
    }

    async fn search(&self, permit: &Permit, query: &Query) -> Result<Page> {
        match permit.is_unlimited() {
            true => self.inner.search(permit, query).await,
            false => self.inner.search(permit, &narrow::query(permit, query)).await,
        }
    }

    async fn rows(&self, permit: &Permit, keys: &[Key]) -> Result<Vec<Option<Rows>>> {
        let found = self.inner.rows(permit, keys).await?;
        if permit.is_unlimited() {
            return Ok(found);
        }
        let shown = |(key, rows): (&Key, Option<Rows>)| {
            rows.filter(|rows| match permit.limit(key.resource_type, Use::Seen) {
                Limit::Everything => true,
                Limit::Nothing => false,
                Limit::Only(condition) => holds(condition, (key, Instant(0)), rows),
            })
        };
        Ok(keys.iter().zip(found).map(shown).collect())
    }

    async fn unnamed(&self, blobs: &[BlobId]) -> Result<Vec<BlobId>> {
        self.inner.unnamed(blobs).await
    }

    async fn check(&self, progress: &(dyn Fn(u64) + Send + Sync)) -> Result<Vec<String>> {
        self.inner.check(progress).await
    }
}

#[cfg(test)]
mod tests;
