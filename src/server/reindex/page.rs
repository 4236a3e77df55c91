//! How do the resources of a page of the log get the rows that they would get now?
//!
//! Each is indexed as it stands in the log, on the condition that this is the version which stands. Where it is not,
//! a later version does, which the log comes to.

use std::collections::HashMap;
use std::sync::Arc;

use access::Permit;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use interactions::{Context, aside};
use model::{Key, VersionId, json};
use search::{Catalogue, Rows, index};
use store::{Change, Error, Expectation, Method, Transaction, Version, Write};

/// Versions that are read at a time: few enough that a page takes a moment, and many enough to share commits.
pub(super) const VERSIONS_AT_A_TIME: usize = 128;

/// Commits that wait at once. They are gathered as those of clients are, to whom most of the queue is left.
const COMMITS_AT_ONCE: usize = 64;

/// What a version is found by.
type Found = (Key, VersionId, Rows);

/// Indexes those of `versions` that stand; returns how many resources were looked at.
pub(super) async fn index(
    context: &Context,
    permit: &Permit,
    catalogue: &Arc<Catalogue>,
    versions: Vec<Version>,
) -> store::Result<u64> {
    // Of several versions of one resource the last may stand, the others do not.
    let newest: HashMap<Key, Version> = versions.into_iter().map(|it| (it.key.clone(), it)).collect();
    let versions: Vec<Version> = newest.into_values().filter(|version| version.json.is_some()).collect();
    let (catalogue, base_url) = (Arc::clone(catalogue), context.policy.base_url.clone());
    let work = move || versions.into_iter().filter_map(|it| found(it, &catalogue, &base_url)).collect();
    let resources: Vec<Found> = aside::run(context, work)
        .await
        .map_err(|_| Error::Unavailable("what resources are found by could not be told".to_owned()))?;
    let keys: Vec<Key> = resources.iter().map(|(key, ..)| key.clone()).collect();
    let known = context.store.rows(permit, &keys).await?;
    let count = resources.len();
    // Most resources have no value for a parameter that is new, so that nothing is to be written.
    let changed = resources.into_iter().zip(known);
    let changed = changed.filter(|((.., rows), known)| known.as_ref() != Some(rows)).map(|(found, _)| found);
    let commits = changed.map(|found| commit(context, permit, found));
    stream::iter(commits).buffer_unordered(COMMITS_AT_ONCE).try_collect::<()>().await?;
    Ok(count as u64)
}

fn found(version: Version, catalogue: &Catalogue, base_url: &str) -> Option<Found> {
    let Version { key, version, json, .. } = version;
    let tree = json::parse(&json?).ok();
    let resource = tree.as_ref().and_then(|tree| tree.as_object());
    let rows = resource.and_then(|it| index::rows(it, key.resource_type, catalogue, base_url).ok());
    if rows.is_none() {
        tracing::warn!(fhir.key = %key, "a resource cannot be indexed anew, and is found by what it was found by before");
    }
    rows.map(|rows| (key, version, rows))
}

async fn commit(context: &Context, permit: &Permit, (key, version, rows): Found) -> store::Result<()> {
    let expect = Expectation::OneOf(vec![version]);
    let write = Write { key, method: Method::Put, change: Change::Index { rows }, expect };
    let transaction = Transaction { writes: vec![write], guards: Vec::new() };
    match context.store.commit(permit, transaction).await {
        // Somebody wrote it meanwhile, or it is gone.
        Ok(_) | Err(Error::Expectation { .. }) => Ok(()),
        Err(other) => Err(other),
    }
}
