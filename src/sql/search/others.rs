//! What of other resources must be known to tell whether candidates are meant?
//!
//! Steps along references are taken for all candidates at once: the resources at their other end are read, and which
//! of them are meant is told first.

use std::collections::{HashMap, HashSet};

use model::{Id, Key, ResourceType, Text};
use search::condition::{Nobody, Others, Subject};
use search::scan::Direction;
use search::{Chain, Condition, Has, Index, Indexed, ParameterId, Part, Range, Rows, Verdict, hash};
use store::Result;

use super::Searching;
use super::candidate::Candidate;
use super::leap;
use super::scan::{self, Reading};
use super::stream::probes;
use crate::statement::Row;

/// Resources that refer to one, read at once.
const REFERRING: usize = 128;

/// Entries that one statement looks through where the indexes tell all.
const AT_ONCE: usize = 4096;

/// What was found out, by where the steps stand in memory: the condition does not move meanwhile.
#[derive(Default)]
struct Known {
    /// Of a step along references: which ends are meant, by type and id.
    chains: HashMap<usize, HashSet<(u32, Text)>>,
    /// Of a step against references: which candidates are meant, by id.
    has: HashMap<usize, HashSet<Text>>,
}

impl Others for Known {
    fn chain(&self, chain: &Chain, subject: &Subject<'_>) -> Option<bool> {
        let meant = self.chains.get(&address(chain))?;
        Some(links(subject.rows, chain.parameter).any(|link| meant.contains(&link)))
    }

    fn has(&self, has: &Has, subject: &Subject<'_>) -> Option<bool> {
        Some(self.has.get(&address(has))?.contains(subject.id))
    }
}

fn address<T>(step: &T) -> usize {
    std::ptr::from_ref(step).addr()
}

/// What rows refer to under a parameter: types' numbers and ids.
fn links(rows: &Rows, parameter: ParameterId) -> impl Iterator<Item = (u32, Text)> {
    rows.of(parameter).iter().filter_map(|row| match &row.value {
        Indexed::Reference { target_type, target } if *target_type != 0 => {
            Some((*target_type, target.clone()))
        }
        _ => None,
    })
}

impl Searching<'_> {
    /// Those of the candidates that are as all parts ask, in order.
    pub(super) async fn meant(
        &self,
        parts: &[&Condition],
        candidates: Vec<Candidate>,
    ) -> Result<Vec<Candidate>> {
        let own = |candidate: &Candidate| verdict(parts, candidate, &Nobody);
        // What its own rows rule out is looked at no further.
        let candidates: Vec<_> = candidates.into_iter().filter(|it| own(it) != Verdict::No).collect();
        let mut steps = Vec::new();
        parts.iter().for_each(|part| part.visit_steps(&mut |step| steps.push(step)));
        if steps.is_empty() || candidates.is_empty() {
            return Ok(candidates);
        }
        let open: Vec<&Candidate> = candidates.iter().filter(|it| own(it) == Verdict::Unknown).collect();
        let mut known = Known::default();
        for step in steps {
            match step {
                Condition::Chain(chain) => {
                    let meant = self.chained(chain, &open).await?;
                    known.chains.insert(address(chain), meant);
                }
                Condition::Has(has) => {
                    let meant = self.having(has, &open).await?;
                    known.has.insert(address(has), meant);
                }
                _ => {}
            }
        }
        Ok(candidates.into_iter().filter(|it| verdict(parts, it, &known) == Verdict::Yes).collect())
    }

    /// Those ends of a step along references that are meant.
    async fn chained(&self, chain: &Chain, candidates: &[&Candidate]) -> Result<HashSet<(u32, Text)>> {
        let mut meant = HashSet::new();
        for (target_type, condition) in &chain.targets {
            let ends = self.ends(chain.parameter, *target_type, candidates).await?;
            let number = hash::short(target_type.as_str());
            let found = Box::pin(self.meant(&[condition], ends)).await?;
            meant.extend(found.into_iter().map(|it| (number, Text::from(it.key.id.as_str()))));
        }
        Ok(meant)
    }

    /// The resources of a type that candidates refer to.
    pub(super) async fn ends(
        &self,
        parameter: ParameterId,
        target_type: ResourceType,
        candidates: &[&Candidate],
    ) -> Result<Vec<Candidate>> {
        let number = hash::short(target_type.as_str());
        let linked = candidates.iter().flat_map(|candidate| links(&candidate.rows, parameter));
        let ids: HashSet<Text> = linked.filter(|(it, _)| *it == number).map(|(_, id)| id).collect();
        let keys = ids.iter().filter_map(|id| Id::parse(id)).map(|id| Key::new(target_type, id));
        let keys: Vec<Key> = keys.collect();
        Ok(self.named(&keys).await?.into_values().collect())
    }

    /// Those candidates that some meant resource refers to.
    async fn having(&self, has: &Has, candidates: &[&Candidate]) -> Result<HashSet<Text>> {
        let (parts, probes) = probes(has.condition.conjuncts().iter().collect());
        if let ([], [probe]) = (parts.as_slice(), probes.as_slice())
            && let Some(meant) = self.having_at_once(has, candidates, probe).await?
        {
            return Ok(meant);
        }
        let mut meant = HashSet::new();
        for candidate in candidates {
            if self.is_had(has, candidate, (&parts, &probes)).await? {
                meant.insert(Text::from(candidate.key.id.as_str()));
            }
        }
        Ok(meant)
    }

    /// The same where one place of an index tells what is meant; none when that takes too long, or entries move.
    async fn having_at_once(
        &self,
        has: &Has,
        candidates: &[&Candidate],
        probe: &Range,
    ) -> Result<Option<HashSet<Text>>> {
        let resource_type = candidates.first().map(|it| it.key.resource_type);
        if candidates.iter().any(|it| Some(it.key.resource_type) != resource_type) {
            return Ok(None);
        }
        let moves = self.moves();
        let links: Vec<Range> = candidates.iter().map(|it| referring(has, it)).collect();
        if !self.is_settled(links.iter().chain([probe])) {
            return Ok(None);
        }
        let most = leap::LENGTHS.last().copied().unwrap_or(1);
        let mut meant = HashSet::new();
        for some in candidates.chunks(most) {
            let ids: Vec<&str> = some.iter().map(|it| it.key.id.as_str()).collect();
            let target_type = i64::from(hash::short(some[0].key.resource_type.as_str()));
            let (tenant, parameter) = (self.tenant, has.parameter);
            let asked = leap::Asked { tenant, parameter, target_type, ids: &ids, probe };
            let rows = self.fetch(leap::leap(self.shared.database.dialect(), &asked)).await?;
            let Some((turns, places)) = taken(&rows) else { return Ok(None) };
            self.spend(turns)?;
            if turns >= leap::TURNS_MAX {
                return Ok(None);
            }
            meant.extend(places.iter().filter_map(|place| ids.get(*place)).map(|id| Text::from(*id)));
        }
        Ok((self.moves() == moves).then_some(meant))
    }

    async fn is_had(
        &self,
        has: &Has,
        candidate: &Candidate,
        (parts, probes): (&[&Condition], &[Range]),
    ) -> Result<bool> {
        let range = referring(has, candidate);
        let moves = self.moves();
        if parts.is_empty()
            && self.is_settled(probes.iter().chain([&range]))
            && let Some(is_had) = self.is_had_at_once((&range, probes)).await?
            && self.moves() == moves
        {
            return Ok(is_had);
        }
        let mut after: Option<(search::Key, i64)> = None;
        loop {
            let reading = Reading {
                tenant: self.tenant,
                range: &range,
                probes,
                direction: Direction::Forwards,
                after: after.as_ref().map(|(key, resource)| (key, *resource)),
                limit: REFERRING,
            };
            let entries = self.entries(&reading).await?;
            self.spend(1)?;
            let found = entries.found.into_iter().filter_map(|entry| entry.candidate).collect();
            if !Box::pin(self.meant(parts, found)).await?.is_empty() {
                return Ok(true);
            }
            if entries.next.is_none() {
                return Ok(false);
            }
            after = entries.next;
        }
    }
}

impl Searching<'_> {
    /// Where the indexes tell all; none when there are too many to be looked at in one statement.
    async fn is_had_at_once(&self, (range, probes): (&Range, &[Range])) -> Result<Option<bool>> {
        let (tenant, direction, limit) = (self.tenant, Direction::Forwards, AT_ONCE);
        let reading = Reading { tenant, range, probes, direction, after: None, limit };
        self.spend(1)?;
        if !self.fetch(scan::any(&reading)).await?.is_empty() {
            return Ok(Some(true));
        }
        let rows = self.fetch(scan::count(&reading)).await?;
        let count =
            rows.first().and_then(|row| row.int(0).ok()).and_then(|count| usize::try_from(count).ok());
        let count = count.unwrap_or_default();
        self.spend(count)?;
        Ok((count < AT_ONCE).then_some(false))
    }
}

/// What refers to a candidate by the parameter of a step.
fn referring(has: &Has, candidate: &Candidate) -> Range {
    let number = i64::from(hash::short(candidate.key.resource_type.as_str()));
    let prefix = vec![Part::Text(candidate.key.id.as_str().into()), Part::Int(number)];
    Range::equal(Index::Links, has.parameter, prefix)
}

/// How many turns were taken, and the places that were told.
fn taken(rows: &[Row]) -> Option<(usize, Vec<usize>)> {
    let row = rows.first()?;
    let turns = usize::try_from(row.int(0).ok()?).ok()?;
    // Nothing is told where nothing is found.
    let places = row.text(1).unwrap_or_default().split(',').filter_map(|place| place.parse().ok()).collect();
    Some((turns, places))
}

fn verdict(parts: &[&Condition], candidate: &Candidate, others: &dyn Others) -> Verdict {
    let subject = candidate.subject();
    let mut verdict = Verdict::Yes;
    for part in parts {
        match part.holds(&subject, others) {
            Verdict::No => return Verdict::No,
            Verdict::Unknown => verdict = Verdict::Unknown,
            Verdict::Yes => {}
        }
    }
    verdict
}
