//! Which entries of the indexes are too young to be on disk?
//!
//! On SQLite. A resource stands in some thirty places of the ordered indexes, each on a page of its own: to write them
//! with each commit would cost twenty times what the resource itself costs. So they stand here first, and come into
//! their tables thousands at a time, neighbours together ([`Young::next`]). What a commit acknowledges is in `indexed`,
//! whole; after a kill this is made again from there ([`recover()`]). PostgreSQL has other processes that must see them,
//! and gets them with the commit.
//!
//! Invariants: an entry is here before the commit that makes it is visible, and until one that brings it to its table
//! is; what a table holds that should not be there any more has a mark here, or is told by the rows of its resource.

mod bytes;
mod chunk;
mod entry;
mod recover;

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Bound;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use model::Instant;
use search::scan::Direction;
use search::{Index, Key, Range};

use crate::ordered::Place;
use crate::search::scan::After;
pub(crate) use bytes::Bytes;
pub(crate) use chunk::{Chunk, statements};
pub(crate) use entry::{encode as entry_of, of_rows, set_resource};
#[cfg(test)]
pub(crate) use recover::statements as recovering;
pub(crate) use recover::{all_merged, bring_home, depart, departure, recover};

/// Entries that come to their tables at once where nobody waits.
pub(crate) const AT_REST: usize = 8192;

/// Entries that come to their tables with one commit, or a multiple of them: as many as one statement writes, several
/// times over, so that few commits say more than one statement and none is filled up with nothing.
const AT_ONCE: usize = 2048;

/// Those that may wait until so many are together, as a share of those that stay anyway.
const WAITING_SHARE: usize = 64;

/// The tables, and `dates` in its other order.
const ORDERS: usize = Index::ALL.len();

/// What is to become of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// It comes.
    Coming,
    /// It goes.
    Going,
}

/// Entries that are not as their tables have them.
pub(crate) struct Young {
    entries: RwLock<Entries>,
    /// How many stay here while writing goes on: the more, the more neighbours come together.
    kept: usize,
    /// How often entries set out for their tables and arrived there; odd while some are on their way.
    moves: AtomicU64,
}

/// While it lives, entries are on their way: what was read here and what is read there may not agree.
pub(crate) struct Moving<'y>(&'y Young);

#[derive(Default)]
struct Entries {
    tables: [BTreeMap<Bytes, Mark>; ORDERS],
    /// How many entries of each resource are here.
    resources: HashMap<i64, u32, BuildHasherDefault<Spread>>,
    count: usize,
    /// How often some were marked.
    marks: u64,
}

/// A change of one entry.
pub(crate) type Change = (Index, Bytes, Mark);

/// What must be taken back when a commit fails.
pub(crate) struct Undo(Vec<(Index, Bytes, Option<Mark>)>);

/// How far entries have come to their tables, round after round.
pub(crate) struct Round {
    /// Where the next begin: in which table, and behind which entry.
    place: (usize, Option<Bytes>),
    /// All that was committed until then is in the tables when the round is over.
    began_at: Instant,
}

/// An entry of a range.
pub(crate) struct Found {
    pub key: Key,
    pub resource: i64,
}

impl Young {
    /// None yet, and not many more than so many later.
    pub(crate) fn new(kept: usize) -> Self {
        Self { entries: RwLock::default(), kept, moves: AtomicU64::new(0) }
    }

    /// Marks entries; of two marks the later counts.
    pub(crate) fn mark(&self, changes: Vec<Change>) -> Undo {
        let mut entries = self.write();
        entries.marks += 1;
        Undo(
            changes
                .into_iter()
                .map(|(index, entry, mark)| {
                    let before = entries.put(index, entry.clone(), mark);
                    (index, entry, before)
                })
                .collect(),
        )
    }

    /// Marks entries as they were marked before.
    pub(crate) fn unmark(&self, undo: Undo) {
        let mut entries = self.write();
        entries.marks += 1;
        for (index, entry, before) in undo.0.into_iter().rev() {
            match before {
                Some(mark) => drop(entries.put(index, entry, mark)),
                None => entries.take(index, &entry),
            }
        }
    }

    /// Forgets marks of entries that are in their tables as they should be.
    pub(crate) fn forget(&self, places: impl IntoIterator<Item = (Index, Bytes)>) {
        let mut entries = self.write();
        places.into_iter().for_each(|(index, entry)| entries.take(index, &entry));
    }

    /// The same of those that were changed in their tables without a mark: what was remembered of ranges is over.
    pub(crate) fn overtake(&self, places: impl IntoIterator<Item = (Index, Bytes)>) {
        self.write().marks += 1;
        self.forget(places);
    }

    /// The same of those that have come to their tables.
    pub(crate) fn settle(&self, chunk: Chunk, round: &mut Round, last: Instant) {
        let Chunk { entries, until } = chunk;
        if entries.is_empty() && until.is_none() {
            return;
        }
        round.place = match entries.last() {
            Some((index, entry, _)) if until.is_none() => (*index as usize, Some(entry.clone())),
            _ => (0, None),
        };
        if until.is_some() {
            round.began_at = last;
        }
        self.forget(entries.into_iter().map(|(index, entry, _)| (index, entry)));
    }

    /// How many entries should come to their tables with a commit.
    pub(crate) fn due(&self) -> usize {
        let at_once = (self.kept / WAITING_SHARE).clamp(1, AT_ONCE);
        let above = self.read().count.saturating_sub(self.kept);
        above - above % at_once
    }

    /// How many are here.
    pub(crate) fn count(&self) -> usize {
        self.read().count
    }

    /// The next so many of a round. What was committed until `last` is marked.
    pub(crate) fn next(&self, round: &Round, count: usize) -> Chunk {
        if count == 0 {
            return Chunk::default();
        }
        let entries = self.read();
        let mut chunk = Chunk::default();
        for index in Index::ALL.into_iter().filter(|it| *it != Index::Ends && *it as usize >= round.place.0) {
            let behind = round.place.1.as_ref().filter(|_| index as usize == round.place.0);
            let from = behind.map_or(Bound::Unbounded, Bound::Excluded);
            let table = entries.tables[index as usize].range::<Bytes, _>((from, Bound::Unbounded));
            let left = count - chunk.entries.len();
            chunk.entries.extend(table.take(left).map(|(entry, mark)| (index, entry.clone(), *mark)));
            if chunk.entries.len() == count {
                return chunk;
            }
        }
        chunk.until = Some(round.began_at);
        chunk
    }

    /// All of them; nothing was committed after `last`.
    pub(crate) fn all(&self, last: Instant) -> Chunk {
        let mut chunk = self.next(&Round::after(last), usize::MAX);
        chunk.until = Some(last);
        chunk
    }

    /// Entries of a range from a place on, in order, at most so many.
    pub(crate) fn of(
        &self,
        (tenant, range): (u32, &Range),
        (direction, after): (Direction, After<'_>),
        count: usize,
    ) -> Vec<Found> {
        let (first, end) = entry::bounds(tenant, range);
        let mut from = Bound::Included(Bytes::from(first.as_slice()));
        let mut to = end.map_or(Bound::Unbounded, |end| Bound::Excluded(Bytes::from(end.as_slice())));
        if let Some((key, resource)) = after {
            let (key, parameter) = (key.clone(), range.parameter);
            // Where a page ends that is sorted by a token, its system is not told: all entries of the resource are over.
            let last = entry::encode(range.index, &Place { tenant, parameter, key, resource });
            match direction {
                Direction::Forwards => {
                    from = entry::behind(&last).map_or(from, |it| Bound::Included(Bytes::from(it.as_slice())))
                }
                Direction::Backwards => to = Bound::Excluded(last),
            }
        }
        if is_empty((&from, &to)) {
            return Vec::new();
        }
        let entries = self.read();
        let coming = entries.tables[range.index as usize].range::<Bytes, _>((from, to));
        let coming = coming.filter(|(_, mark)| **mark == Mark::Coming).map(|(entry, _)| entry);
        let read = |entry: &Bytes| {
            let place = entry::decode(range.index, entry).expect("what stands here was encoded here");
            let holds = place.parameter == range.parameter && range.holds(&place.key);
            holds.then_some(Found { key: place.key, resource: place.resource })
        };
        match direction {
            Direction::Forwards => coming.filter_map(read).take(count).collect(),
            Direction::Backwards => coming.rev().filter_map(read).take(count).collect(),
        }
    }

    /// The marked entries of a range, at most so many.
    pub(crate) fn marked(&self, tenant: u32, range: &Range, count: usize) -> Vec<(Place, Mark)> {
        let (first, end) = entry::bounds(tenant, range);
        let from = Bound::Included(Bytes::from(first.as_slice()));
        let to = end.map_or(Bound::Unbounded, |end| Bound::Excluded(Bytes::from(end.as_slice())));
        if is_empty((&from, &to)) {
            return Vec::new();
        }
        let entries = self.read();
        let marked = entries.tables[range.index as usize].range::<Bytes, _>((from, to));
        let marked = marked.filter_map(|(entry, mark)| Some((entry::decode(range.index, entry)?, *mark)));
        let marked =
            marked.filter(|(place, _)| place.parameter == range.parameter && range.holds(&place.key));
        marked.take(count).collect()
    }

    /// Says that entries set out for their tables: before the commit that brings them, until they are forgotten here.
    pub(crate) fn moving(&self) -> Moving<'_> {
        self.moves.fetch_add(1, Ordering::SeqCst);
        Moving(self)
    }

    /// How often entries were marked until now.
    pub(crate) fn marks(&self) -> u64 {
        self.read().marks
    }

    /// How often entries have moved until now. Who reads here and there and finds it changed, or odd, has perhaps
    /// missed some on their way.
    pub(crate) fn moves(&self) -> u64 {
        self.moves.load(Ordering::SeqCst)
    }

    /// The same when none is here.
    pub(crate) fn rest(&self) -> Option<u64> {
        let entries = self.read();
        (entries.count == 0).then(|| self.moves())
    }

    /// Those of the resources of which entries are here.
    pub(crate) fn among(&self, resources: impl Iterator<Item = i64>) -> Vec<i64> {
        let entries = self.read();
        if entries.resources.is_empty() {
            return Vec::new();
        }
        resources.filter(|resource| entries.resources.contains_key(resource)).collect()
    }

    fn read(&self) -> RwLockReadGuard<'_, Entries> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Entries> {
        self.entries.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Moving<'_> {
    fn drop(&mut self) {
        self.0.moves.fetch_add(1, Ordering::SeqCst);
    }
}

impl Round {
    /// Whether the database is told that all that was committed until then came to its table.
    pub(crate) fn is_after(&self, moment: Instant) -> bool {
        self.began_at >= moment
    }

    /// The first, after all that was committed until then came to its table.
    pub(crate) fn after(until: Instant) -> Self {
        Self { place: (0, None), began_at: until }
    }
}

impl Entries {
    /// Returns what the mark was before.
    fn put(&mut self, index: Index, entry: Bytes, mark: Mark) -> Option<Mark> {
        if let Some(twin) = twin(index, &entry) {
            self.tables[Index::Ends as usize].insert(twin, mark);
        }
        let resource = entry::resource(index, &entry);
        let before = self.tables[index as usize].insert(entry, mark);
        if before.is_none() {
            self.count += 1;
            *self.resources.entry(resource).or_default() += 1;
        }
        before
    }

    fn take(&mut self, index: Index, entry: &Bytes) {
        if self.tables[index as usize].remove(entry).is_some() {
            self.forget(index, entry);
        }
    }

    /// Forgets what else is known of an entry that was taken away.
    fn forget(&mut self, index: Index, entry: &Bytes) {
        if let Some(twin) = twin(index, entry) {
            self.tables[Index::Ends as usize].remove(&twin);
        }
        self.count -= 1;
        let resource = entry::resource(index, entry);
        if let Some(count) = self.resources.get_mut(&resource) {
            *count -= 1;
            if *count == 0 {
                self.resources.remove(&resource);
            }
        }
    }
}

/// Spreads the integers that stand for resources, which nobody outside chooses: one multiplication will do.
#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("the keys are i64")
    }

    fn write_i64(&mut self, resource: i64) {
        // The golden ratio; the map looks at the highest bits and at the lowest.
        let spread = resource.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = spread ^ (spread >> 32);
    }
}

/// The same time in the order of ends.
fn twin(index: Index, entry: &Bytes) -> Option<Bytes> {
    (index == Index::Starts).then(|| entry::by_end(entry))
}

/// Whether nothing can lie between; a map refuses to be asked for that.
fn is_empty((from, to): (&Bound<Bytes>, &Bound<Bytes>)) -> bool {
    match (from, to) {
        (Bound::Included(from), Bound::Excluded(to)) => from >= to,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
