//! What comes of an interaction?

use bytes::Bytes;
use model::Value;
use store::{Version, Written};

/// What is to be told; how, is decided in `api`.
pub enum Answer {
    /// A version that was asked for.
    Version(Version),
    /// What came of a write.
    Written(Written),
    /// A Bundle, as JSON.
    Bundle(Bytes),
    /// A resource that is not stored.
    Resource(Value),
    /// A resource that is not stored and was asked for before, as JSON.
    Again(Bytes),
}
