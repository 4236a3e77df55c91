//! What has been granted, and until when?
//!
//! Codes, sessions, tokens, clients: plain values under a kind and an id, which `access` understands and
//! storage does not.

use access::Permit;
use async_trait::async_trait;
use bytes::Bytes;
use model::Instant;

use crate::error::Result;

/// Something that was granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// What kind: `code`, `session` …
    pub kind: String,
    /// Its id within the kind; secrets come here as digests only.
    pub id: String,
    /// What it says.
    pub value: Bytes,
    /// When it ends; never, when none.
    pub expires_at: Option<Instant>,
}

/// Which of the grants of a kind are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantPage<'a> {
    /// Those whose ids come behind this one, byte by byte; from the first, when none.
    pub after: Option<&'a str>,
    /// At most so many.
    pub count: usize,
    /// What has ended by then is not shown.
    pub now: Instant,
}

/// What was granted to people and clients.
#[async_trait]
pub trait Grants: Send + Sync {
    /// Adds a grant or replaces the one with the same kind and id.
    async fn grant(&self, permit: &Permit, grant: Grant) -> Result<()>;

    /// Adds a grant unless one with its kind and id stands at `now`: of any number of callers exactly one hears true.
    async fn grant_first(&self, permit: &Permit, grant: Grant, now: Instant) -> Result<bool>;

    /// Looks at a grant that has not ended at `now`.
    async fn granted(&self, permit: &Permit, kind: &str, id: &str, now: Instant) -> Result<Option<Grant>>;

    /// Takes a grant out: of any number of callers exactly one gets it.
    async fn redeem(&self, permit: &Permit, kind: &str, id: &str, now: Instant) -> Result<Option<Grant>>;

    /// Lists grants of a kind by id, a page at a time.
    async fn list(&self, permit: &Permit, kind: &str, page: GrantPage<'_>) -> Result<Vec<Grant>>;

    /// Drops what has ended by `now`; returns how many.
    async fn expire(&self, permit: &Permit, now: Instant) -> Result<u64>;
}
