//! How do the versions follow each other?

use std::collections::{BTreeMap, BTreeSet};

use model::{Draft, Instant, Key, VersionId};
use search::Rows;

use super::found::{self, Standing};
use crate::blobs::BlobId;
use crate::error::{Error, Result};
use crate::resources::{HistoryPage, HistoryQuery, Scope, Version};
use crate::transaction::{Change, Effect, Transaction, Write, Written};

/// Every version by its place in time, and by its resource.
#[derive(Default)]
pub(super) struct Log {
    entries: BTreeMap<Instant, Entry>,
    /// Where the versions of a resource stand in `entries`: version 1 first.
    resources: BTreeMap<(u32, Key), Vec<Instant>>,
}

/// A version and what is needed to tell whether the next write changes anything.
struct Entry {
    tenant: u32,
    draft: Option<Draft>,
    version: Version,
    /// What it is found by, when it stands.
    rows: Rows,
}

impl Log {
    /// Makes all writes or none.
    pub(super) fn commit(
        &mut self,
        tenant: u32,
        Transaction { writes, guards }: Transaction,
        now: Instant,
    ) -> Result<Vec<Written>> {
        let mut keys = BTreeSet::new();
        for (place, write) in writes.iter().enumerate() {
            if !keys.insert(&write.key) {
                return Err(Error::DuplicateKey { write: place });
            }
        }
        for (place, write) in writes.iter().enumerate() {
            let current = self.standing(tenant, &write.key);
            if !write.expect.holds(current) {
                return Err(Error::Expectation { write: place, current });
            }
        }
        if let Some(guard) = guards.iter().position(|guard| found::is_broken(self, tenant, guard)) {
            return Err(Error::Guard { guard });
        }
        Ok(writes.into_iter().map(|write| self.apply(tenant, write, now)).collect())
    }

    pub(super) fn current(&self, tenant: u32, key: &Key) -> Option<Version> {
        self.newest(tenant, key).map(|entry| entry.version.clone())
    }

    pub(super) fn version(&self, tenant: u32, key: &Key, version: VersionId) -> Option<Version> {
        let place = usize::try_from(version.0.checked_sub(1)?).ok()?;
        let at = self.places(tenant, key).get(place)?;
        Some(self.entries[at].version.clone())
    }

    pub(super) fn history(&self, tenant: u32, query: &HistoryQuery) -> HistoryPage {
        let mut matching = self
            .entries
            .values()
            .rev()
            .filter(|entry| entry.tenant == tenant && self.matches(entry, query))
            .map(|entry| &entry.version);
        let versions = matching.by_ref().take(query.count).cloned().collect();
        HistoryPage { versions, more: matching.next().is_some() }
    }

    pub(super) fn changes(&self, tenant: u32, after: Instant, count: usize) -> Vec<Version> {
        let mine = self.entries.values().filter(|entry| entry.tenant == tenant);
        let later = mine.map(|entry| &entry.version).filter(|version| version.committed_at > after);
        later.take(count).cloned().collect()
    }

    /// Whether some version of some tenant names this blob.
    pub(super) fn names(&self, blob: BlobId) -> bool {
        self.entries.values().any(|entry| entry.version.blob == Some(blob))
    }

    /// When the last commit was.
    pub(super) fn latest(&self) -> Instant {
        self.entries.last_key_value().map_or(Instant::default(), |(at, _)| *at)
    }

    /// What a resource is found by, when it stands.
    pub(super) fn rows(&self, tenant: u32, key: &Key) -> Option<&Rows> {
        let entry = self.newest(tenant, key)?;
        entry.draft.is_some().then_some(&entry.rows)
    }

    /// Every resource of a tenant that stands.
    pub(super) fn all(&self, tenant: u32) -> Vec<Standing<'_>> {
        let mine = self.resources.iter().filter(|((owner, _), _)| *owner == tenant);
        let standing = mine.filter_map(|((_, key), places)| {
            let (first, last) = (places.first()?, places.last()?);
            let entry = self.entries.get(last).filter(|entry| entry.draft.is_some())?;
            Some(Standing { key, resource: first.0, updated: *last, rows: &entry.rows })
        });
        standing.collect()
    }

    /// How many versions there are, and which of them do not stand where they belong.
    pub(super) fn check(&self) -> (u64, Vec<String>) {
        let mut versions = 0;
        let mut complaints = Vec::new();
        for ((_, key), places) in &self.resources {
            for (number, at) in (1..).map(VersionId).zip(places) {
                versions += 1;
                let version = self.entries.get(at).map(|entry| &entry.version);
                if version.is_none_or(|version| version.key != *key || version.version != number) {
                    complaints.push(format!("version {number} of {key} is not in the log at {at}"));
                }
            }
        }
        (versions, complaints)
    }

    /// Makes one write whose expectation holds.
    fn apply(&mut self, tenant: u32, write: Write, now: Instant) -> Written {
        let current = self.newest(tenant, &write.key);
        let stands = self.standing(tenant, &write.key).is_some();
        let (draft, blob, rows, effect) = match write.change {
            Change::Put { draft, blob, rows } => {
                let same = |entry: &Entry| entry.draft.as_ref() == Some(&draft) && entry.version.blob == blob;
                if let Some(entry) = current.filter(|entry| same(entry)) {
                    return unchanged(Some(entry));
                }
                (Some(draft), blob, rows, if stands { Effect::Updated } else { Effect::Created })
            }
            Change::Index { rows } => return self.index(tenant, &write.key, rows),
            Change::Delete if !stands => return unchanged(current),
            Change::Delete => (None, None, Rows::default(), Effect::Deleted),
        };
        let committed_at = self.next_place(now);
        let number = VersionId(current.map_or(1, |entry| entry.version.version.0 + 1));
        let version = Version {
            key: write.key.clone(),
            version: number,
            committed_at,
            method: write.method,
            json: draft.as_ref().map(|draft| draft.render(number, committed_at)),
            blob,
        };
        self.resources.entry((tenant, write.key)).or_default().push(committed_at);
        self.entries.insert(committed_at, Entry { tenant, draft, version: version.clone(), rows });
        Written { effect, version: Some(version) }
    }

    /// Gives a resource other rows; nothing else of it changes.
    fn index(&mut self, tenant: u32, key: &Key, rows: Rows) -> Written {
        let place = self.resources.get(&(tenant, key.clone())).and_then(|places| places.last());
        let entry = place.and_then(|at| self.entries.get_mut(at)).filter(|entry| entry.draft.is_some());
        let Some(entry) = entry else { return unchanged(self.newest(tenant, key)) };
        entry.rows = rows;
        unchanged(Some(entry))
    }

    fn newest(&self, tenant: u32, key: &Key) -> Option<&Entry> {
        self.places(tenant, key).last().map(|at| &self.entries[at])
    }

    /// The current version, unless it is a deletion.
    fn standing(&self, tenant: u32, key: &Key) -> Option<VersionId> {
        let version = &self.newest(tenant, key)?.version;
        version.json.is_some().then_some(version.version)
    }

    fn places(&self, tenant: u32, key: &Key) -> &[Instant] {
        self.resources.get(&(tenant, key.clone())).map_or(&[], Vec::as_slice)
    }

    /// Now, or where the clock stands still or goes back, the first moment after the last version.
    fn next_place(&self, now: Instant) -> Instant {
        let last = self.entries.last_key_value().map(|(at, _)| Instant(at.0 + 1));
        last.map_or(now, |next| std::cmp::max(next, now))
    }

    fn matches(&self, entry: &Entry, query: &HistoryQuery) -> bool {
        let version = &entry.version;
        let at = version.committed_at;
        let in_scope = match &query.scope {
            Scope::System => true,
            Scope::Type(resource_type) => version.key.resource_type == *resource_type,
            Scope::Instance(key) => version.key == *key,
        };
        let recent = query.since.is_none_or(|since| at >= since);
        let current = query.current_at.is_some_and(|moment| self.was_current(entry, moment));
        in_scope && query.before.is_none_or(|before| at < before) && (recent || current)
    }

    /// Whether this was its resource's last version at `moment`.
    fn was_current(&self, entry: &Entry, moment: Instant) -> bool {
        let places = self.places(entry.tenant, &entry.version.key);
        places.iter().rfind(|at| **at <= moment) == Some(&entry.version.committed_at)
    }
}

fn unchanged(current: Option<&Entry>) -> Written {
    Written { effect: Effect::Unchanged, version: current.map(|entry| entry.version.clone()) }
}
