//! What may be written within reach?
//!
//! What stands must be within reach before, and what is made of it afterwards, so that nothing is moved into reach or
//! out of it. The version that was looked at is the one that must stand at the commit; where somebody was faster, all is
//! looked at again.

use access::{Letter, Limit, Permit, Use};
use model::limits::CONFLICT_RETRIES_MAX;
use model::{Instant, Key};
use search::Rows;

use super::{Keeper, holds, narrow};
use crate::error::{Error, Result};
use crate::resources::Version;
use crate::transaction::{Change, Effect, Expectation, Method, Transaction, Write, Written};

impl Keeper {
    pub(super) async fn commit_within(
        &self,
        permit: &Permit,
        transaction: Transaction,
    ) -> Result<Vec<Written>> {
        for _ in 0..CONFLICT_RETRIES_MAX {
            let asked: Vec<Expectation> = transaction.writes.iter().map(|it| it.expect.clone()).collect();
            let Weighed { transaction, passed_over } = self.weigh(permit, transaction.clone()).await?;
            let sent: Vec<usize> = (0..asked.len()).filter(|place| !passed_over.contains(place)).collect();
            match self.inner.commit(permit, transaction).await {
                Ok(written) => return Ok(joined(written, &passed_over, asked.len())),
                Err(Error::Expectation { write, current }) => {
                    let place = sent.get(write).copied().unwrap_or(write);
                    // Somebody was faster, and what the client itself asked for may still hold.
                    if !asked.get(place).is_some_and(|asked| asked.holds(current)) {
                        return Err(Error::Expectation { write: place, current });
                    }
                }
                Err(other) => return Err(other),
            }
        }
        Err(Error::Overloaded)
    }

    /// The transaction as far as it is within reach.
    async fn weigh(&self, permit: &Permit, transaction: Transaction) -> Result<Weighed> {
        let guards = transaction.guards.into_iter();
        let guards = guards.map(|mut guard| {
            guard.branch = narrow::branch(permit, &guard.branch);
            guard
        });
        let mut weighed = Weighed {
            transaction: Transaction { writes: Vec::new(), guards: guards.collect() },
            passed_over: Vec::new(),
        };
        for (place, write) in transaction.writes.into_iter().enumerate() {
            match self.weigh_write(permit, (place, write)).await? {
                Some(write) => weighed.transaction.writes.push(write),
                None => weighed.passed_over.push(place),
            }
        }
        Ok(weighed)
    }

    /// A write that is within reach, held to what was looked at; none where nothing stands to be deleted.
    async fn weigh_write(
        &self,
        permit: &Permit,
        (place, mut write): (usize, Write),
    ) -> Result<Option<Write>> {
        let resource_type = write.key.resource_type;
        let limit = |letter| permit.limit(resource_type, Use::Asked(letter));
        match &write.change {
            Change::Put { rows, .. } if write.method == Method::Post => {
                reaches(limit(Letter::Create), &write.key, rows)?;
                Ok(Some(write))
            }
            Change::Put { rows, .. } => {
                let update = limit(Letter::Update);
                reaches(update, &write.key, rows)?;
                if *update != Limit::Everything {
                    let stands = self.within((permit, Use::Asked(Letter::Update)), &write.key).await?;
                    let stands = stands.ok_or_else(|| Error::Absent(write.key.clone()))?;
                    hold(&mut write, place, Some(&stands))?;
                }
                Ok(Some(write))
            }
            Change::Index { .. } => Err(Error::BeyondReach(write.key)),
            Change::Delete => {
                if *limit(Letter::Delete) == Limit::Everything {
                    return Ok(Some(write));
                }
                let stands = self.within((permit, Use::Asked(Letter::Delete)), &write.key).await?;
                hold(&mut write, place, stands.as_ref())?;
                Ok(stands.map(|_| write))
            }
        }
    }
}

/// A transaction within reach.
struct Weighed {
    transaction: Transaction,
    /// Writes that change nothing, because what they are about does not stand within reach.
    passed_over: Vec<usize>,
}

/// Refuses what would not be within reach.
fn reaches(limit: &Limit, key: &Key, rows: &Rows) -> Result<()> {
    let is_within = match limit {
        Limit::Everything => true,
        Limit::Nothing => false,
        Limit::Only(condition) => holds(condition, (key, Instant(0)), rows),
    };
    if is_within { Ok(()) } else { Err(Error::BeyondReach(key.clone())) }
}

/// Holds a write to the version that was looked at, if it is as expected.
fn hold(write: &mut Write, place: usize, stands: Option<&Version>) -> Result<()> {
    let current = stands.map(|version| version.version);
    if !write.expect.holds(current) {
        return Err(Error::Expectation { write: place, current });
    }
    if let Some(current) = current {
        write.expect = Expectation::OneOf(vec![current]);
    }
    Ok(())
}

/// What came of all writes, in their order.
fn joined(written: Vec<Written>, passed_over: &[usize], count: usize) -> Vec<Written> {
    let mut written = written.into_iter();
    let one = |place| match passed_over.contains(&place) {
        true => Some(Written { effect: Effect::Unchanged, version: None }),
        false => written.next(),
    };
    (0..count).filter_map(one).collect()
}
