//! How are resources kept?

use access::Permit;
use async_trait::async_trait;
use bytes::Bytes;
use model::{Instant, Key, ResourceType, VersionId};
use search::{Page, Query, Rows};

use crate::blobs::BlobId;
use crate::error::Result;
use crate::transaction::{Method, Transaction, Written};

/// One version of one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Which resource.
    pub key: Key,
    /// Its number: 1, 2, 3 … deletions included.
    pub version: VersionId,
    /// When it was committed, and its place in the log: no two versions share it, later commits have
    /// later ones. `meta.lastUpdated` is this, in milliseconds.
    pub committed_at: Instant,
    /// The request that made it.
    pub method: Method,
    /// The JSON as it is served; none for a deletion.
    pub json: Option<Bytes>,
    /// The large bytes that the content stands for.
    pub blob: Option<BlobId>,
}

/// Whose history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything's.
    System,
    /// That of all resources of a type.
    Type(ResourceType),
    /// One resource's.
    Instance(Key),
}

/// Which part of a history, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryQuery {
    /// Whose.
    pub scope: Scope,
    /// Only versions committed at or after this.
    pub since: Option<Instant>,
    /// Only versions committed before this: where the page before ended, or the end of `_at`.
    pub before: Option<Instant>,
    /// With `_at`: also the versions that were current at this moment, that is for each resource the
    /// last one committed at or before it.
    pub current_at: Option<Instant>,
    /// At most so many.
    pub count: usize,
}

/// A page of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryPage {
    /// The versions, newest first.
    pub versions: Vec<Version>,
    /// Whether older ones match too.
    pub more: bool,
}

/// Resources, their versions, and the log of changes.
#[async_trait]
pub trait Resources: Send + Sync {
    /// The newest version, which may be a deletion.
    async fn read(&self, permit: &Permit, key: &Key) -> Result<Option<Version>>;

    /// One version, which may be a deletion.
    async fn vread(&self, permit: &Permit, key: &Key, version: VersionId) -> Result<Option<Version>>;

    /// Versions, newest first.
    async fn history(&self, permit: &Permit, query: &HistoryQuery) -> Result<HistoryPage>;

    /// Stores all writes or none; what is answered is on stable storage. One answer a write, in order.
    async fn commit(&self, permit: &Permit, transaction: Transaction) -> Result<Vec<Written>>;

    /// The outbox: versions committed after `after`, oldest first, at most `count`. Following it by the
    /// last one's `committed_at` misses none and repeats none.
    async fn changes(&self, permit: &Permit, after: Instant, count: usize) -> Result<Vec<Version>>;

    /// The moment of the last commit, for a [`crate::Guard`].
    async fn latest(&self, permit: &Permit) -> Result<Instant>;

    /// The resources that a query asks for, page by page. What was committed before is found.
    async fn search(&self, permit: &Permit, query: &Query) -> Result<Page>;

    /// The rows of resources, in the order of `keys`; none of those that do not stand.
    async fn rows(&self, permit: &Permit, keys: &[Key]) -> Result<Vec<Option<Rows>>>;

    /// Those of `blobs` that no version names.
    async fn unnamed(&self, blobs: &[BlobId]) -> Result<Vec<BlobId>>;

    /// Reads everything and compares it with its digests and indexes; returns what is wrong, in
    /// sentences. Calls `progress` with the number of versions looked at.
    async fn check(&self, progress: &(dyn Fn(u64) + Send + Sync)) -> Result<Vec<String>>;
}
