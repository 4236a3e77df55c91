//! How can storage fail?

use std::fmt;

use model::{Key, VersionId};

/// What went wrong, named for what the caller can do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// A write's expectation did not hold; nothing of the transaction was stored.
    Expectation {
        /// Which write, from 0.
        write: usize,
        /// The version that stands there, when there is one; a deletion counts as none.
        current: Option<VersionId>,
    },
    /// Two writes of one transaction concern the same resource; nothing was stored.
    DuplicateKey {
        /// The later of the two, from 0.
        write: usize,
    },
    /// Something new is what a guard watches for; nothing was stored.
    Guard {
        /// Which guard, from 0.
        guard: usize,
    },
    /// What is to be changed does not stand within reach; nothing was stored.
    Absent(Key),
    /// What is to be written would not be within reach; nothing was stored.
    BeyondReach(Key),
    /// A search took more work than one may.
    Costly(&'static str),
    /// A page cannot begin where this cursor says.
    Cursor,
    /// More writers wait than the queue holds; come back later. Nothing was stored.
    Overloaded,
    /// The disk is full. Nothing was stored.
    Full,
    /// What is stored of this resource has been damaged.
    Corrupt(Key),
    /// Storage does not answer, or can no longer promise that what it writes lasts.
    Unavailable(String),
}

/// What storage answers with.
pub type Result<T> = std::result::Result<T, Error>;

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Expectation { write, current: Some(version) } => {
                write!(out, "write {write} expected another state than version {version}")
            }
            Error::Expectation { write, current: None } => {
                write!(out, "write {write} expected a resource where none stands")
            }
            Error::DuplicateKey { write } => write!(out, "write {write} concerns a resource written already"),
            Error::Guard { guard } => write!(out, "what guard {guard} watches for has been written"),
            Error::Absent(key) => write!(out, "{key} does not exist"),
            Error::BeyondReach(key) => {
                write!(out, "the {} would not be among what may be written", key.resource_type)
            }
            Error::Costly(why) => write!(out, "the search takes too long: {why}"),
            Error::Cursor => out.write_str("the cursor is not of this search"),
            Error::Overloaded => out.write_str("too many writers wait"),
            Error::Full => out.write_str("the disk is full"),
            Error::Corrupt(key) => write!(out, "what is stored of {key} is damaged"),
            Error::Unavailable(why) => write!(out, "storage is unavailable: {why}"),
        }
    }
}

impl std::error::Error for Error {}
