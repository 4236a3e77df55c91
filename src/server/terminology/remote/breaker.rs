//! Is a server that failed to be asked again already?
//!
//! After some failures in a row it is left alone; then one question is let through, and what becomes of it decides.

use std::time::{Duration, Instant};

/// Failures in a row after which it is left alone: one may be chance.
const FAILURES_MAX: u32 = 3;

/// For how long: a restart takes less.
const ALONE_FOR: Duration = Duration::from_secs(30);

/// What became of the last questions.
#[derive(Default)]
pub(super) struct Breaker {
    failures: u32,
    alone_until: Option<Instant>,
}

impl Breaker {
    /// Whether a question may be asked now. Of several that could be, the first alone tries a server that failed.
    pub(super) fn lets_pass(&mut self, now: Instant) -> bool {
        match self.alone_until {
            None => true,
            Some(until) if now < until => false,
            Some(_) => {
                self.alone_until = Some(now + ALONE_FOR);
                true
            }
        }
    }

    /// It answered.
    pub(super) fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// It did not; says whether it is left alone from now on and was not before.
    pub(super) fn failed(&mut self, now: Instant) -> bool {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= FAILURES_MAX {
            self.alone_until = Some(now + ALONE_FOR);
        }
        self.failures == FAILURES_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    #[test]
    fn a_server_that_fails_is_left_alone_and_then_tried_once() {
        let (mut breaker, start) = (Breaker::default(), clock::mark());
        for failure in 1..=FAILURES_MAX {
            assert!(breaker.lets_pass(start), "before failure {failure}");
            assert_eq!(breaker.failed(start), failure == FAILURES_MAX);
        }
        assert!(!breaker.lets_pass(start));
        let later = start + ALONE_FOR;
        assert!(breaker.lets_pass(later) && !breaker.lets_pass(later), "one alone");
        assert!(!breaker.failed(later) && !breaker.lets_pass(later));
        let last = later + ALONE_FOR;
        assert!(breaker.lets_pass(last));
        breaker.succeeded();
        assert!(breaker.lets_pass(last) && breaker.lets_pass(last));
    }

    #[test]
    fn failures_count_in_a_row() {
        let (mut breaker, now) = (Breaker::default(), clock::mark());
        for _ in 0..3 * FAILURES_MAX {
            breaker.failed(now);
            breaker.succeeded();
        }
        assert!(breaker.lets_pass(now));
    }
}
