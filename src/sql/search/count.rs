//! How many resources does a query mean?

use search::{Branch, Query};
use store::{Error, Result};

use super::scan;
use super::stream::{ALL, Stream};
use super::way::{Scanned, Way};
use super::{CANDIDATES_MAX, Searching};
use crate::statement::{Statement, Value};

impl Searching<'_> {
    /// The number of all that are meant, whatever the page.
    pub(super) async fn count(&self, query: &Query) -> Result<u64> {
        let mut total = 0;
        for branch in &query.branches {
            total += self.count_of(branch).await?;
        }
        Ok(total)
    }

    async fn count_of(&self, branch: &Branch) -> Result<u64> {
        let way = self.best_way(branch).await?;
        if let Some(count) = self.counted_by_index(branch, &way).await? {
            if count >= CANDIDATES_MAX && !branch.condition.conjuncts().is_empty() {
                return Err(Error::Costly("there are too many to be counted; ask without `_total`"));
            }
            return Ok(count);
        }
        let mut stream = Stream::new(self, branch, &way, ALL, None)?;
        let mut count = 0;
        while stream.next().await?.is_some() {
            count += 1;
        }
        Ok(count)
    }

    /// Where the index alone tells: each entry is another resource, and all are meant.
    async fn counted_by_index(&self, branch: &Branch, way: &Way) -> Result<Option<u64>> {
        let parts = branch.condition.conjuncts().len();
        let count = match &way.scanned {
            Scanned::Everything if parts == 0 => {
                let Some(code) = self.shared.types.code(branch.resource_type) else { return Ok(None) };
                let rows = self.fetch(standing(self.tenant, code)).await?;
                rows.first().and_then(|row| row.int(0).ok()).and_then(|count| u64::try_from(count).ok())
            }
            Scanned::Ranges(ranges) if parts == 1 && way.exact => {
                let [range] = ranges.as_slice() else { return Ok(None) };
                if range.prefix.len() != scan::columns(range.index).len() {
                    return Ok(None);
                }
                let limit = usize::try_from(CANDIDATES_MAX).unwrap_or(usize::MAX);
                self.count_exactly(range, limit).await?.map(|count| count as u64)
            }
            _ => None,
        };
        Ok(count)
    }
}

/// How many resources of a type stand.
pub(crate) fn standing(tenant: u32, code: i64) -> Statement {
    Statement::new(
        "SELECT COUNT(*) FROM indexed WHERE tenant = $1 AND type = $2",
        [Value::from(tenant), Value::Int(code)],
    )
}
