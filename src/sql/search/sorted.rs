//! Which resources come next in the order that was asked for?
//!
//! Where few may be meant, all are read and put in order. Where many may be and one key orders them, the index of that
//! key is read from the place on where the last page ended; what has no value comes behind it. Where neither helps, all
//! are read and the next page of them is kept. Each gives the same.

use std::cmp::Ordering;
use std::collections::HashMap;

use model::Text;
use search::order::Rank;
use search::scan::Direction;
use search::{Branch, Cursor, Index, Indexed, Query, SortBy, hash};
use store::{Error, Result};

use super::Searching;
use super::candidate::Candidate;
use super::stream::{ALL, Stream};
use super::way::{COUNT_MAX, Scanned, Way};

/// Candidates that are looked at in the index of the sort key before all are read instead.
const DRIVEN_MAX: usize = 50_000;

/// Candidates that are ranked at once.
const RANKED: usize = 256;

type Ranked = (Rank, Candidate);

impl Searching<'_> {
    /// The page of a sorted search.
    pub(super) async fn sorted(&self, query: &Query) -> Result<(Vec<Candidate>, Option<Cursor>)> {
        let after = match &query.after {
            Some(cursor) if cursor.keys.len() != query.directions.len() => return Err(Error::Cursor),
            Some(cursor) => Some(Rank { keys: cursor.keys.clone(), resource: cursor.resource }),
            None => None,
        };
        let mut found: Vec<Ranked> = Vec::new();
        for branch in &query.branches {
            found.extend(self.next_of(query, branch, after.as_ref()).await?);
            keep_first(query, &mut found);
        }
        let more = found.len() > query.count;
        found.truncate(query.count);
        let next = found.last().filter(|_| more).map(|(rank, _)| Cursor {
            branch: 0,
            way: 0,
            range: 0,
            keys: rank.keys.clone(),
            resource: rank.resource,
        });
        Ok((found.into_iter().map(|(_, candidate)| candidate).collect(), next))
    }

    /// One more than a page of a branch.
    async fn next_of(&self, query: &Query, branch: &Branch, after: Option<&Rank>) -> Result<Vec<Ranked>> {
        let mut way = self.best_way(branch).await?;
        if way.length.is_none() && !matches!(way.scanned, Scanned::Everything) {
            way.length = Some(self.length(&way, COUNT_MAX).await?);
        }
        let is_long = way.length.is_none_or(|length| length >= COUNT_MAX);
        if let ([by], [direction], true) = (branch.sort.as_slice(), query.directions.as_slice(), is_long)
            && is_uniform(query)
            && let Some(found) = self.driven(query, branch, (by, *direction), (&way, after)).await?
        {
            return Ok(found);
        }
        // One more tells that there are no more.
        let all = way.length.map_or(ALL, |length| length + 1);
        let mut stream = Stream::towards(self, branch, &way, (Direction::Forwards, all));
        let mut found: Vec<Ranked> = Vec::new();
        loop {
            let mut some = Vec::with_capacity(RANKED);
            while some.len() < RANKED
                && let Some(candidate) = stream.next().await?
            {
                some.push(candidate);
            }
            let is_last = some.len() < RANKED;
            let ranked = self.ranked(query, branch, some).await?.into_iter();
            found.extend(ranked.filter(|(rank, _)| is_after(query, rank, after)));
            keep_first(query, &mut found);
            if is_last {
                return Ok(found);
            }
        }
    }

    /// The same by the index of the sort key; none when that takes too long.
    async fn driven(
        &self,
        query: &Query,
        branch: &Branch,
        (by, direction): (&SortBy, Direction),
        (best, after): (&Way, Option<&Rank>),
    ) -> Result<Option<Vec<Ranked>>> {
        let scanned = match by {
            // What refers to one resource stands together there, not what a parameter leads to.
            SortBy::Parameter(key) if key.index == Index::Links => return Ok(None),
            SortBy::Parameter(key) => Scanned::Ranges(vec![key.range()]),
            SortBy::Updated => Scanned::Updated(i64::MIN, i64::MAX),
            SortBy::Nothing => Scanned::Ranges(Vec::new()),
            SortBy::Id | SortBy::Chain(..) => return Ok(None),
        };
        let way = Way { number: 0, scanned, exact: false, length: None, within: None };
        let mut found: Vec<Ranked> = Vec::new();
        let behind = after.filter(|rank| rank.keys.first().is_some_and(Option::is_none));
        if behind.is_none() {
            let mut stream = Stream::towards(self, branch, &way, (direction, query.count + 1));
            if let Some(rank) = after {
                let parameter = if let SortBy::Parameter(key) = by { key.parameter.0 } else { 0 };
                stream.resume(rank.keys.first().cloned().flatten(), parameter, rank.resource)?;
            }
            while found.len() <= query.count
                && let Some(candidate) = stream.next().await?
            {
                let place = candidate.place.clone();
                let key = if let SortBy::Parameter(key) = by { place.map(|it| key.of(it)) } else { place };
                found.push((Rank { keys: vec![key], resource: candidate.resource }, candidate));
                if stream.looked_at() > DRIVEN_MAX && found.len() <= query.count {
                    return Ok(None);
                }
            }
            if stream.looked_at() > DRIVEN_MAX && found.len() <= query.count {
                return Ok(None);
            }
        }
        if found.len() <= query.count && !matches!(by, SortBy::Updated) {
            match best.scanned {
                Scanned::Everything => {
                    self.without_value(query, branch, (by, direction), (behind, &mut found)).await?;
                }
                // All that may be meant are fewer than all of the type.
                _ => found.extend(self.few_without_value(query, branch, best, behind).await?),
            }
            keep_first(query, &mut found);
        }
        Ok(Some(found))
    }

    /// Adds those that have no value, in the order of their creation.
    async fn without_value(
        &self,
        query: &Query,
        branch: &Branch,
        (by, direction): (&SortBy, Direction),
        (behind, found): (Option<&Rank>, &mut Vec<Ranked>),
    ) -> Result<()> {
        let way = Way::everything();
        let mut stream = Stream::towards(self, branch, &way, (direction, query.count + 1));
        if let Some(rank) = behind {
            stream.resume(None, 0, rank.resource)?;
        }
        while found.len() <= query.count
            && let Some(candidate) = stream.next().await?
        {
            if by.key(&candidate.subject(), direction, &|_, _| Vec::new()).is_none() {
                found.push((Rank { keys: vec![None], resource: candidate.resource }, candidate));
            }
        }
        Ok(())
    }

    /// The same among those that a way leads to, which come in another order.
    async fn few_without_value(
        &self,
        query: &Query,
        branch: &Branch,
        way: &Way,
        behind: Option<&Rank>,
    ) -> Result<Vec<Ranked>> {
        let mut stream = Stream::towards(self, branch, way, (Direction::Forwards, ALL));
        let mut found: Vec<Ranked> = Vec::new();
        while let Some(candidate) = stream.next().await? {
            let ranked = self.ranked(query, branch, vec![candidate]).await?.into_iter();
            found.extend(
                ranked.filter(|(rank, _)| {
                    rank.keys.iter().all(Option::is_none) && is_after(query, rank, behind)
                }),
            );
            if found.len() > RANKED + query.count {
                keep_first(query, &mut found);
            }
        }
        Ok(found)
    }

    async fn ranked(
        &self,
        query: &Query,
        branch: &Branch,
        candidates: Vec<Candidate>,
    ) -> Result<Vec<Ranked>> {
        let mut columns = Vec::with_capacity(branch.sort.len());
        for (by, direction) in branch.sort.iter().zip(&query.directions) {
            columns.push(self.sort_keys(by, *direction, &candidates).await?);
        }
        let rank = |(place, candidate): (usize, Candidate)| {
            let keys = columns.iter().map(|column| column[place].clone()).collect();
            (Rank { keys, resource: candidate.resource }, candidate)
        };
        Ok(candidates.into_iter().enumerate().map(rank).collect())
    }

    /// The sort key of each candidate.
    async fn sort_keys(
        &self,
        by: &SortBy,
        direction: Direction,
        candidates: &[Candidate],
    ) -> Result<Vec<Option<search::Key>>> {
        let SortBy::Chain(parameter, targets) = by else {
            let key = |it: &Candidate| by.key(&it.subject(), direction, &|_, _| Vec::new());
            return Ok(candidates.iter().map(key).collect());
        };
        let mut ends: HashMap<(u32, Text), search::Key> = HashMap::new();
        let all: Vec<&Candidate> = candidates.iter().collect();
        for (target_type, by) in targets {
            let number = hash::short(target_type.as_str());
            let found = self.ends(*parameter, *target_type, &all).await?;
            let keys = Box::pin(self.sort_keys(by, direction, &found)).await?;
            for (end, key) in found.into_iter().zip(keys) {
                ends.extend(key.map(|key| ((number, Text::from(end.key.id.as_str())), key)));
            }
        }
        let linked = |by: &SortBy, rows: &search::Rows| {
            let SortBy::Chain(parameter, _) = by else { return Vec::new() };
            let rows = rows.of(*parameter).iter();
            let keys = rows.filter_map(|row| match &row.value {
                Indexed::Reference { target_type, target } => ends.get(&(*target_type, target.clone())),
                _ => None,
            });
            keys.cloned().collect()
        };
        Ok(candidates.iter().map(|it| by.key(&it.subject(), direction, &linked)).collect())
    }
}

/// Whether the keys of all branches are of one form, so that a place of one is a place in the others.
fn is_uniform(query: &Query) -> bool {
    let index = |branch: &Branch| match branch.sort.first() {
        Some(SortBy::Parameter(key)) => Some(key.index),
        _ => None,
    };
    let mut indexes = query.branches.iter().filter_map(index);
    let first = indexes.next();
    indexes.all(|index| Some(index) == first)
}

fn is_after(query: &Query, rank: &Rank, after: Option<&Rank>) -> bool {
    after.is_none_or(|after| query.compare(rank, after) == Ordering::Greater)
}

/// Keeps one more than a page.
fn keep_first(query: &Query, found: &mut Vec<Ranked>) {
    found.sort_by(|left, right| query.compare(&left.0, &right.0));
    found.truncate(query.count + 1);
}
