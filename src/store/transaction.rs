//! What is a commit?
//!
//! A value: writes and what they expect to find. Versions and time are the store's to give, so that a
//! transaction is made ready while others commit, and only its last step is one at a time.

use model::{Draft, Instant, Key, VersionId};
use search::{Branch, Rows};

use crate::blobs::BlobId;
use crate::resources::Version;

/// Writes that are stored all together or not at all. Each concerns another resource.
#[derive(Clone, Default)]
pub struct Transaction {
    /// The writes, in the order in which they get their place in history.
    pub writes: Vec<Write>,
    /// What must still be so of resources that are not written.
    pub guards: Vec<Guard>,
}

/// That a search would find nothing new: no resource was written since that it means now.
#[derive(Clone)]
pub struct Guard {
    /// What was searched for.
    pub branch: Branch,
    /// When: what [`crate::Resources::latest`] told before the search.
    pub since: Instant,
}

/// One resource to be changed.
#[derive(Clone)]
pub struct Write {
    /// Which resource.
    pub key: Key,
    /// By which request, as history tells it.
    pub method: Method,
    /// To what.
    pub change: Change,
    /// On which condition.
    pub expect: Expectation,
}

/// What becomes of the resource.
#[derive(Clone)]
pub enum Change {
    /// It gets this content; where the content is the current one already, nothing changes.
    Put {
        /// The JSON, with a gap for version and time.
        draft: Draft,
        /// The large bytes that the content stands for, already stored.
        blob: Option<BlobId>,
        /// What it is found by.
        rows: Rows,
    },
    /// It is found by other rows from now on, and is no new version.
    Index {
        /// What it is found by.
        rows: Rows,
    },
    /// It is deleted; where nothing stands, nothing changes.
    Delete,
}

/// What a write expects to find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// Anything or nothing.
    Anything,
    /// Nothing, or a deletion.
    Absent,
    /// Some current version, not a deletion.
    Present,
    /// One of these as the current version, not a deletion.
    OneOf(Vec<VersionId>),
}

impl Expectation {
    /// Whether it holds where `current` stands; a deletion counts as none.
    pub fn holds(&self, current: Option<VersionId>) -> bool {
        match (self, current) {
            (Expectation::Anything, _) => true,
            (Expectation::Absent, current) => current.is_none(),
            (Expectation::Present, current) => current.is_some(),
            (Expectation::OneOf(versions), current) => current.is_some_and(|it| versions.contains(&it)),
        }
    }
}

/// The request that made a version, as `Bundle.entry.request.method` tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Created by the server's id.
    Post,
    /// Created or replaced by the client's id.
    Put,
    /// Changed in part.
    Patch,
    /// Deleted.
    Delete,
}

/// What came of a write.
#[derive(Clone)]
pub struct Written {
    /// What happened.
    pub effect: Effect,
    /// The version that is now current; none when there never was one.
    pub version: Option<Version>,
}

/// What happened to the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// There was none, or a deletion.
    Created,
    /// There is a new version.
    Updated,
    /// It was so already; no version was made.
    Unchanged,
    /// It is deleted now.
    Deleted,
}
