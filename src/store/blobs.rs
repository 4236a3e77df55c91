//! Where do large bytes live?
//!
//! By the SHA-256 of their content, so that the same bytes are kept once and damage shows itself. A blob
//! is on stable storage before the row that names it is committed; what no row names is collected.

use std::fmt;
use std::ops::Range;
use std::pin::Pin;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::Stream;
use model::Instant;

use crate::error::Result;

/// The SHA-256 of a blob's content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId(pub [u8; 32]);

/// Bytes that come or go piece by piece.
pub type Pieces = Pin<Box<dyn Stream<Item = std::io::Result<Bytes>> + Send>>;

/// What a finished blob is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its id.
    pub id: BlobId,
    /// How many bytes it has.
    pub length: u64,
}

/// Large bytes by content hash.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// Stores what comes; an error of the stream is `Error::Unavailable` and leaves nothing behind.
    async fn put(&self, pieces: Pieces) -> Result<Stored>;

    /// How many bytes a blob has; none when it is not here.
    async fn length(&self, id: BlobId) -> Result<Option<u64>>;

    /// A part of a blob, piece by piece. The caller knows that the range lies inside.
    async fn get(&self, id: BlobId, range: Range<u64>) -> Result<Pieces>;

    /// Every blob written before `before`, for the collector.
    async fn list(&self, before: Instant) -> Result<Vec<BlobId>>;

    /// Removes a blob that no row names, unless it was written again at or after `before`: then its row
    /// is on the way.
    async fn remove(&self, id: BlobId, before: Instant) -> Result<()>;

    /// Reads a blob and compares it with its id; false when it is damaged or gone.
    async fn verify(&self, id: BlobId) -> Result<bool>;
}

impl BlobId {
    /// Reads 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(digits.chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(hash))
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{self}")
    }
}
