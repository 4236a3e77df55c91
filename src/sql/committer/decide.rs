//! What becomes of each transaction of a batch?
//!
//! A pure function of what stands and what is wanted. Transactions see what those before them in the
//! batch have made; one whose expectations fail leaves no trace.

use std::collections::HashMap;

use model::{Instant, Key, VersionId};
use store::{BlobId, Effect, Error, Guard, Method, Result, Version, Written};

use super::found_by::{FoundBy, Refindings, Refound};
use super::guarded::{self, Freshly};
use super::{Made, Prepared, PreparedChange, PreparedWrite};
use crate::body::Digest;

/// A resource's place, as the database is asked for it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place<'a> {
    pub tenant: u32,
    pub code: i64,
    pub key: &'a Key,
}

/// Where a resource stands: its newest version.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    /// The integer that stands for the resource.
    pub resource: i64,
    pub version: VersionId,
    pub committed_at: Instant,
    pub method: Method,
    /// What tells whether a write changes anything; none for a deletion.
    pub content: Option<(Digest, Option<BlobId>)>,
}

/// What stands at each place that a batch concerns.
pub(super) type Standings<'a> = HashMap<Place<'a>, Option<Standing>>;

/// What is to be written, and answered once it is.
pub(super) struct Decision<'a> {
    /// The versions to append, in the order of the log.
    pub rows: Vec<NewVersion<'a>>,
    /// Where the resources that change stand afterwards.
    pub changed: HashMap<Place<'a>, Standing>,
    /// The same versions as readers see them.
    pub made: Vec<Made>,
    /// What resources are found by afterwards.
    pub refound: Refindings<'a>,
    /// When the last commit was, without these.
    pub before: Instant,
    /// When the last commit was, these included.
    pub last: Instant,
    /// One answer a transaction, in order.
    pub answers: Vec<Result<Vec<Written>>>,
}

/// A version to append.
pub(super) struct NewVersion<'a> {
    pub place: Place<'a>,
    pub resource: i64,
    pub version: VersionId,
    pub committed_at: Instant,
    pub write: &'a PreparedWrite,
}

/// Decides a batch over what `standing` tells, after the `last` commit, at `now`.
pub(super) fn decide<'a>(
    batch: &'a [Prepared],
    (standing, freshly): (Standings<'a>, &Freshly),
    (last, now): (Instant, Instant),
) -> Decision<'a> {
    let decision = Decision {
        rows: Vec::with_capacity(batch.len()),
        changed: HashMap::with_capacity(batch.len()),
        made: Vec::with_capacity(batch.len()),
        refound: Refindings::with_capacity(batch.len()),
        before: last,
        last,
        answers: Vec::with_capacity(batch.len()),
    };
    let mut deciding = Deciding { standing, freshly, decision, now };
    for prepared in batch {
        let answer = deciding.transaction(prepared);
        deciding.decision.answers.push(answer);
    }
    deciding.decision
}

struct Deciding<'a, 'f> {
    standing: Standings<'a>,
    freshly: &'f Freshly,
    decision: Decision<'a>,
    now: Instant,
}

impl<'a> Deciding<'a, '_> {
    fn transaction(&mut self, prepared: &'a Prepared) -> Result<Vec<Written>> {
        let tenant = prepared.tenant;
        for (write, wanted) in prepared.writes.iter().enumerate() {
            let standing = self.standing(&wanted.place(tenant));
            let current = standing.filter(|it| it.content.is_some()).map(|it| it.version);
            if !wanted.expect.holds(current) {
                return Err(Error::Expectation { write, current });
            }
        }
        if let Some(guard) = prepared.guards.iter().position(|guard| self.is_broken(tenant, guard)) {
            return Err(Error::Guard { guard });
        }
        Ok(prepared.writes.iter().map(|write| self.apply(tenant, write)).collect())
    }

    /// Whether something was written since, here or before, that a guard watches for.
    fn is_broken(&self, tenant: u32, guard: &Guard) -> bool {
        let mine = self.freshly.iter().filter(|((owner, _), _)| *owner == tenant);
        let made = self.decision.refound.values().filter(|it| it.tenant == tenant);
        mine.into_iter().any(|(_, fresh)| guarded::is_broken(guard, fresh))
            || made.filter_map(|it| Some((it, it.by?))).any(|(it, by)| {
                it.committed_at > guard.since && guarded::watches(guard, it.key, it.committed_at, &by.rows)
            })
    }

    /// Makes one write whose expectation holds.
    fn apply(&mut self, tenant: u32, write: &'a PreparedWrite) -> Written {
        let place = write.place(tenant);
        if let PreparedChange::Index(by) = &write.change {
            return self.index(&place, write, by);
        }
        let content = write.content().map(|content| (content.digest, content.blob));
        let standing = self.standing(&place);
        let effect = match (standing.and_then(|it| it.content.as_ref()), &content) {
            (None, None) => Effect::Unchanged,
            (None, Some(_)) => Effect::Created,
            (Some(current), Some(wanted)) if current == wanted => Effect::Unchanged,
            (Some(_), Some(_)) => Effect::Updated,
            (Some(_), None) => Effect::Deleted,
        };
        if effect == Effect::Unchanged {
            return Written { effect, version: standing.map(|it| it.render(write)) };
        }
        let version = VersionId(standing.map_or(1, |it| it.version.0 + 1));
        let resource = standing.map(|it| it.resource);
        let committed_at = self.next_place();
        let resource = resource.unwrap_or(committed_at.0);
        let by = match &write.change {
            PreparedChange::Put(_, by) => Some(by),
            PreparedChange::Index(_) | PreparedChange::Delete => None,
        };
        let stood = version.0 > 1;
        self.refind(resource, Refound { tenant, code: place.code, key: place.key, committed_at, by, stood });
        let method = write.method;
        let made = Standing { resource, version, committed_at, method, content };
        let rendered = made.render(write);
        self.decision.rows.push(NewVersion { place, resource, version, committed_at, write });
        self.decision.changed.insert(place, made.clone());
        self.decision.made.push((tenant, rendered.clone()));
        self.standing.insert(place, Some(made));
        Written { effect, version: Some(rendered) }
    }

    /// Gives a resource other rows; nothing else of it changes.
    fn index(&mut self, place: &Place<'a>, write: &'a PreparedWrite, by: &'a FoundBy) -> Written {
        let standing = self.standing(place).filter(|it| it.content.is_some()).cloned();
        if let Some(it) = &standing {
            let Place { tenant, code, key } = *place;
            let committed_at = it.committed_at;
            self.refind(it.resource, Refound { tenant, code, key, committed_at, by: Some(by), stood: true });
        }
        let version = standing.map(|it| Version { json: None, ..it.render(write) });
        Written { effect: Effect::Unchanged, version }
    }

    /// A resource that a batch makes and changes was not found before the batch.
    fn refind(&mut self, resource: i64, mut refound: Refound<'a>) {
        if let Some(earlier) = self.decision.refound.get(&resource) {
            refound.stood = earlier.stood;
        }
        self.decision.refound.insert(resource, refound);
    }

    fn standing(&self, place: &Place<'a>) -> Option<&Standing> {
        self.standing.get(place).expect("every place of the batch was looked up").as_ref()
    }

    /// Now, or where the clock stands still or goes back, the first moment after the last commit.
    fn next_place(&mut self) -> Instant {
        self.decision.last = std::cmp::max(Instant(self.decision.last.0 + 1), self.now);
        self.decision.last
    }
}

impl Standing {
    /// The version as readers see it, whose content is that of `write`.
    fn render(&self, write: &PreparedWrite) -> Version {
        let content = write.content();
        Version {
            key: write.key.clone(),
            version: self.version,
            committed_at: self.committed_at,
            method: self.method,
            json: content.map(|content| content.draft.render(self.version, self.committed_at)),
            blob: content.and_then(|content| content.blob),
        }
    }
}

impl PreparedWrite {
    pub(super) fn place(&self, tenant: u32) -> Place<'_> {
        Place { tenant, code: self.code, key: &self.key }
    }
}
