//! How many resources does a query mean?

use search::limits::ESTIMATE_LOOKED_AT_MAX;
use search::{Branch, Query};
use store::{Error, Result};

use super::scan;
use super::stream::{ALL, Stream};
use super::way::{RANGES_COUNTED_MAX, Scanned, Way};
use super::{CANDIDATES_MAX, Searching};
use crate::statement::{Statement, Value};

/// Entries of a range beyond which an estimate takes them for so many.
const CANDIDATES_COUNTED_MAX: usize = 1 << 20;

impl Searching<'_> {
    /// The number of all that are meant, whatever the page.
    pub(super) async fn count(&self, query: &Query) -> Result<u64> {
        let mut total = 0;
        for branch in &query.branches {
            let way = self.best_way(branch).await?;
            total += self.count_of(branch, &way).await?;
        }
        Ok(total)
    }

    /// About that number. Where it would take long to know, those that are meant among the first of a way stand for
    /// those among all of it.
    pub(super) async fn estimate(&self, query: &Query) -> Result<u64> {
        let mut total = 0;
        for branch in &query.branches {
            let way = self.best_way(branch).await?;
            total += match self.counted_by_index(branch, &way).await? {
                Some(count) => count,
                None => self.estimate_of(branch, &way).await?,
            };
        }
        Ok(total)
    }

    async fn estimate_of(&self, branch: &Branch, way: &Way) -> Result<u64> {
        let most = usize::try_from(ESTIMATE_LOOKED_AT_MAX).unwrap_or(usize::MAX);
        let stream = Stream::new(self, branch, way, ALL, None)?;
        let mut stream = stream.looking_at_most(most).leaving_nothing_out();
        let mut meant: u64 = 0;
        while stream.next().await?.is_some() {
            meant += 1;
        }
        let looked_at = stream.looked_at();
        if looked_at <= most {
            return Ok(meant);
        }
        let all = match &way.scanned {
            Scanned::Ranges(ranges) => {
                let mut all = 0;
                for range in ranges.iter().take(RANGES_COUNTED_MAX) {
                    all += self.count_about(range, CANDIDATES_COUNTED_MAX).await?;
                }
                all
            }
            _ => self.standing(branch).await?,
        };
        let share = u128::from(meant) * (std::cmp::max(all, looked_at) as u128) / (looked_at as u128);
        Ok(u64::try_from(share).unwrap_or(u64::MAX))
    }

    /// How many resources of the branch's type stand.
    async fn standing(&self, branch: &Branch) -> Result<usize> {
        let Some(code) = self.shared.types.code(branch.resource_type) else { return Ok(0) };
        let rows = self.fetch(standing(self.tenant, code)).await?;
        let count = rows.first().and_then(|row| row.int(0).ok()).and_then(|it| usize::try_from(it).ok());
        Ok(count.unwrap_or_default())
    }

    async fn count_of(&self, branch: &Branch, way: &Way) -> Result<u64> {
        if let Some(count) = self.counted_by_index(branch, way).await? {
            if count >= CANDIDATES_MAX && !branch.condition.conjuncts().is_empty() {
                return Err(Error::Costly("there are too many to be counted; ask without `_total`"));
            }
            return Ok(count);
        }
        let mut stream = Stream::new(self, branch, way, ALL, None)?;
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
            Scanned::Everything if parts == 0 => Some(self.standing(branch).await? as u64),
            Scanned::Ranges(ranges) if parts == 1 && way.exact => {
                let [range] = ranges.as_slice() else { return Ok(None) };
                if range.prefix.len() != scan::width(range.index) {
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
