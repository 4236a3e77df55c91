//! How does what a resource says lie to what was asked for?
//!
//! The prefixes of dates, numbers and quantities: <https://hl7.org/fhir/R4/search.html#prefix>. Both sides are
//! half-open intervals, of microseconds or of numbers as [`crate::scan::ordered`] puts them in order; an open end
//! is the least or the greatest integer.

/// What a value in a URL begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Prefix {
    /// `eq`, or nothing: all of the resource's interval lies in the one asked for.
    Equal,
    /// `ne`: not all of it does.
    NotEqual,
    /// `gt`: some of it lies above.
    Greater,
    /// `lt`: some of it lies below.
    Less,
    /// `ge`: some of it lies above, or all of it within.
    GreaterOrEqual,
    /// `le`: some of it lies below, or all of it within.
    LessOrEqual,
    /// `sa`: all of it lies above.
    StartsAfter,
    /// `eb`: all of it lies below.
    EndsBefore,
    /// `ap`: the two have something in common.
    Approximate,
}

impl Prefix {
    /// Every prefix, in the order of the specification.
    pub const ALL: [Self; 9] = [
        Self::Equal,
        Self::NotEqual,
        Self::Greater,
        Self::Less,
        Self::GreaterOrEqual,
        Self::LessOrEqual,
        Self::StartsAfter,
        Self::EndsBefore,
        Self::Approximate,
    ];

    /// The two letters.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "eq",
            Self::NotEqual => "ne",
            Self::Greater => "gt",
            Self::Less => "lt",
            Self::GreaterOrEqual => "ge",
            Self::LessOrEqual => "le",
            Self::StartsAfter => "sa",
            Self::EndsBefore => "eb",
            Self::Approximate => "ap",
        }
    }

    /// Takes the prefix off a value; without one it is [`Prefix::Equal`].
    pub fn split(value: &str) -> (Self, &str) {
        let found =
            Self::ALL.into_iter().find_map(|prefix| Some((prefix, value.strip_prefix(prefix.as_str())?)));
        found.unwrap_or((Self::Equal, value))
    }
}

/// An interval that was asked for, and how a resource's must lie to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// How it must lie.
    pub prefix: Prefix,
    /// The first that belongs to what was asked for.
    pub low: i64,
    /// The first above that no longer does.
    pub high: i64,
}

impl Comparison {
    /// Whether an interval of a resource, from `low` on and below `high`, lies so.
    pub fn holds(&self, low: i64, high: i64) -> bool {
        let is_within = self.low <= low && high <= self.high;
        match self.prefix {
            Prefix::Equal => is_within,
            Prefix::NotEqual => !is_within,
            Prefix::Greater => self.high < high,
            Prefix::Less => low < self.low,
            Prefix::GreaterOrEqual => self.high < high || is_within,
            Prefix::LessOrEqual => low < self.low || is_within,
            Prefix::StartsAfter => self.high <= low,
            Prefix::EndsBefore => high <= self.low,
            Prefix::Approximate => low < self.high && self.low < high,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The prefixes by which `found` passes when 10 to 20 was asked for.
    #[track_caller]
    fn check(found: (i64, i64), expected: &str) {
        let passed = Prefix::ALL
            .into_iter()
            .filter(|prefix| Comparison { prefix: *prefix, low: 10, high: 20 }.holds(found.0, found.1));
        assert_eq!(passed.map(Prefix::as_str).collect::<Vec<_>>().join(" "), expected, "{found:?}");
    }

    #[test]
    fn each_prefix_passes_up_to_its_edge() {
        check((5, 9), "ne lt le eb");
        check((5, 10), "ne lt le eb");
        check((5, 11), "ne lt le ap");
        check((9, 20), "ne lt le ap");
        check((10, 11), "eq ge le ap");
        check((10, 20), "eq ge le ap");
        check((19, 20), "eq ge le ap");
        check((9, 21), "ne gt lt ge le ap");
        check((10, 21), "ne gt ge ap");
        check((19, 21), "ne gt ge ap");
        check((20, 21), "ne gt ge sa");
        check((21, 25), "ne gt ge sa");
    }

    #[test]
    fn open_ends_reach_beyond_everything() {
        check((i64::MIN, 10), "ne lt le eb");
        check((i64::MIN, i64::MAX), "ne gt lt ge le ap");
        check((20, i64::MAX), "ne gt ge sa");
    }

    #[test]
    fn a_prefix_is_two_letters_that_the_specification_knows() {
        for (value, expected) in [
            ("eq5", (Prefix::Equal, "5")),
            ("ap2013", (Prefix::Approximate, "2013")),
            ("5", (Prefix::Equal, "5")),
            ("e5", (Prefix::Equal, "e5")),
            ("GE5", (Prefix::Equal, "GE5")),
            ("", (Prefix::Equal, "")),
            ("lt", (Prefix::Less, "")),
            ("éq", (Prefix::Equal, "éq")),
        ] {
            assert_eq!(Prefix::split(value), expected, "{value}");
        }
    }
}
