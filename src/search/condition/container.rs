//! Is a resource meant for what it contains?
//!
//! A search may ask for contained resources, and a chain looks into them: a criterion is held against the rows of each
//! as if it stood alone. <https://hl7.org/fhir/R4/search.html#contained>

use model::{ResourceType, Text};

use super::{Chain, Condition, Others, Subject, Verdict};
use crate::rows::{Indexed, Inner, ParameterId, key_text};
use crate::scan::{Index, Part, Range, Scan};

/// It contains a resource that is meant. A branch with this condition is of resources of all types.
#[derive(Clone, Debug, PartialEq)]
pub struct Container {
    /// What must be so of what it contains, by type; other types are not meant.
    pub inner: Vec<(ResourceType, Condition)>,
    /// What other branches find already: resources of these types of which this is so.
    pub unless: Vec<(ResourceType, Condition)>,
}

impl Container {
    /// The contained resources that are meant, and how sure that is.
    pub fn meant<'s>(
        &'s self,
        subject: &'s Subject<'s>,
        others: &'s dyn Others,
    ) -> impl Iterator<Item = (ResourceType, Inner, Verdict)> + 's {
        self.inner.iter().flat_map(move |(resource_type, condition)| {
            subject.rows.inner(*resource_type).map(move |inner| {
                let verdict = of_inner(&inner, *resource_type, subject, (condition, others));
                (*resource_type, inner, verdict)
            })
        })
    }

    pub(super) fn holds(&self, subject: &Subject<'_>, others: &dyn Others) -> Verdict {
        let is_found = |(resource_type, condition): &(ResourceType, Condition)| {
            *resource_type == subject.resource_type && condition.holds(subject, others) == Verdict::Yes
        };
        if self.unless.iter().any(is_found) {
            return Verdict::No;
        }
        most(self.meant(subject, others).map(|(.., verdict)| verdict))
    }

    /// Where containers stand: always somewhere, since each contained resource has a row that tells its id.
    pub(super) fn scan(&self) -> Scan {
        let ranges =
            self.inner.iter().flat_map(|(resource_type, condition)| places(*resource_type, condition));
        Scan::Ranges { ranges: ranges.collect(), exact: false }
    }
}

impl Chain {
    /// Where resources stand that contain the end of the chain; some of them do not refer to it.
    pub fn places_within(&self) -> Vec<Range> {
        self.targets.iter().flat_map(|(resource_type, condition)| places(*resource_type, condition)).collect()
    }

    /// Whether a resource is meant that is contained in the one that refers to it.
    pub(super) fn within(&self, subject: &Subject<'_>, others: &dyn Others) -> Verdict {
        let fragments = subject.rows.of(self.parameter.fragment());
        if fragments.is_empty() {
            return Verdict::No;
        }
        let is_meant = |inner: &Inner| {
            fragments.iter().any(|row| matches!(&row.value, Indexed::Token { code, .. } if *code == inner.id))
        };
        most(self.targets.iter().flat_map(|(resource_type, condition)| {
            let inner = subject.rows.inner(*resource_type).filter(is_meant);
            inner.map(move |inner| of_inner(&inner, *resource_type, subject, (condition, others)))
        }))
    }
}

/// Whether a condition is so of a contained resource. It was last changed when its container was.
fn of_inner(
    inner: &Inner,
    resource_type: ResourceType,
    container: &Subject<'_>,
    (condition, others): (&Condition, &dyn Others),
) -> Verdict {
    let rows = container.rows.of_inner(inner);
    let subject = Subject { resource_type, id: &inner.id, updated: container.updated, rows: &rows };
    condition.holds(&subject, others)
}

fn most(verdicts: impl Iterator<Item = Verdict>) -> Verdict {
    super::least(verdicts, Verdict::Yes, Verdict::No, |verdict| 2 - verdict.rank())
}

/// Where the containers stand of contained resources of a type that a condition means: by the part of it that leads
/// to the fewest, as far as its form tells.
fn places(resource_type: ResourceType, condition: &Condition) -> Vec<Range> {
    let own = ParameterId::inner_id(resource_type);
    let ways = condition.conjuncts().iter().filter_map(|part| match part.scan()? {
        Scan::Ranges { ranges, .. } => Some(ranges.into_iter().map(within).collect::<Vec<_>>()),
        Scan::Ids(ids) => Some(ids.iter().map(|id| called(own, id)).collect()),
        Scan::Updated(..) | Scan::Everything => None,
    });
    let usable = ways.filter(|ranges| is_in_one_index(ranges));
    let best = usable.min_by_key(|ranges| ranges.iter().filter(|range| range.prefix.is_empty()).count());
    best.unwrap_or_else(|| vec![Range::whole(Index::Tokens, own)])
}

fn within(range: Range) -> Range {
    Range { parameter: range.parameter.within(), ..range }
}

fn called(own: ParameterId, id: &Text) -> Range {
    Range::equal(Index::Tokens, own, vec![Part::Text(key_text(&id.to_lowercase()))])
}

/// Whether ranges can be read one after the other: no parameter in two indexes.
fn is_in_one_index(ranges: &[Range]) -> bool {
    ranges.iter().all(|range| {
        ranges.first().is_some_and(|first| first.index == range.index || first.parameter != range.parameter)
    })
}

#[cfg(test)]
mod tests;
