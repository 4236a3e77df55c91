//! Which of a transaction's own resources do criteria mean?
//!
//! Told by their rows, as the store tells it of what stands. Ordered places lead to candidates, so that a transaction
//! with as many criteria as resources takes no longer than one with a few. Of criteria that reach into other resources
//! it cannot be told what they mean here.

use std::collections::{BTreeSet, HashMap};

use model::{Instant, Key};
use search::condition::{Nobody, Subject};
use search::scan::Key as Place;
use search::{Branch, Index, ParameterId, Range, Rows, Scan, Verdict};

/// Resources that are about to be written.
pub(crate) struct Own<'r> {
    resources: Vec<(&'r Key, &'r Rows)>,
    /// Where they stand under the parameters that were asked for.
    places: HashMap<(Index, ParameterId), BTreeSet<(Place, usize)>>,
    now: Instant,
}

impl<'r> Own<'r> {
    /// Takes them in.
    pub(crate) fn new(resources: impl IntoIterator<Item = (&'r Key, &'r Rows)>, now: Instant) -> Self {
        Self { resources: resources.into_iter().collect(), places: HashMap::new(), now }
    }

    /// Those that are meant.
    pub(crate) fn meant(&mut self, branch: &Branch) -> Vec<&'r Key> {
        let ranges = branch.condition.conjuncts().iter().find_map(|part| match part.scan() {
            Some(Scan::Ranges { ranges, .. }) => Some(ranges),
            _ => None,
        });
        let candidates: BTreeSet<usize> = match ranges {
            Some(ranges) => ranges.iter().flat_map(|range| self.within(range)).collect(),
            None => (0..self.resources.len()).collect(),
        };
        let resources = candidates.into_iter().map(|number| self.resources[number]);
        resources.filter(|own| self.is_meant(branch, *own)).map(|(key, _)| key).collect()
    }

    /// Whether it cannot be told of some of them: the criteria reach into other resources, which the same transaction
    /// may write.
    pub(crate) fn is_unsure(&self, branch: &Branch) -> bool {
        let mut steps = 0;
        branch.condition.visit_steps(&mut |_| steps += 1);
        steps > 0 && self.resources.iter().any(|own| self.verdict(branch, *own) == Verdict::Unknown)
    }

    fn within(&mut self, range: &Range) -> Vec<usize> {
        let resources = &self.resources;
        let places = self.places.entry((range.index, range.parameter)).or_insert_with(|| {
            let standing = resources.iter().enumerate().flat_map(|(number, (_, rows))| {
                let own = rows.of(range.parameter).iter().filter(|row| row.group == 0);
                own.filter_map(move |row| Some((row.value.key(range.index)?, number)))
            });
            standing.collect()
        });
        let first = Place(range.prefix.iter().chain(&range.from).cloned().collect());
        let inside = places.range((first, 0)..).take_while(|(place, _)| range.holds(place));
        inside.map(|(_, number)| *number).collect()
    }

    fn is_meant(&self, branch: &Branch, own: (&Key, &Rows)) -> bool {
        self.verdict(branch, own) == Verdict::Yes
    }

    fn verdict(&self, branch: &Branch, (key, rows): (&Key, &Rows)) -> Verdict {
        if key.resource_type != branch.resource_type {
            return Verdict::No;
        }
        let subject =
            Subject { resource_type: key.resource_type, id: key.id.as_str(), updated: self.now, rows };
        branch.condition.holds(&subject, &Nobody)
    }
}
