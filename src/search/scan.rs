//! Where do candidates stand?
//!
//! Rows stand in a few ordered indexes. A test of a parameter gives ranges of keys there that hold every resource
//! it can mean; whether it is meant is then told by its rows.

use std::cmp::Ordering;

use model::Text;

use crate::rows::{ParameterId, Rows};

/// An ordered index: keys of one form, each followed by the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Index {
    /// Code in lower case, number of the system.
    Tokens,
    /// Folded string, or URI.
    Strings,
    /// Id or URL, number of the type.
    Links,
    /// Start of a time, its end.
    Starts,
    /// End of a time, its start.
    Ends,
    /// Number of a unit, lower end, upper end.
    Amounts,
    /// Latitude, longitude.
    Positions,
}

impl Index {
    /// Every index.
    pub const ALL: [Index; 7] = [
        Index::Tokens,
        Index::Strings,
        Index::Links,
        Index::Starts,
        Index::Ends,
        Index::Amounts,
        Index::Positions,
    ];
}

/// A column of a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// A number, or what is ordered like one.
    Int(i64),
    /// A text, ordered by its bytes.
    Text(Text),
}

/// A place in an index: its columns without parameter and resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub Vec<Part>);

/// Neighbours in an index: those that begin with `prefix` and whose next column lies between two bounds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Range {
    /// In which index.
    pub index: Index,
    /// Of which parameter.
    pub parameter: ParameterId,
    /// The first columns.
    pub prefix: Vec<Part>,
    /// The least that the next column may be.
    pub from: Option<Part>,
    /// What the next column must be less than.
    pub below: Option<Part>,
}

impl Range {
    /// All that begin with these columns.
    pub fn equal(index: Index, parameter: ParameterId, prefix: Vec<Part>) -> Self {
        Self { index, parameter, prefix, from: None, below: None }
    }

    /// Every place of the parameter.
    pub fn whole(index: Index, parameter: ParameterId) -> Self {
        Self::equal(index, parameter, Vec::new())
    }

    /// Whether a key stands in it.
    pub fn holds(&self, key: &Key) -> bool {
        let Some(rest) = key.0.strip_prefix(self.prefix.as_slice()) else { return false };
        let Some(next) = rest.first() else { return self.from.is_none() && self.below.is_none() };
        self.from.as_ref().is_none_or(|from| next >= from)
            && self.below.as_ref().is_none_or(|below| next < below)
    }

    /// Where a resource with these rows stands in it first, or last where `order` is backwards.
    pub fn place_of(&self, rows: &Rows, order: Direction) -> Option<Key> {
        let own = rows.of(self.parameter).iter().filter(|row| row.group == 0);
        let keys = own.filter_map(|row| row.value.key(self.index)).filter(|key| self.holds(key));
        match order {
            Direction::Forwards => keys.min(),
            Direction::Backwards => keys.max(),
        }
    }
}

/// In which order an index is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the least.
    Forwards,
    /// From the greatest.
    Backwards,
}

impl Direction {
    /// Puts an order of two things the way it is read.
    pub fn apply(self, order: Ordering) -> Ordering {
        match self {
            Direction::Forwards => order,
            Direction::Backwards => order.reverse(),
        }
    }
}

/// A way to all candidates of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scan {
    /// By what they are called.
    Ids(Vec<Text>),
    /// By ranges of an index, one after the other.
    Ranges {
        /// The ranges.
        ranges: Vec<Range>,
        /// Whether every resource in them passes the test, so that it need not be asked again.
        exact: bool,
    },
    /// By the time of their last change: from the first, before the second.
    Updated(i64, i64),
    /// All of the type.
    Everything,
}

/// A floating number as an integer of the same order.
pub fn ordered(number: f64) -> i64 {
    // A zero is a zero, whatever its sign.
    let bits = (number + 0.0).to_bits().cast_signed();
    if bits < 0 { bits ^ i64::MAX } else { bits }
}

/// Undoes [`ordered`].
pub fn number(ordered: i64) -> f64 {
    let bits = if ordered < 0 { ordered ^ i64::MAX } else { ordered };
    f64::from_bits(bits.cast_unsigned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_order() {
        let numbers = [f64::NEG_INFINITY, -1e300, -2.5, -1e-300, 0.0, 1e-300, 0.1, 7.0, f64::INFINITY];
        assert!(numbers.is_sorted_by_key(|it| ordered(*it)));
        assert!(numbers.iter().all(|it| number(ordered(*it)) == *it));
        assert_eq!(ordered(-0.0), ordered(0.0));
    }
}
