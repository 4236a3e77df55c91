//! Which of two resources comes first?
//!
//! By its sort keys, one after the other; what has none comes last, whatever the direction; and then by creation,
//! so that the order is whole: <https://hl7.org/fhir/R4/search.html#sort>.

use std::cmp::Ordering;

use crate::condition::Subject;
use crate::query::{Query, SortBy, SortKey};
use crate::rows::Rows;
use crate::scan::{Direction, Index, Key, Part, Range};

/// What a resource is ordered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rank {
    /// One for each sort key.
    pub keys: Vec<Option<Key>>,
    /// The integer that stands for the resource.
    pub resource: i64,
}

impl SortKey {
    /// All places of the parameter in the index that it is ordered by.
    pub fn range(&self) -> Range {
        let prefix = if self.index == Index::Amounts { vec![Part::Int(0)] } else { Vec::new() };
        Range::equal(self.index, self.parameter, prefix)
    }

    /// What of a place counts for the order: of a token its code alone.
    pub fn of(&self, place: Key) -> Key {
        let mut key = place;
        if self.index == Index::Tokens {
            key.0.truncate(1);
        }
        key
    }
}

impl SortBy {
    /// The key of a resource, of the keys that its own rows give; for a chain, `linked` tells those of the resources
    /// that it refers to.
    pub fn key(
        &self,
        subject: &Subject<'_>,
        direction: Direction,
        linked: &dyn Fn(&SortBy, &Rows) -> Vec<Key>,
    ) -> Option<Key> {
        match self {
            SortBy::Parameter(by) => by.range().place_of(subject.rows, direction).map(|place| by.of(place)),
            SortBy::Updated => Some(Key(vec![Part::Int(subject.updated.0)])),
            SortBy::Id => Some(Key(vec![Part::Text(subject.id.into())])),
            SortBy::Chain(..) => {
                let keys = linked(self, subject.rows).into_iter();
                match direction {
                    Direction::Forwards => keys.min(),
                    Direction::Backwards => keys.max(),
                }
            }
            SortBy::Nothing => None,
        }
    }
}

impl Query {
    /// The order of two resources.
    pub fn compare(&self, left: &Rank, right: &Rank) -> Ordering {
        let pairs = left.keys.iter().zip(&right.keys).zip(&self.directions);
        let by_keys = pairs.map(|((left, right), direction)| match (left, right) {
            (Some(left), Some(right)) => direction.apply(left.cmp(right)),
            (left, right) => right.is_some().cmp(&left.is_some()),
        });
        let first = self.directions.first().copied().unwrap_or(Direction::Forwards);
        let by_creation = || first.apply(left.resource.cmp(&right.resource));
        by_keys.fold(Ordering::Equal, Ordering::then).then_with(by_creation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Total;

    fn rank(text: &str) -> Rank {
        let (keys, resource) = text.split_once('#').expect("a resource");
        let key = |text: &str| (text != "-").then(|| Key(vec![Part::Text(text.into())]));
        Rank { keys: keys.split(',').map(key).collect(), resource: resource.parse().expect("a number") }
    }

    fn check(directions: &[Direction], expected: &[&str]) {
        let directions = directions.to_vec();
        let query = Query { branches: Vec::new(), directions, count: 0, total: Total::None, after: None };
        let ranks: Vec<_> = expected.iter().map(|text| rank(text)).collect();
        assert!(
            ranks.is_sorted_by(|left, right| query.compare(left, right) == Ordering::Less),
            "{expected:?}"
        );
    }

    #[test]
    fn what_has_no_value_comes_last_in_both_directions() {
        use Direction::{Backwards, Forwards};
        check(&[Forwards], &["a#2", "a#3", "b#1", "-#1", "-#2"]);
        check(&[Backwards], &["b#1", "a#3", "a#2", "-#2", "-#1"]);
        check(&[Forwards, Backwards], &["a,z#1", "a,y#2", "a,-#3", "b,z#1", "-,z#2", "-,-#1"]);
    }
}
