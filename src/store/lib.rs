//! What must storage promise?
//!
//! A 2xx to a write means that it is on stable storage; a transaction is whole or absent for every
//! reader; version ids are dense and never used again; history never changes; corruption is reported
//! and never served. [`memory`] says the same in ordered maps and is the oracle; `sql` keeps it on disk;
//! `suite` (feature `suite`) holds both to it.
//!
//! Invariants: nothing is read or written without a [`access::Permit`]; nothing here knows SQL; no
//! method returns before its promise is kept.

pub mod blobs;
pub mod error;
pub mod grants;
pub mod jobs;
pub mod kept;
pub mod memory;
pub mod resources;
#[cfg(any(test, feature = "suite"))]
pub mod suite;
pub mod transaction;

pub use blobs::{BlobId, Blobs};
pub use error::{Error, Result};
pub use grants::{Grant, GrantPage, Grants};
pub use jobs::{Job, JobId, Jobs};
pub use kept::{Finding, Kept};
pub use resources::{HistoryPage, HistoryQuery, Resources, Scope, Version};
pub use transaction::{Change, Effect, Expectation, Guard, Method, Transaction, Write, Written};

/// Storage: resources with their history, the server's own jobs, and grants.
///
/// Large bytes are kept apart, by [`Blobs`]: a folder or a bucket serves them whatever the database.
pub trait Store: Resources + Jobs + Grants {}

impl<T: Resources + Jobs + Grants> Store for T {}
