//! Which candidates of a way are meant, one after the other?
//!
//! A resource may stand in several places of a way; it counts where it stands first, which its rows tell. So nothing
//! needs to be remembered from page to page, and none is told twice.

use std::collections::{HashMap, VecDeque};

use model::{Id, Key};
use search::condition::Within;
use search::scan::Direction;
use search::{Branch, Condition, Cursor, Part, Range};
use store::Result;

use super::Searching;
use super::candidate::{Candidate, astray};
use super::packed::Line;
use super::scan::{self, Reading};
use super::sieve;
use super::way::{Scanned, Way, start};

/// Candidates that are read at once.
const CHUNK_MAX: usize = 512;

/// Candidates that are read first where all are wanted.
pub(super) const ALL: usize = 128;

/// Ranges from which on a table of them is made.
const MANY: usize = 8;

/// Looks into other indexes in one statement: what a few rule out, more need not.
const PROBES_MAX: usize = 4;

/// Ids that are looked up at once.
const IDS: usize = 64;

/// A way that is being gone.
pub(super) struct Stream<'a> {
    searching: &'a Searching<'a>,
    scanned: &'a Scanned,
    branch: &'a Branch,
    direction: Direction,
    /// What must still be told of a candidate.
    parts: Vec<&'a Condition>,
    /// Where it must stand besides, which the index tells.
    probes: Vec<Range>,
    /// Which range, or how many ids are behind.
    range: usize,
    after: Option<(search::Key, i64)>,
    ready: VecDeque<Candidate>,
    /// Which codes of the one range lead to candidates, where not all do; and the one from which it is read.
    within: Option<&'a Within>,
    from: Option<Part>,
    first_chunk: usize,
    chunk: usize,
    looked_at: usize,
    look_at_most: usize,
    /// Which range begins so, where all are of one length.
    numbers: HashMap<(u32, Vec<Part>), usize>,
    is_over: bool,
}

impl<'a> Stream<'a> {
    /// Begins a way, or goes on behind a cursor. The first so many are read at once.
    pub(super) fn new(
        searching: &'a Searching<'a>,
        branch: &'a Branch,
        way: &'a Way,
        wanted: usize,
        after: Option<&Cursor>,
    ) -> Result<Self> {
        let mut stream = Self::towards(searching, branch, way, (Direction::Forwards, wanted));
        if let Some(cursor) = after {
            let [key] = cursor.keys.as_slice() else { return Err(astray()) };
            stream.resume(key.clone(), cursor.range, cursor.resource)?;
        }
        Ok(stream)
    }

    /// Begins a way in a direction.
    pub(super) fn towards(
        searching: &'a Searching<'a>,
        branch: &'a Branch,
        way: &'a Way,
        (direction, wanted): (Direction, usize),
    ) -> Self {
        let covered = way.number.checked_sub(1).filter(|_| way.exact).map(|place| place as usize);
        let parts = branch.condition.conjuncts().iter().enumerate();
        let parts = parts.filter(|(place, _)| Some(*place) != covered).map(|(_, part)| part).collect();
        let (parts, probes) = match &way.scanned {
            Scanned::Ranges(_) => probes(parts),
            _ => (parts, Vec::new()),
        };
        let first_chunk = scan::whole(wanted.clamp(1, CHUNK_MAX));
        Self {
            searching,
            scanned: &way.scanned,
            branch,
            direction,
            parts,
            probes,
            range: 0,
            after: None,
            ready: VecDeque::new(),
            within: way.within.as_deref(),
            from: None,
            first_chunk,
            chunk: first_chunk,
            looked_at: 0,
            look_at_most: usize::MAX,
            numbers: numbers(&way.scanned),
            is_over: false,
        }
    }

    /// The same, ending early when so many were looked at.
    pub(super) fn looking_at_most(self, look_at_most: usize) -> Self {
        Self { look_at_most, ..self }
    }

    /// The same, looking at all on the way, so that what was looked at stands for the rest.
    pub(super) fn leaving_nothing_out(self) -> Self {
        Self { within: None, ..self }
    }

    /// How many candidates were looked at.
    pub(super) fn looked_at(&self) -> usize {
        self.looked_at
    }

    /// Goes on behind a place.
    pub(super) fn resume(&mut self, key: Option<search::Key>, parameter: u32, resource: i64) -> Result<()> {
        match (self.scanned, key) {
            (Scanned::Ranges(ranges), Some(key)) => {
                let inside = |range: &Range| range.parameter.0 == parameter && range.holds(&key);
                if let Some(place) = ranges.iter().position(inside) {
                    (self.range, self.after) = (place, Some((key, resource)));
                    return Ok(());
                }
                // The range is no more: what comes behind it is next.
                let here = (parameter, key.0.iter().collect::<Vec<_>>());
                self.range = ranges.partition_point(|range| start(range) <= here);
            }
            (Scanned::Ids(ids), Some(key)) => {
                let Some(Part::Text(last)) = key.0.first() else { return Err(astray()) };
                self.range = ids.partition_point(|id| id <= last);
            }
            (Scanned::Updated(..), Some(key)) => self.after = Some((key, resource)),
            (Scanned::Everything, _) => self.after = Some((search::Key(Vec::new()), resource)),
            _ => return Err(astray()),
        }
        Ok(())
    }

    /// The next that is meant.
    pub(super) async fn next(&mut self) -> Result<Option<Candidate>> {
        while self.ready.is_empty() && !self.is_over {
            if self.looked_at > self.look_at_most {
                return Ok(None);
            }
            let chunk = self.read().await?;
            self.chunk = std::cmp::min(self.chunk * 2, CHUNK_MAX);
            let first = chunk.into_iter().filter(|(range, candidate)| self.is_first(*range, candidate));
            let first = first.map(|(_, candidate)| candidate).collect();
            self.ready = Box::pin(self.searching.meant(&self.parts, first)).await?.into();
        }
        Ok(self.ready.pop_front())
    }

    /// Whether a resource stands nowhere before on this way.
    fn is_first(&self, place: usize, candidate: &Candidate) -> bool {
        let Scanned::Ranges(ranges) = self.scanned else { return true };
        if !self.numbers.is_empty() {
            return self.first_of_many(ranges, candidate) == Some((place, candidate.place.clone()));
        }
        if let Some(within) = self.within {
            return first_within(&ranges[place], within, candidate) == candidate.place;
        }
        let earlier = &ranges[..place];
        ranges[place].place_of(&candidate.rows, self.direction) == candidate.place
            && !earlier.iter().any(|range| range.place_of(&candidate.rows, self.direction).is_some())
    }

    /// Where a resource stands first in many ranges, and in which.
    fn first_of_many(&self, ranges: &[Range], candidate: &Candidate) -> Option<(usize, Option<search::Key>)> {
        let mut first: Option<(usize, search::Key)> = None;
        let mut known = None;
        for range in ranges {
            // Ranges of one parameter stand together.
            if known.replace(range.parameter) == Some(range.parameter) {
                continue;
            }
            for row in candidate.rows.of(range.parameter).iter().filter(|row| row.group == 0) {
                let Some(key) = row.value.key(range.index) else { continue };
                let prefix = key.0[..std::cmp::min(range.prefix.len(), key.0.len())].to_vec();
                let Some(number) = self.numbers.get(&(range.parameter.0, prefix)) else { continue };
                let place = (*number, key);
                if first.as_ref().is_none_or(|first| place < *first) {
                    first = Some(place);
                }
            }
        }
        first.map(|(number, key)| (number, Some(key)))
    }

    /// Reads on; each candidate with the number of its range.
    async fn read(&mut self) -> Result<Vec<(usize, Candidate)>> {
        match self.scanned {
            Scanned::Ranges(ranges) => self.read_range(ranges).await,
            Scanned::Ids(ids) => self.read_ids(ids).await,
            Scanned::Updated(from, below) => self.read_times(*from, *below).await,
            Scanned::Everything => self.read_all().await,
        }
    }

    async fn read_range(&mut self, ranges: &[Range]) -> Result<Vec<(usize, Candidate)>> {
        // Of many codes most may be those of nothing.
        while self.after.is_none()
            && self.within.is_none()
            && ranges.get(self.range).is_some_and(|range| self.searching.is_known_empty(range))
        {
            self.range += 1;
        }
        let Some(range) = ranges.get(self.range) else { return Ok(self.end()) };
        if let Some(within) = self.within
            && !self.leap(range, within).await?
        {
            return Ok(self.end());
        }
        let range = &Range { from: self.from.clone().or_else(|| range.from.clone()), ..range.clone() };
        let marks = self.searching.marks();
        let after = self.after.as_ref().map(|(key, resource)| (key, *resource));
        let (tenant, limit) = (self.searching.tenant, self.chunk);
        let (probes, direction) = (self.probes.as_slice(), self.direction);
        let reading = Reading { tenant, range, probes, direction, after, limit };
        let entries = Box::pin(self.searching.entries(&reading)).await?;
        self.looked_at += entries.found.len();
        let is_whole = self.after.is_none() && self.within.is_none();
        if is_whole && entries.found.is_empty() && entries.next.is_none() {
            self.searching.remember_empty(range, marks);
        }
        let number = self.range;
        match entries.next {
            Some(last) => self.after = Some(last),
            None => (self.range, self.after) = (self.range + 1, None),
        }
        let found = entries.found.into_iter().filter_map(|entry| entry.candidate);
        Ok(found.map(|candidate| (number, candidate)).collect())
    }

    /// Goes on to the next code that may lead to candidates, unless the last one may; says whether there is one.
    async fn leap(&mut self, range: &Range, within: &Within) -> Result<bool> {
        let from = match self.after.as_ref().map(|(key, _)| key.0.first()) {
            Some(Some(Part::Text(code))) if within.may_hold(code) => return Ok(true),
            Some(Some(Part::Text(code))) => sieve::behind(code),
            _ => String::new(),
        };
        let next = self.searching.next_code(range, within, &from).await?;
        (self.after, self.chunk) = (None, self.first_chunk);
        self.from = next.map(|code| Part::Text(code.into()));
        Ok(self.from.is_some())
    }

    async fn read_ids(&mut self, ids: &[model::Text]) -> Result<Vec<(usize, Candidate)>> {
        let wanted = &ids[self.range..std::cmp::min(self.range + IDS, ids.len())];
        self.range += wanted.len();
        self.is_over = self.range >= ids.len();
        let keys = wanted.iter().filter_map(|id| Id::parse(id));
        let keys: Vec<Key> = keys.map(|id| Key::new(self.branch.resource_type, id)).collect();
        let mut found: Vec<_> = self.searching.named(&keys).await?.into_values().collect();
        for candidate in &mut found {
            candidate.place = Some(scan::place(Part::Text(candidate.key.id.as_str().into())));
        }
        self.looked_at += wanted.len();
        found.sort_by(|left, right| left.place.cmp(&right.place));
        Ok(found.into_iter().map(|candidate| (0, candidate)).collect())
    }

    async fn read_times(&mut self, from: i64, below: i64) -> Result<Vec<(usize, Candidate)>> {
        let last = self.after.as_ref().and_then(|(key, _)| match key.0.first() {
            Some(Part::Int(moment)) => Some(*moment),
            _ => None,
        });
        let bounds = match (last, self.direction) {
            (None, _) => (from, below),
            (Some(last), Direction::Forwards) => (last.saturating_add(1), below),
            (Some(last), Direction::Backwards) => (from, last),
        };
        let Some(owner) = self.owner() else { return Ok(self.end()) };
        let dialect = self.searching.shared.database.dialect();
        let statement = scan::by_time(dialect, owner, (self.direction, bounds), self.chunk);
        let searching = self.searching;
        let mut read = |line: &Line<'_>| {
            let place = scan::place(Part::Int(line.int(0)?));
            searching.candidate(line, 0, (Some(place), 1))
        };
        let mut found = searching.lines(statement, &scan::TIMED, &mut read).await?;
        found.sort_by(|left, right| self.direction.apply(left.updated.cmp(&right.updated)));
        self.took_plain(found)
    }

    async fn read_all(&mut self) -> Result<Vec<(usize, Candidate)>> {
        let start = if self.direction == Direction::Forwards { i64::MIN } else { i64::MAX };
        let after = self.after.as_ref().map_or(start, |(_, resource)| *resource);
        let Some(owner) = self.owner() else { return Ok(self.end()) };
        let dialect = self.searching.shared.database.dialect();
        let statement = scan::of_type(dialect, owner, (self.direction, after), self.chunk);
        let mut found = self.searching.candidates(statement).await?;
        found.sort_by(|left, right| self.direction.apply(left.resource.cmp(&right.resource)));
        self.took_plain(found)
    }

    fn took_plain(&mut self, found: Vec<Candidate>) -> Result<Vec<(usize, Candidate)>> {
        self.searching.spend(found.len())?;
        self.looked_at += found.len();
        self.is_over = found.len() < self.chunk;
        if let Some(last) = found.last() {
            let place = last.place.clone().unwrap_or(search::Key(Vec::new()));
            self.after = Some((place, last.resource));
        }
        Ok(found.into_iter().map(|candidate| (0, candidate)).collect())
    }

    /// Whose resources of which type are read; none of a type that the database does not know.
    fn owner(&self) -> Option<(u32, i64)> {
        let code = self.searching.shared.types.code(self.branch.resource_type)?;
        Some((self.searching.tenant, code))
    }

    fn end(&mut self) -> Vec<(usize, Candidate)> {
        self.is_over = true;
        Vec::new()
    }
}

/// Where a resource stands first of all places whose codes may be in a set.
fn first_within(range: &Range, within: &Within, candidate: &Candidate) -> Option<search::Key> {
    let own = candidate.rows.of(range.parameter).iter().filter(|row| row.group == 0);
    let keys = own.filter_map(|row| row.value.key(range.index)).filter(|key| range.holds(key));
    let may_lead =
        |key: &search::Key| matches!(key.0.first(), Some(Part::Text(code)) if within.may_hold(code));
    keys.filter(may_lead).min()
}

/// The numbers of many ranges by what they begin with; nothing of few, or of ranges with bounds.
fn numbers(scanned: &Scanned) -> HashMap<(u32, Vec<Part>), usize> {
    let Scanned::Ranges(ranges) = scanned else { return HashMap::new() };
    let length = ranges.first().map_or(0, |range| range.prefix.len());
    let is_alike =
        |range: &Range| range.prefix.len() == length && range.from.is_none() && range.below.is_none();
    if ranges.len() < MANY || !ranges.iter().all(is_alike) {
        return HashMap::new();
    }
    let number = |(number, range): (usize, &Range)| ((range.parameter.0, range.prefix.clone()), number);
    ranges.iter().enumerate().map(number).collect()
}

/// What of a condition the indexes tell by one look each, and what remains to be told. A look that may be mistaken
/// only spares others.
pub(super) fn probes(parts: Vec<&Condition>) -> (Vec<&Condition>, Vec<Range>) {
    let mut probes = Vec::new();
    let mut rest = Vec::with_capacity(parts.len());
    for part in parts {
        let mut is_told = false;
        if let Condition::Clause(_) = part
            && probes.len() < PROBES_MAX
            && let Some(search::Scan::Ranges { ranges, exact }) = part.scan()
            && let [range] = ranges.as_slice()
            && scan::is_probe(range)
        {
            probes.push(range.clone());
            is_told = exact;
        }
        if !is_told {
            rest.push(part);
        }
    }
    (rest, probes)
}
