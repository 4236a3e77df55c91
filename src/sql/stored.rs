//! How does a row become a version?
//!
//! Whatever reads versions selects these columns in this order, from some column on: `version,
//! committed_at, method, coding, gap, digest, blob, body`; and where the key is not known beforehand,
//! `type, id` after them.

use model::{Draft, Instant, Key, VersionId};
use store::{BlobId, Error, Method, Version};

use crate::body::{self, Digest};
use crate::dictionaries::Dictionaries;
use crate::failure::Failure;
use crate::statement::Row;
use crate::types::Types;

/// Columns of a version before its key.
pub(crate) const WIDTH: usize = 8;

/// A version as its row holds it.
pub(crate) struct Stored {
    version: i64,
    committed_at: i64,
    method: i64,
    /// How the body is to be read.
    pub coding: i64,
    gap: i64,
    digest: Option<Digest>,
    blob: Option<BlobId>,
    body: Option<Vec<u8>>,
}

impl Stored {
    /// Takes the columns from `first` on.
    pub(crate) fn from_row(row: &Row, first: usize) -> Result<Self, sqlx::Error> {
        Ok(Self {
            version: row.int(first)?,
            committed_at: row.int(first + 1)?,
            method: row.int(first + 2)?,
            coding: row.int(first + 3)?,
            gap: row.int(first + 4)?,
            digest: row.bytes(first + 5)?.and_then(|bytes| bytes.try_into().ok()),
            blob: row.bytes(first + 6)?.and_then(|bytes| bytes.try_into().ok()).map(BlobId),
            body: row.bytes(first + 7)?.map(<[u8]>::to_vec),
        })
    }

    /// The draft, when there is one and it is what was written.
    pub(crate) fn draft(&self, dictionaries: &Dictionaries) -> Option<Draft> {
        let dictionary = (self.coding > body::PLAIN).then(|| dictionaries.of_coding(self.coding)).flatten();
        let json = body::decompress(self.coding, self.body.as_ref()?, dictionary.as_deref())?;
        let draft = Draft::from_parts(json.into(), usize::try_from(self.gap).ok()?)?;
        (Some(body::digest(&draft)) == self.digest).then_some(draft)
    }

    /// The version, when its content is what was written.
    pub(crate) fn open(&self, key: &Key, dictionaries: &Dictionaries) -> Result<Version, Error> {
        self.version(key, dictionaries).ok_or_else(|| Error::Corrupt(key.clone()))
    }

    fn version(&self, key: &Key, dictionaries: &Dictionaries) -> Option<Version> {
        let version = VersionId(u64::try_from(self.version).ok()?);
        let committed_at = Instant(self.committed_at);
        let json = match (&self.body, &self.digest) {
            (None, None) => None,
            _ => Some(self.draft(dictionaries)?.render(version, committed_at)),
        };
        let method = method(self.method)?;
        Some(Version { key: key.clone(), version, committed_at, method, json, blob: self.blob })
    }
}

/// Reads the key in the columns `type, id` after a version's.
pub(crate) fn key(row: &Row, first: usize, types: &Types) -> Result<Key, Failure> {
    let (code, id) = (row.int(first)?, row.text(first + 1)?);
    let resource_type = types.resource_type(code);
    match (resource_type, model::Id::parse(id)) {
        (Some(resource_type), Some(id)) => Ok(Key::new(resource_type, id)),
        _ => Err(Failure::Damaged(format!("a row names type {code} and a malformed id or unknown type"))),
    }
}

/// The number that stands for a method.
pub(crate) fn method_code(method: Method) -> i64 {
    match method {
        Method::Post => 1,
        Method::Put => 2,
        Method::Patch => 3,
        Method::Delete => 4,
    }
}

pub(crate) fn method(code: i64) -> Option<Method> {
    [Method::Post, Method::Put, Method::Patch, Method::Delete].into_iter().find(|it| method_code(*it) == code)
}
