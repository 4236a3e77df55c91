//! How does the database find what a query means?
//!
//! Every statement is a read of one ordered index from some place on, a few hundred entries at most, with what those
//! resources are found by ([`scan`]). Which index is read is chosen by how much there is in it ([`way`]); whether a
//! candidate is meant is told by its rows, with the same code that the store in memory uses. So there is no statement
//! that can be slow, none that depends on what the client wrote, and both databases answer alike.
//!
//! A page begins where the last one ended: in the index that was read ([`stream`]), or, where results are sorted, at
//! the last one's rank ([`sorted`]).

mod candidate;
mod count;
mod entries;
pub(crate) mod leap;
mod lengths;
mod others;
mod packed;
pub(crate) mod scan;
mod sieve;
mod sorted;
mod stream;
mod way;

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};

use model::Key;
use search::{Cursor, Page, Query, Rows, Total};
use store::{Error, Result};

#[cfg(test)]
pub(crate) use {
    candidate::{called, numbered},
    count::standing,
};

use crate::failure::Failure;
use crate::open::Shared;
use crate::statement::{Row, Statement};
use candidate::Candidate;
pub(crate) use lengths::Lengths;
use packed::{Column, Line};
use stream::Stream;

/// Candidates that one search may look at: some ten seconds of work.
const CANDIDATES_MAX: u64 = 3_000_000;

/// A search at work.
pub(crate) struct Searching<'s> {
    shared: &'s Shared,
    tenant: u32,
    /// Candidates that may still be looked at.
    left: AtomicU64,
}

/// The page of resources that a query asks for.
pub(crate) async fn page(shared: &Shared, tenant: u32, query: &Query) -> Result<Page> {
    let left = AtomicU64::new(CANDIDATES_MAX);
    let searching = Searching { shared, tenant, left };
    let total = match query.total {
        Total::None => None,
        Total::Estimate => Some(searching.estimate(query).await?),
        Total::Accurate => Some(searching.count(query).await?),
    };
    let (found, next) = match (query.count, query.directions.is_empty()) {
        (0, _) => (Vec::new(), None),
        (_, true) => searching.unsorted(query).await?,
        (_, false) => searching.sorted(query).await?,
    };
    let found = found.into_iter().map(|candidate| candidate.key).collect();
    Ok(Page { found, next, total })
}

/// What resources are found by, in the order of `keys`.
pub(crate) async fn rows(shared: &Shared, tenant: u32, keys: &[Key]) -> Result<Vec<Option<Rows>>> {
    let left = AtomicU64::new(CANDIDATES_MAX);
    let searching = Searching { shared, tenant, left };
    let mut found = searching.named(keys).await?;
    Ok(keys.iter().map(|key| found.remove(key).map(|candidate| candidate.rows)).collect())
}

impl Searching<'_> {
    /// The page of an unsorted search: one branch after the other, each in the order of its way.
    async fn unsorted(&self, query: &Query) -> Result<(Vec<Candidate>, Option<Cursor>)> {
        let first = query.after.as_ref().map_or(0, |after| after.branch as usize);
        let mut found: Vec<Candidate> = Vec::new();
        // One more than asked for tells whether there are more.
        let wanted = query.count + 1;
        // What changed meanwhile may be met again further on.
        let mut met = HashSet::new();
        let mut last = None;
        for (number, branch) in query.branches.iter().enumerate().skip(first) {
            let after = query.after.as_ref().filter(|_| number == first);
            let way = match after {
                Some(after) => self.same_way(branch, after.way).await?,
                None => self.best_way(branch).await?,
            };
            let number = u32::try_from(number).map_err(|_| Error::Cursor)?;
            let mut stream = Stream::new(self, branch, &way, wanted - found.len(), after)?;
            while found.len() < wanted
                && let Some(candidate) = stream.next().await?
            {
                if !met.insert(candidate.resource) {
                    continue;
                }
                if found.len() + 1 < wanted {
                    last = Some(candidate.cursor(number, way.number));
                }
                found.push(candidate);
            }
            if found.len() == wanted {
                break;
            }
        }
        let more = found.len() > query.count;
        found.truncate(query.count);
        Ok((found, last.filter(|_| more)))
    }

    /// Counts candidates that were looked at.
    fn spend(&self, candidates: usize) -> Result<()> {
        let spent = candidates as u64;
        let left = self.left.fetch_sub(spent, Ordering::Relaxed);
        if left < spent || left > CANDIDATES_MAX {
            return Err(Error::Costly(
                "too many resources would have to be looked at; ask for fewer by more parameters",
            ));
        }
        Ok(())
    }

    /// Reads each line of an answer.
    async fn lines<T>(
        &self,
        statement: Statement,
        columns: &[Column],
        read: &mut (dyn FnMut(&Line<'_>) -> std::result::Result<T, Failure> + Send),
    ) -> Result<Vec<T>> {
        let rows = self.fetch(statement).await?;
        packed::read(&rows, columns, read).map_err(Failure::into_error)
    }

    async fn fetch(&self, statement: Statement) -> Result<Vec<Row>> {
        self.shared.database.fetch(statement).await.map_err(|error| Failure::from(error).into_error())
    }
}
