//! What becomes of the index when resources are written?
//!
//! The log of the store is read in order; of several versions of one resource only the last counts.

use std::collections::HashMap;

use access::Permit;
use fulltext::{Change, Index, Name};
use model::{Instant, VersionId, json};
use store::{Resources, Store, Version};

use super::texts;

/// Versions that are read at a time: few enough that a page takes a moment.
pub const VERSIONS_AT_A_TIME: usize = 128;

/// The first version of a resource; nothing of it is in the index before.
const FIRST: VersionId = VersionId(1);

/// How far the log has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct At(Instant);

impl At {
    /// Nothing has been read.
    pub fn start() -> Self {
        Self(Instant(i64::MIN))
    }

    /// Everything up to a moment has been read.
    pub fn behind(moment: i64) -> Self {
        Self(Instant(moment))
    }

    /// The moment of the last that was read.
    pub fn moment(self) -> Instant {
        self.0
    }
}

/// What follows in the log.
pub async fn page(store: &dyn Store, permit: &Permit, after: At) -> store::Result<Vec<Version>> {
    Resources::changes(store, permit, after.moment(), VERSIONS_AT_A_TIME).await
}

/// Brings the index up to the last of these versions. Blocks for some milliseconds.
pub fn apply(index: &Index, tenant: u32, versions: &[Version]) -> fulltext::Result<()> {
    let mut newest = HashMap::with_capacity(versions.len());
    for version in versions {
        newest.insert(&version.key, version);
    }
    let changes: Vec<_> = newest
        .into_iter()
        .map(|(key, version)| {
            let name = Name { tenant, kind: key.resource_type.as_str(), id: key.id.as_str() };
            (name, change(version))
        })
        .collect();
    index.apply(&changes)
}

fn change(version: &Version) -> Change {
    // What cannot be read cannot be found, and nobody could be shown it.
    let resource = version.json.as_ref().and_then(|text| json::parse(text).ok());
    match resource.as_ref().and_then(|resource| resource.as_object()) {
        Some(resource) if version.version == FIRST => Change::Add(texts::document(resource)),
        Some(resource) => Change::Replace(texts::document(resource)),
        None => Change::Remove,
    }
}
