//! Which part of a history is within reach?
//!
//! Those versions that are, of resources that still are. Pages of the whole history are read until enough of them were
//! met, and whether more follow is told by the next one that is within reach, never by one that is not.

use std::collections::HashMap;

use access::{Letter, Limit, Permit, Use};
use model::Key;

use super::Keeper;
use crate::error::{Error, Result};
use crate::resources::{HistoryPage, HistoryQuery, Scope, Version};

/// Versions that are read at a time.
const PAGE: usize = 256;

/// Pages that are read for one that is answered: some hundred thousand versions, a second or two of work.
const PAGES_MAX: usize = 512;

impl Keeper {
    pub(super) async fn history_within(&self, permit: &Permit, query: &HistoryQuery) -> Result<HistoryPage> {
        let mut standing = Standing::default();
        let mut versions = Vec::new();
        let mut part = HistoryQuery { count: PAGE, ..query.clone() };
        for _ in 0..PAGES_MAX {
            let page = self.inner.history(permit, &part).await?;
            part.before = page.versions.last().map(|last| last.committed_at);
            for version in page.versions {
                if !self.is_met(permit, &mut standing, (&query.scope, &version)).await? {
                    continue;
                }
                if versions.len() == query.count {
                    return Ok(HistoryPage { versions, more: true });
                }
                versions.push(version);
            }
            if !page.more {
                return Ok(HistoryPage { versions, more: false });
            }
        }
        Err(Error::Costly("too many versions would have to be looked at; ask for a shorter time"))
    }

    async fn is_met(
        &self,
        permit: &Permit,
        standing: &mut Standing,
        (scope, version): (&Scope, &Version),
    ) -> Result<bool> {
        let of = match scope {
            Scope::Instance(_) => Use::Seen,
            Scope::Type(_) | Scope::System => Use::Asked(Letter::Search),
        };
        if *permit.limit(version.key.resource_type, of) == Limit::Everything {
            return Ok(true);
        }
        if !self.shows((permit, of), version) {
            return Ok(false);
        }
        if let Some(stands) = standing.0.get(&version.key) {
            return Ok(*stands);
        }
        let stands = self.within((permit, of), &version.key).await?.is_some();
        standing.0.insert(version.key.clone(), stands);
        Ok(stands)
    }
}

/// Which resources are within reach now.
#[derive(Default)]
struct Standing(HashMap<Key, bool>);
