//! What stands in a part of an index, on disk or young?
//!
//! What is young is looked at first: an entry that comes to its table meanwhile is met twice, never missed. Whether the
//! resource of an entry stands in all probes is told by the table, and where entries of it are young or were on their
//! way, by its rows.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use model::Instant;
use search::scan::Direction;
use search::{Key, Range};
use store::Result;

use super::Searching;
use super::candidate::{COLUMNS, Candidate, Entry, numbered};
use super::scan::{self, Reading};
use crate::cache::Cache;
use crate::ordered::Place;
use crate::young::{Found, Mark, Young, entry_of};

/// Marked entries beyond which they are not weighed one by one.
const MARKED_MAX: usize = 16_384;

/// Tries to count while entries move from memory to disk.
const TRIES_MAX: usize = 3;

/// Readings of a part of an index while entries move: on a busy machine several in turn may be overtaken, and each that
/// is not read again may miss what moved.
const READINGS_MAX: usize = 64;

/// Entries of an index, in order, and where to read on; nowhere, when there are no more.
pub(super) struct Entries {
    pub found: Vec<Entry>,
    pub next: Option<(Key, i64)>,
}

/// Whether resources were met where they do not stand any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Astray {
    /// None was.
    None,
    /// Their entries wait to go. Where they stand now was found, unless that was on its way.
    Stale,
    /// One changed during the reading, and where it stands now may have come after that was read.
    Changed,
}

/// An entry that is not told yet, by its bytes.
type Unread = (crate::young::Bytes, Entry);

impl Searching<'_> {
    /// Reads a part of an index.
    pub(super) async fn entries(&self, reading: &Reading<'_>) -> Result<Entries> {
        for _ in 1..READINGS_MAX {
            let moves = self.moves();
            let (entries, astray) = self.entries_once(reading).await?;
            let is_whole = match astray {
                Astray::None => true,
                Astray::Stale => self.moves() == moves,
                Astray::Changed => false,
            };
            if is_whole {
                return Ok(entries);
            }
        }
        Ok(self.entries_once(reading).await?.0)
    }

    /// The same, and whether resources were met where they do not stand any more.
    async fn entries_once(&self, reading: &Reading<'_>) -> Result<(Entries, Astray)> {
        let range = reading.range;
        let Some(young) = &self.shared.young else {
            return Ok((self.in_order(reading, self.on_disk(reading).await?, Vec::new()), Astray::None));
        };
        let since = self.shared.cache.as_ref().map_or(Instant(i64::MIN), Cache::last);
        let (rest, moves, marks) = (young.rest(), young.moves(), young.marks());
        let part = (reading.direction, reading.after);
        let mut fresh = vec![young.of((self.tenant, range), part, reading.limit)];
        let read = self.on_disk(reading).await?;
        // A change between the two took a resource from where the one had it to where the other has it now.
        if young.marks() != marks {
            fresh.push(young.of((self.tenant, range), part, reading.limit));
        }
        self.spend(fresh.iter().map(Vec::len).sum())?;
        let mut entries = self.in_order(reading, read, fresh);
        // Where nothing was young, and nothing has become so, the tables tell all.
        if rest.is_some() && young.rest() == rest {
            return Ok((entries, Astray::None));
        }
        let astray = self.tell((young, moves, since), reading, &mut entries.found).await?;
        Ok((entries, astray))
    }

    async fn on_disk(&self, reading: &Reading<'_>) -> Result<Vec<Entry>> {
        let (range, own) = (reading.range, scan::columns(reading.range));
        let columns = [own.as_slice(), &COLUMNS].concat();
        let statement = scan::entries(self.shared.database.dialect(), reading);
        let mut found = self.lines(statement, &columns, &mut |line| self.entry(line, range, &own)).await?;
        self.spend(found.len())?;
        scan::put_in_order(reading, &mut found, |it| (it.place.as_ref(), it.resource));
        Ok(found)
    }

    /// Joins both kinds, up to where one of them is not read further.
    fn in_order(&self, reading: &Reading<'_>, read: Vec<Entry>, fresh: Vec<Vec<Found>>) -> Entries {
        let is_cut = |count| count == reading.limit;
        if fresh.iter().all(Vec::is_empty) {
            let next = read.last().filter(|_| is_cut(read.len())).and_then(behind);
            return Entries { found: read, next };
        }
        let bytes = |key: &Key, resource| {
            let (tenant, parameter) = (self.tenant, reading.range.parameter);
            entry_of(reading.range.index, &Place { tenant, parameter, key: key.clone(), resource })
        };
        let no_key = Key(Vec::new());
        let read = read.into_iter().map(|it| (bytes(it.place.as_ref().unwrap_or(&no_key), it.resource), it));
        let mut lists: Vec<Vec<Unread>> = vec![read.collect()];
        for found in fresh {
            let young = found.into_iter().map(|Found { key, resource }| {
                (bytes(&key, resource), Entry { place: Some(key), resource, candidate: None })
            });
            lists.push(young.collect());
        }
        let is_before = |left: &[u8], right: &[u8]| match reading.direction {
            Direction::Forwards => left.cmp(right),
            Direction::Backwards => right.cmp(left),
        };
        let ends = lists.iter().filter(|list| is_cut(list.len())).filter_map(|list| list.last());
        let end = ends.map(|(bytes, _)| bytes.clone()).min_by(|left, right| is_before(left, right));
        let mut found: Vec<Unread> = lists.into_iter().flatten().collect();
        // Of one entry the one from disk comes first: it tells more.
        found.sort_by(|left, right| is_before(&left.0, &right.0));
        found.dedup_by(|right, left| left.0 == right.0);
        if let Some(end) = &end {
            found.retain(|(bytes, _)| is_before(bytes, end) != Ordering::Greater);
        }
        let next = found.last().filter(|_| end.is_some()).and_then(|(_, last)| behind(last));
        Entries { found: found.into_iter().map(|(_, entry)| entry).collect(), next }
    }

    /// Finds the candidates of young entries, and tells of those that were found on disk whether they are as the tables
    /// say; returns whether one is not, and whether that came about `since`.
    async fn tell(
        &self,
        (young, moves, since): (&Young, u64, Instant),
        reading: &Reading<'_>,
        found: &mut [Entry],
    ) -> Result<Astray> {
        let untold = found.iter().filter(|it| it.candidate.is_none()).map(|it| it.resource);
        let untold: HashSet<i64> = untold.collect();
        let mut fresh: HashSet<i64> = young.among(untold.iter().copied()).into_iter().collect();
        // What has moved since the reading began was young to the tables, and is not any more.
        if young.moves() != moves {
            fresh = untold;
        }
        let mut candidates = self.numbered(&fresh).await?;
        let mut astray = Astray::None;
        for entry in found.iter_mut() {
            let is_young = entry.candidate.is_none();
            if is_young {
                let candidate = candidates.get_mut(&entry.resource).cloned();
                entry.candidate = candidate.map(|it| Candidate { place: entry.place.clone(), ..it });
                if let Some(candidate) = &mut entry.candidate {
                    candidate.range = reading.range.parameter.0;
                }
            }
            let stands = |it: &Candidate| stands(reading, entry.place.as_ref(), it);
            if let Some(candidate) = entry.candidate.take_if(|it| !stands(it))
                && !is_at(reading, entry.place.as_ref(), &candidate)
            {
                // A young entry that is not so yet is of a commit under way, and hides where the resource stands.
                let has_changed = is_young || candidate.updated > since;
                let how = if has_changed { Astray::Changed } else { Astray::Stale };
                astray = std::cmp::max(astray, how);
            }
        }
        newest_alone(found);
        Ok(astray)
    }

    async fn numbered(&self, resources: &HashSet<i64>) -> Result<HashMap<i64, Candidate>> {
        let mut found = HashMap::with_capacity(resources.len());
        for statement in numbered(self.shared.database.dialect(), resources) {
            let candidates = self.candidates(statement).await?;
            found.extend(candidates.into_iter().map(|candidate| (candidate.resource, candidate)));
        }
        Ok(found)
    }

    /// Whether tables alone tell of these ranges, as long as nothing moves: no entry of theirs is young, or waits to go.
    pub(super) fn is_settled<'r>(&self, mut ranges: impl Iterator<Item = &'r Range>) -> bool {
        let Some(young) = &self.shared.young else { return true };
        ranges.all(|range| young.marked(self.tenant, range, 1).is_empty())
    }

    /// How often entries have moved until now.
    pub(super) fn moves(&self) -> u64 {
        self.shared.young.as_ref().map_or(0, Young::moves)
    }

    /// How many entries a range has, about, up to a limit.
    pub(super) async fn count_about(&self, range: &Range, limit: usize) -> Result<usize> {
        let (lengths, now) = (&self.shared.lengths, (self.shared.clock)());
        if let Some(length) = lengths.about(self.tenant, range, limit, now) {
            return Ok(length);
        }
        let length = self.count_now(range, limit).await?;
        lengths.remember(self.tenant, range, (length, limit), (now, None));
        Ok(length)
    }

    /// Whether a range has entries at this moment, coming or there.
    pub(super) async fn has_entries(&self, range: &Range) -> Result<bool> {
        // An entry may be on its way from the one to the other: it is looked for where it goes last.
        let marks = self.marks();
        let known = marks.and_then(|marks| self.shared.lengths.exactly(self.tenant, range, 1, marks));
        if let Some(length) = known {
            return Ok(length > 0);
        }
        let length = self.count_now(range, 1).await?;
        self.shared.lengths.remember(self.tenant, range, (length, 1), ((self.shared.clock)(), marks));
        Ok(length > 0)
    }

    async fn count_now(&self, range: &Range, limit: usize) -> Result<usize> {
        let young = self.shared.young.as_ref();
        let part = (Direction::Forwards, None);
        let fresh = young.map_or(0, |it| it.of((self.tenant, range), part, limit).len());
        let left = limit.saturating_sub(fresh);
        Ok(if left == 0 { limit } else { fresh + self.count_on_disk(range, left).await? })
    }

    /// How many entries a range has, up to a limit; none when too many of them are on their way.
    pub(super) async fn count_exactly(&self, range: &Range, limit: usize) -> Result<Option<usize>> {
        let Some(young) = &self.shared.young else {
            return self.count_on_disk(range, limit).await.map(Some);
        };
        for _ in 0..TRIES_MAX {
            let (moves, marks) = (young.moves(), young.marks());
            if let Some(count) = self.shared.lengths.exactly(self.tenant, range, limit, marks) {
                return Ok(Some(count));
            }
            let marked = young.marked(self.tenant, range, MARKED_MAX);
            if marked.len() == MARKED_MAX {
                return Ok(None);
            }
            let on_disk = self.count_on_disk(range, limit).await?;
            let of = |mark| marked.iter().filter(move |it| it.1 == mark).map(|it| it.0.clone());
            let (coming, going): (Vec<_>, Vec<_>) = (of(Mark::Coming).collect(), of(Mark::Going).collect());
            let added = self.lacking(range, &coming).await?;
            let removed = going.len() - self.lacking(range, &going).await?;
            if young.moves() == moves && moves.is_multiple_of(2) {
                let count = std::cmp::min((on_disk + added).saturating_sub(removed), limit);
                let at = ((self.shared.clock)(), Some(marks));
                self.shared.lengths.remember(self.tenant, range, (count, limit), at);
                return Ok(Some(count));
            }
        }
        Ok(None)
    }

    /// Whether a range was found empty and nothing was marked since.
    pub(super) fn is_known_empty(&self, range: &Range) -> bool {
        let known = self.marks().and_then(|marks| self.shared.lengths.exactly(self.tenant, range, 1, marks));
        known == Some(0)
    }

    /// Remembers that a range was found empty when so much had been marked.
    pub(super) fn remember_empty(&self, range: &Range, marks: Option<u64>) {
        self.shared.lengths.remember(self.tenant, range, (0, 1), ((self.shared.clock)(), marks));
    }

    /// How often entries were marked until now; none where other processes write, too.
    pub(super) fn marks(&self) -> Option<u64> {
        self.shared.young.as_ref().map(Young::marks)
    }

    async fn count_on_disk(&self, range: &Range, limit: usize) -> Result<usize> {
        let (tenant, direction) = (self.tenant, Direction::Forwards);
        let limit = scan::whole(limit);
        let reading = Reading { tenant, range, probes: &[], direction, after: None, limit };
        let rows = self.fetch(scan::count(&reading)).await?;
        let count = rows.first().and_then(|row| row.int(0).ok()).and_then(|it| usize::try_from(it).ok());
        Ok(count.unwrap_or_default())
    }

    /// How many of these places are not in their table.
    async fn lacking(&self, range: &Range, places: &[Place]) -> Result<usize> {
        let table = crate::ordered::of(range.index);
        let places: Vec<Place> =
            places.iter().map(|it| crate::ordered::as_written(range.index, it)).collect();
        let mut count = 0;
        for statement in table.lacking(self.shared.database.dialect(), &places) {
            count += self.fetch(statement).await?.len();
        }
        Ok(count)
    }
}

fn behind(entry: &Entry) -> Option<(Key, i64)> {
    Some((entry.place.clone()?, entry.resource))
}

/// Of a resource that was met before and after a change, what came after it stays.
fn newest_alone(found: &mut [Entry]) {
    let mut newest: HashMap<i64, Instant> = HashMap::new();
    for candidate in found.iter().filter_map(|entry| entry.candidate.as_ref()) {
        let newest = newest.entry(candidate.resource).or_insert(candidate.updated);
        *newest = std::cmp::max(*newest, candidate.updated);
    }
    for entry in found {
        entry.candidate.take_if(|it| newest.get(&it.resource).is_some_and(|newest| it.updated < *newest));
    }
}

/// Whether a resource stands at this place still.
fn is_at(reading: &Reading<'_>, place: Option<&Key>, candidate: &Candidate) -> bool {
    let range = reading.range;
    let own = candidate.rows.of(range.parameter).iter().filter(|row| row.group == 0);
    let mut keys = own.filter_map(|row| row.value.key(range.index));
    place.is_some_and(|place| range.holds(place) && keys.any(|key| key == *place))
}

/// The same, and in all probes.
fn stands(reading: &Reading<'_>, place: Option<&Key>, candidate: &Candidate) -> bool {
    is_at(reading, place, candidate)
        && reading.probes.iter().all(|probe| probe.place_of(&candidate.rows, Direction::Forwards).is_some())
}
