//! How long was a range when it was counted last?
//!
//! Which way is shortest is asked by every search, and hardly changes. So what was counted is remembered: for a choice
//! of ways a few seconds, and where every change is marked in this process, exactly until the next one.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::Instant;
use search::Range;

/// Ranges that are remembered, at some 200 bytes each; beyond that all are forgotten.
const KEPT_MAX: usize = 8192;

/// Microseconds for which a length is near enough to choose by: less than a store needs to become another.
const AGE_MAX: i64 = 10_000_000;

/// Lengths of ranges, by tenant.
#[derive(Default)]
pub(crate) struct Lengths {
    counted: Mutex<HashMap<(u32, Range), Counted>>,
}

/// What was counted.
#[derive(Clone, Copy)]
struct Counted {
    length: usize,
    /// How far it was counted.
    limit: usize,
    at: Instant,
    /// How often entries had been marked before; none where other processes write, too.
    marks: Option<u64>,
}

impl Lengths {
    /// About how long a range is, up to a limit; none when that was not counted lately.
    pub(super) fn about(&self, tenant: u32, range: &Range, limit: usize, now: Instant) -> Option<usize> {
        let counted = self.of(tenant, range)?;
        let is_fresh = (0..AGE_MAX).contains(&now.0.saturating_sub(counted.at.0));
        counted.up_to(limit).filter(|_| is_fresh)
    }

    /// Exactly how long it is, up to a limit; none when something was marked since.
    pub(super) fn exactly(&self, tenant: u32, range: &Range, limit: usize, marks: u64) -> Option<usize> {
        let counted = self.of(tenant, range)?;
        counted.up_to(limit).filter(|_| counted.marks == Some(marks))
    }

    /// Remembers what was counted up to a limit, at a time, when so much had been marked.
    pub(super) fn remember(
        &self,
        tenant: u32,
        range: &Range,
        (length, limit): (usize, usize),
        (at, marks): (Instant, Option<u64>),
    ) {
        let mut counted = self.lock();
        if counted.len() >= KEPT_MAX {
            counted.clear();
        }
        counted.insert((tenant, range.clone()), Counted { length, limit, at, marks });
    }

    fn of(&self, tenant: u32, range: &Range) -> Option<Counted> {
        self.lock().get(&(tenant, range.clone())).copied()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(u32, Range), Counted>> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counted {
    fn up_to(&self, limit: usize) -> Option<usize> {
        let is_enough = self.length < self.limit || limit <= self.limit;
        is_enough.then(|| std::cmp::min(self.length, limit))
    }
}

#[cfg(test)]
mod tests {
    use search::{Index, ParameterId};

    use super::*;

    fn range(number: u32) -> Range {
        Range::whole(Index::Tokens, ParameterId(number))
    }

    fn check(counted: (usize, usize), limit: usize, expected: Option<usize>) {
        let lengths = Lengths::default();
        lengths.remember(0, &range(1), counted, (Instant(5), Some(7)));
        assert_eq!(lengths.about(0, &range(1), limit, Instant(6)), expected, "{counted:?} {limit}");
        assert_eq!(lengths.exactly(0, &range(1), limit, 7), expected, "{counted:?} {limit}");
    }

    #[test]
    fn what_was_counted_to_the_end_is_known_whatever_is_asked() {
        check((3, 10), 100, Some(3));
        check((3, 10), 2, Some(2));
    }

    #[test]
    fn what_was_counted_up_to_a_limit_is_not_known_beyond() {
        check((10, 10), 10, Some(10));
        check((10, 10), 4, Some(4));
        check((10, 10), 11, None);
    }

    #[test]
    fn a_length_is_forgotten_with_time_and_exactly_with_the_next_mark() {
        let lengths = Lengths::default();
        lengths.remember(0, &range(1), (3, 10), (Instant(5), Some(7)));
        assert_eq!(lengths.about(0, &range(1), 10, Instant(5 + AGE_MAX)), None);
        assert_eq!(lengths.about(0, &range(1), 10, Instant(4)), None);
        assert_eq!(lengths.exactly(0, &range(1), 10, 8), None);
        assert_eq!(lengths.about(0, &range(2), 10, Instant(6)), None);
        assert_eq!(lengths.about(1, &range(1), 10, Instant(6)), None);
    }

    #[test]
    fn not_more_are_kept_than_fit() {
        let lengths = Lengths::default();
        for number in 0..=u32::try_from(KEPT_MAX).expect("small") {
            lengths.remember(0, &range(number), (1, 2), (Instant(5), None));
        }
        assert_eq!(lengths.lock().len(), 1);
    }
}
