//! What becomes of each transaction of a batch?
//!
//! A pure function of what stands and what is wanted. Transactions see what those before them in the
//! batch have made; one whose expectations fail leaves no trace.

use std::collections::HashMap;

use model::{Instant, Key, VersionId};
use store::{BlobId, Effect, Error, Method, Result, Version, Written};

use super::{Made, Prepared, PreparedWrite};
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
    standing: Standings<'a>,
    (last, now): (Instant, Instant),
) -> Decision<'a> {
    let decision = Decision {
        rows: Vec::with_capacity(batch.len()),
        changed: HashMap::with_capacity(batch.len()),
        made: Vec::with_capacity(batch.len()),
        answers: Vec::with_capacity(batch.len()),
    };
    let mut deciding = Deciding { standing, decision, last, now };
    for prepared in batch {
        let answer = deciding.transaction(prepared);
        deciding.decision.answers.push(answer);
    }
    deciding.decision
}

struct Deciding<'a> {
    standing: Standings<'a>,
    decision: Decision<'a>,
    last: Instant,
    now: Instant,
}

impl<'a> Deciding<'a> {
    fn transaction(&mut self, prepared: &'a Prepared) -> Result<Vec<Written>> {
        let tenant = prepared.tenant;
        for (write, wanted) in prepared.writes.iter().enumerate() {
            let standing = self.standing(&wanted.place(tenant));
            let current = standing.filter(|it| it.content.is_some()).map(|it| it.version);
            if !wanted.expect.holds(current) {
                return Err(Error::Expectation { write, current });
            }
        }
        Ok(prepared.writes.iter().map(|write| self.apply(tenant, write)).collect())
    }

    /// Makes one write whose expectation holds.
    fn apply(&mut self, tenant: u32, write: &'a PreparedWrite) -> Written {
        let place = write.place(tenant);
        let content = write.content.as_ref().map(|content| (content.digest, content.blob));
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
        let method = write.method;
        let made = Standing { resource, version, committed_at, method, content };
        let rendered = made.render(write);
        self.decision.rows.push(NewVersion { place, resource, version, committed_at, write });
        self.decision.changed.insert(place, made.clone());
        self.decision.made.push((tenant, rendered.clone()));
        self.standing.insert(place, Some(made));
        Written { effect, version: Some(rendered) }
    }

    fn standing(&self, place: &Place<'a>) -> Option<&Standing> {
        self.standing.get(place).expect("every place of the batch was looked up").as_ref()
    }

    /// Now, or where the clock stands still or goes back, the first moment after the last commit.
    fn next_place(&mut self) -> Instant {
        self.last = std::cmp::max(Instant(self.last.0 + 1), self.now);
        self.last
    }
}

impl Standing {
    /// The version as readers see it, whose content is that of `write`.
    fn render(&self, write: &PreparedWrite) -> Version {
        let content = write.content.as_ref();
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
