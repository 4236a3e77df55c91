//! What has the server still to do?
//!
//! Jobs outlive the process: whoever claims one holds it for a while and tells how far it is; when the
//! holder dies, the claim runs out and another goes on from there.

use access::Permit;
use async_trait::async_trait;
use bytes::Bytes;
use model::Instant;

use crate::error::Result;

/// A job's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

/// Work that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its number.
    pub id: JobId,
    /// What kind of work; whoever does it claims by this.
    pub kind: String,
    /// What exactly, and how far it is; only the worker reads it.
    pub state: Bytes,
    /// Whether it is done.
    pub finished: bool,
    /// Until when somebody holds it.
    pub claimed_until: Option<Instant>,
}

/// The server's own work list.
#[async_trait]
pub trait Jobs: Send + Sync {
    /// Adds a job.
    async fn enqueue(&self, permit: &Permit, kind: &str, state: Bytes) -> Result<JobId>;

    /// Takes the oldest unfinished job of a kind that nobody holds at `now`, and holds it until `until`.
    async fn claim(&self, permit: &Permit, kind: &str, now: Instant, until: Instant) -> Result<Option<Job>>;

    /// Notes how far a job is, and holds it until `until`; false when the claim `held` was lost.
    async fn advance(&self, permit: &Permit, id: JobId, held: Instant, step: Step) -> Result<bool>;

    /// Looks at a job.
    async fn job(&self, permit: &Permit, id: JobId) -> Result<Option<Job>>;
}

/// What a worker notes of a job that it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is so far, and is held until then.
    Continue {
        /// How far.
        state: Bytes,
        /// Until when it is held now.
        until: Instant,
    },
    /// It is done.
    Finish {
        /// What came of it.
        state: Bytes,
    },
}
