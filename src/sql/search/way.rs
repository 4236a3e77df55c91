//! By which way are the candidates reached that are fewest?
//!
//! Each part of a condition that must hold may be a way: a range of an index, ids, or for a step along references
//! what the resources at its other end lead to. Where there is a choice, what each way leads to is counted, up to a
//! bound; the least is taken. Whatever is chosen, the same resources are found.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::Text;
use search::condition::Within;
use search::{Branch, Chain, Condition, Has, Index, Indexed, Part, Range, Scan, hash};
use store::Result;

use super::Searching;
use super::stream::{ALL, Stream};

/// Entries of a way beyond which it is only known to be long.
pub(super) const COUNT_MAX: usize = 4096;

/// Entries of a way that is short enough to look no further: to read them costs no more than to count others.
const SHORT: usize = 512;

/// Ranges of one way that are counted; with more it counts as long.
pub(super) const RANGES_COUNTED_MAX: usize = 16;

/// Resources at the other end of a step that a way may lead over.
const STEP_ENDS_MAX: usize = 1000;

/// Candidates that are looked at to find them.
const STEP_CANDIDATES_MAX: usize = 5000;

/// A way to all candidates of a branch.
pub(crate) struct Way {
    /// 0 for all of the type, else which part of the condition leads to it, from 1.
    pub number: u32,
    pub scanned: Scanned,
    /// Whether all that it leads to is as that part asks.
    pub exact: bool,
    /// How many it leads to at least; exact below [`COUNT_MAX`], when it was counted.
    pub length: Option<usize>,
    /// Which codes of its one range of tokens lead to candidates, where not all do.
    pub within: Option<Arc<Within>>,
}

/// What is read.
pub(crate) enum Scanned {
    /// These ids, in order.
    Ids(Vec<Text>),
    /// These ranges, in order, of one index for each parameter.
    Ranges(Vec<Range>),
    /// By the time of their last change.
    Updated(i64, i64),
    /// All of the type.
    Everything,
}

impl Way {
    pub(super) fn everything() -> Self {
        Self { number: 0, scanned: Scanned::Everything, exact: true, length: None, within: None }
    }

    fn new(place: usize, scanned: Scanned, exact: bool) -> Self {
        let number = u32::try_from(place + 1).unwrap_or(u32::MAX);
        let length = match &scanned {
            Scanned::Ids(ids) => Some(ids.len()),
            _ => None,
        };
        Self { number, scanned, exact, length, within: None }
    }
}

impl Searching<'_> {
    /// The way that leads to the fewest, as far as that was counted.
    pub(super) async fn best_way(&self, branch: &Branch) -> Result<Way> {
        let parts = branch.condition.conjuncts();
        let mut ways: Vec<Way> =
            parts.iter().enumerate().filter_map(|(place, part)| own_way(place, part)).collect();
        let steps = parts.iter().any(is_step);
        if ways.len() > 1 || steps {
            // What is likely to be short is counted first.
            ways.sort_by_key(likely);
            let mut least = COUNT_MAX;
            for way in &mut ways {
                let length = self.length(way, least).await?;
                (way.length, least) = (Some(length), std::cmp::min(least, length));
                if length < SHORT {
                    break;
                }
            }
        }
        let best = ways.into_iter().min_by_key(|way| way.length.unwrap_or(usize::MAX));
        if steps && best.as_ref().is_none_or(|way| way.length >= Some(SHORT)) {
            let length = best.as_ref().and_then(|way| way.length).unwrap_or(usize::MAX);
            for (place, part) in parts.iter().enumerate() {
                let way = self.step_way(branch, place, part).await?;
                if let Some(way) = way
                    && way.length.is_some_and(|found| found < length)
                {
                    return Ok(way);
                }
            }
        }
        Ok(best.unwrap_or_else(Way::everything))
    }

    /// The way that an earlier page has taken.
    pub(super) async fn same_way(&self, branch: &Branch, number: u32) -> Result<Way> {
        let Some(place) = number.checked_sub(1).map(|place| place as usize) else {
            return Ok(Way::everything());
        };
        let part = branch.condition.conjuncts().get(place).ok_or_else(super::candidate::astray)?;
        if let Some(way) = own_way(place, part) {
            return Ok(way);
        }
        let way = self.step_way(branch, place, part).await?;
        way.ok_or(store::Error::Costly("what a reference leads to has become too much since the first page"))
    }

    /// How many a way leads to, counted so far.
    pub(super) async fn length(&self, way: &Way, most: usize) -> Result<usize> {
        let ranges = match &way.scanned {
            Scanned::Ids(ids) => return Ok(ids.len()),
            Scanned::Ranges(ranges) if ranges.len() <= RANGES_COUNTED_MAX => ranges,
            _ => return Ok(most),
        };
        let mut length = 0;
        for range in ranges {
            length += self.count_about(range, most - length).await?;
            if length >= most {
                return Ok(most);
            }
        }
        Ok(length)
    }

    /// The way over the resources at the other end of a step, when those are few.
    async fn step_way(&self, branch: &Branch, place: usize, part: &Condition) -> Result<Option<Way>> {
        let (scanned, exact) = match part {
            Condition::Chain(chain) => self.over_chain(chain).await?,
            Condition::Has(has) => (self.over_has(branch, has).await?, true),
            _ => (None, true),
        };
        let Some(scanned) = scanned else { return Ok(None) };
        let mut way = Way::new(place, scanned, exact);
        way.length = Some(self.length(&way, COUNT_MAX).await?);
        Ok(Some(way))
    }

    /// Also whether the step is taken by all that it leads to: what refers to a resource that it contains may not.
    async fn over_chain(&self, chain: &Chain) -> Result<(Option<Scanned>, bool)> {
        let mut ranges = Vec::new();
        for (target_type, condition) in &chain.targets {
            let target =
                Branch { resource_type: *target_type, condition: condition.clone(), sort: Vec::new() };
            let number = i64::from(hash::short(target_type.as_str()));
            let Some(found) = self.few(&target).await? else { return Ok((None, true)) };
            for candidate in found {
                let prefix = vec![Part::Text(candidate.key.id.as_str().into()), Part::Int(number)];
                ranges.push(Range::equal(Index::Links, chain.parameter, prefix));
            }
        }
        let contained = Range::whole(Index::Tokens, chain.parameter.fragment());
        let exact = !self.has_entries(&contained).await?;
        if !exact {
            ranges.extend(chain.places_within());
        }
        let few = in_order(ranges).filter(|ranges| ranges.len() <= STEP_ENDS_MAX);
        Ok((few.map(Scanned::Ranges), exact))
    }

    async fn over_has(&self, branch: &Branch, has: &Has) -> Result<Option<Scanned>> {
        let condition = has.condition.as_ref().clone();
        let source = Branch { resource_type: has.resource_type, condition, sort: Vec::new() };
        let wanted = hash::short(branch.resource_type.as_str());
        let Some(found) = self.few(&source).await? else { return Ok(None) };
        let mut ids = BTreeSet::new();
        for candidate in &found {
            for row in candidate.rows.of(has.parameter) {
                if let Indexed::Reference { target_type, target } = &row.value
                    && *target_type == wanted
                {
                    ids.insert(target.clone());
                }
            }
        }
        Ok(Some(Scanned::Ids(ids.into_iter().collect())))
    }

    /// All resources that a branch means, when they are few.
    async fn few(&self, branch: &Branch) -> Result<Option<Vec<super::Candidate>>> {
        let way = Box::pin(self.best_way(branch)).await?;
        if matches!(way.scanned, Scanned::Everything) {
            return Ok(None);
        }
        let stream = Stream::new(self, branch, &way, ALL, None)?;
        let mut stream = stream.looking_at_most(STEP_CANDIDATES_MAX);
        let mut found = Vec::new();
        while let Some(candidate) = Box::pin(stream.next()).await? {
            found.push(candidate);
        }
        Ok((stream.looked_at() <= STEP_CANDIDATES_MAX).then_some(found))
    }
}

fn is_step(part: &Condition) -> bool {
    matches!(part, Condition::Chain(_) | Condition::Has(_))
}

fn own_way(place: usize, part: &Condition) -> Option<Way> {
    match part.scan()? {
        Scan::Ids(mut ids) => {
            ids.sort_unstable();
            ids.dedup();
            Some(Way::new(place, Scanned::Ids(ids), true))
        }
        Scan::Ranges { ranges, exact } => {
            let within = part.within().map(|(_, within)| Arc::clone(within));
            Some(Way { within, ..Way::new(place, Scanned::Ranges(in_order(ranges)?), exact) })
        }
        Scan::Updated(from, below) => Some(Way::new(place, Scanned::Updated(from, below), false)),
        Scan::Everything => None,
    }
}

/// Ranges in the order in which they are read, none twice; none when one parameter is read in two indexes, since a
/// place would not tell which.
fn in_order(mut ranges: Vec<Range>) -> Option<Vec<Range>> {
    ranges.sort_by(|left, right| start(left).cmp(&start(right)));
    ranges.dedup();
    let mixed = |pair: &[Range]| pair[0].parameter == pair[1].parameter && pair[0].index != pair[1].index;
    (!ranges.windows(2).any(mixed)).then_some(ranges)
}

/// What ranges are ordered by.
pub(super) fn start(range: &Range) -> (u32, Vec<&Part>) {
    (range.parameter.0, range.prefix.iter().chain(&range.from).collect())
}

/// Ways that are counted first come first.
fn likely(way: &Way) -> u8 {
    match &way.scanned {
        Scanned::Ids(_) => 0,
        Scanned::Ranges(ranges) => match ranges.first().map(|range| (range.index, range.prefix.len())) {
            Some((Index::Links, 1..)) => 1,
            Some((Index::Tokens, 2..)) => 2,
            Some((_, 1..)) => 3,
            _ => 4,
        },
        Scanned::Updated(..) => 5,
        Scanned::Everything => 6,
    }
}
