//! Which resources does a query mean?
//!
//! Every current resource is looked at, in every step of a chain again.

use std::cmp::Ordering;

use model::{Instant, Key, ResourceType};
use search::condition::{Others, Subject};
use search::order::Rank;
use search::scan::Key as SortValue;
use search::{
    Branch, Chain, Condition, Cursor, Has, Indexed, Page, ParameterId, Query, Rows, SortBy, Total, Verdict,
    hash,
};

use super::log::Log;
use crate::error::{Error, Result};
use crate::transaction::Guard;

/// A resource that stands.
#[derive(Clone, Copy)]
pub(super) struct Standing<'l> {
    pub(super) key: &'l Key,
    /// When it was created, which is its place among all.
    pub(super) resource: i64,
    pub(super) updated: Instant,
    pub(super) rows: &'l Rows,
}

/// The resources of a tenant.
struct All<'l> {
    standing: Vec<Standing<'l>>,
}

pub(super) fn search(log: &Log, tenant: u32, query: &Query) -> Result<Page> {
    let all = All { standing: log.all(tenant) };
    let mut found = Vec::new();
    for (number, branch) in (0u32..).zip(&query.branches) {
        for standing in all.meant(branch) {
            found.push((number, all.rank(query, branch, &standing), standing.key));
        }
    }
    let total = (query.total != Total::None).then_some(found.len() as u64);
    let order = |left: &(u32, Rank, &Key), right: &(u32, Rank, &Key)| match query.directions.is_empty() {
        true => left.0.cmp(&right.0).then_with(|| query.compare(&left.1, &right.1)),
        false => query.compare(&left.1, &right.1),
    };
    found.sort_by(order);
    if let Some(after) = &query.after {
        if after.keys.len() != query.directions.len() {
            return Err(Error::Cursor);
        }
        let rank = Rank { keys: after.keys.clone(), resource: after.resource };
        let last = (after.branch, rank, &all.standing.first().ok_or(Error::Cursor)?.key.clone());
        found.retain(|it| order(it, &(last.0, last.1.clone(), last.2)) == Ordering::Greater);
    }
    let more = found.len() > query.count;
    found.truncate(query.count);
    let next = found.last().filter(|_| more).map(|(branch, rank, _)| Cursor {
        branch: *branch,
        way: 0,
        range: 0,
        keys: rank.keys.clone(),
        resource: rank.resource,
    });
    Ok(Page { found: found.into_iter().map(|(_, _, key)| key.clone()).collect(), next, total })
}

/// Whether something was written since that a guard watches for.
pub(super) fn is_broken(log: &Log, tenant: u32, guard: &Guard) -> bool {
    let all = All { standing: log.all(tenant) };
    let mut fresh = all.of_type(guard.branch.resource_type).filter(|standing| standing.updated > guard.since);
    // What rows do not tell counts as watched for.
    fresh.any(|standing| guard.branch.condition.holds(&standing.subject(), &all) != Verdict::No)
}

impl<'l> All<'l> {
    fn meant(&self, branch: &Branch) -> impl Iterator<Item = Standing<'l>> {
        // What contains something may be of any type.
        let is_open = matches!(branch.condition, Condition::Container(_));
        let mine = self.standing.iter().copied();
        let mine = mine.filter(move |it| is_open || it.key.resource_type == branch.resource_type);
        mine.filter(|standing| branch.condition.holds(&standing.subject(), self) == Verdict::Yes)
    }

    fn of_type(&self, resource_type: ResourceType) -> impl Iterator<Item = Standing<'l>> {
        self.standing.iter().copied().filter(move |standing| standing.key.resource_type == resource_type)
    }

    fn rank(&self, query: &Query, branch: &Branch, standing: &Standing<'_>) -> Rank {
        let subject = standing.subject();
        let keys = branch.sort.iter().zip(&query.directions).map(|(by, direction)| {
            by.key(&subject, *direction, &|by, rows| match by {
                SortBy::Chain(parameter, targets) => {
                    let keys = targets.iter().flat_map(|(target_type, by)| {
                        let linked = self.linked(rows, *parameter, *target_type);
                        linked.filter_map(move |it| {
                            // A chain of one step; longer ones go on from here.
                            by.key(&it.subject(), *direction, &|by, rows| self.further(by, rows, *direction))
                        })
                    });
                    keys.collect()
                }
                _ => Vec::new(),
            })
        });
        Rank { keys: keys.collect(), resource: standing.resource }
    }

    fn further(&self, by: &SortBy, rows: &Rows, direction: search::scan::Direction) -> Vec<SortValue> {
        let SortBy::Chain(parameter, targets) = by else { return Vec::new() };
        let keys = targets.iter().flat_map(|(target_type, by)| {
            let linked = self.linked(rows, *parameter, *target_type);
            linked.filter_map(move |it| {
                by.key(&it.subject(), direction, &|by, rows| self.further(by, rows, direction))
            })
        });
        keys.collect()
    }

    /// The resources of a type that one with these rows refers to.
    fn linked(
        &self,
        rows: &Rows,
        parameter: ParameterId,
        target_type: ResourceType,
    ) -> impl Iterator<Item = Standing<'l>> {
        self.of_type(target_type).filter(move |it| refers(rows, parameter, it.key))
    }
}

/// Whether rows refer to a resource.
fn refers(rows: &Rows, parameter: ParameterId, key: &Key) -> bool {
    let wanted = hash::short(key.resource_type.as_str());
    rows.of(parameter).iter().any(|row| match &row.value {
        Indexed::Reference { target_type, target } => *target_type == wanted && target == key.id.as_str(),
        _ => false,
    })
}

impl Others for All<'_> {
    fn chain(&self, chain: &Chain, subject: &Subject<'_>) -> Option<bool> {
        let meant = |(target_type, condition): &(ResourceType, Condition)| {
            self.linked(subject.rows, chain.parameter, *target_type)
                .any(|it| condition.holds(&it.subject(), self) == Verdict::Yes)
        };
        Some(chain.targets.iter().any(meant))
    }

    fn has(&self, has: &Has, subject: &Subject<'_>) -> Option<bool> {
        let own = model::Id::parse(subject.id).map(|id| Key::new(subject.resource_type, id))?;
        let meant = |it: Standing<'_>| {
            refers(it.rows, has.parameter, &own) && has.condition.holds(&it.subject(), self) == Verdict::Yes
        };
        Some(self.of_type(has.resource_type).any(meant))
    }
}

impl<'l> Standing<'l> {
    fn subject(&self) -> Subject<'l> {
        Subject {
            resource_type: self.key.resource_type,
            id: self.key.id.as_str(),
            updated: self.updated,
            rows: self.rows,
        }
    }
}
