//! How many resources does a query mean?

use search::scan::Direction;
use search::{Branch, Query};
use store::{Error, Result};

use super::scan::{self, Reading};
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
        if let Some(statement) = self.counted_by_index(branch, &way) {
            let rows = self.fetch(statement).await?;
            let count = rows.first().and_then(|row| row.int(0).ok());
            let count = count.and_then(|count| u64::try_from(count).ok()).unwrap_or_default();
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
    fn counted_by_index(&self, branch: &Branch, way: &Way) -> Option<Statement> {
        let parts = branch.condition.conjuncts().len();
        match &way.scanned {
            Scanned::Everything if parts == 0 => {
                let code = self.shared.types.code(branch.resource_type)?;
                Some(standing(self.tenant, code))
            }
            Scanned::Ranges(ranges) if parts == 1 && way.exact => {
                let [range] = ranges.as_slice() else { return None };
                let is_whole_key = range.prefix.len() == scan::columns(range.index).len();
                let limit = usize::try_from(CANDIDATES_MAX).unwrap_or(usize::MAX);
                let direction = Direction::Forwards;
                let reading =
                    Reading { tenant: self.tenant, range, probes: &[], direction, after: None, limit };
                is_whole_key.then(|| scan::count(&reading))
            }
            _ => None,
        }
    }
}

/// How many resources of a type stand.
pub(crate) fn standing(tenant: u32, code: i64) -> Statement {
    Statement::new(
        "SELECT COUNT(*) FROM indexed WHERE tenant = $1 AND type = $2",
        [Value::from(tenant), Value::Int(code)],
    )
}
