//! How often may a password be tried?
//!
//! Every try is kept for a quarter of an hour, before the password is looked at, so that tries side by side see each
//! other. After five that failed there is a wait that doubles; after ten there is none to be had until the oldest is
//! forgotten. Tries count for a name, whether anybody has it or not, so that answers tell nothing; and apart for each
//! browser that somebody signed in with before, so that a stranger cannot keep a doctor out. OWASP ASVS 5.0, 6.3.1.

use model::Instant;

/// How long a try counts.
pub const WINDOW_MICROS: i64 = 15 * 60 * 1_000_000;

/// Tries that failed after which one waits.
const FREE_MAX: usize = 5;

/// Tries that failed after which nothing is tried any more.
pub const TRIES_MAX: usize = 10;

const SECOND: i64 = 1_000_000;

/// Whether one more try is heeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is.
    Free,
    /// Not before this moment.
    Wait(Instant),
}

/// Whether a try at `now` is heeded after those at these moments, which all failed or are still being looked at.
pub fn standing(tries: &[Instant], now: Instant) -> Standing {
    let since = Instant(now.0.saturating_sub(WINDOW_MICROS));
    let mut recent: Vec<Instant> = tries.iter().copied().filter(|tried| *tried > since).collect();
    recent.sort_unstable();
    let Some(last) = recent.last() else { return Standing::Free };
    let until = match recent.len() {
        count if count < FREE_MAX => return Standing::Free,
        // The one whose end leaves fewer than the limit.
        count if count >= TRIES_MAX => Instant(recent[count - TRIES_MAX].0.saturating_add(WINDOW_MICROS)),
        count => {
            let doublings = u32::try_from(count - FREE_MAX).unwrap_or(u32::MAX);
            Instant(last.0.saturating_add(SECOND << std::cmp::min(doublings, 8)))
        }
    };
    if until > now { Standing::Wait(until) } else { Standing::Free }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(tries: &[i64], now: i64, expected: Option<i64>) {
        let tries: Vec<_> = tries.iter().map(|seconds| Instant(seconds * SECOND)).collect();
        let expected = expected.map_or(Standing::Free, |until| Standing::Wait(Instant(until * SECOND)));
        assert_eq!(standing(&tries, Instant(now * SECOND)), expected, "{tries:?} at {now}");
    }

    /// A-LK-01
    #[test]
    fn the_sixth_try_waits_a_second_and_each_later_one_twice_as_long() {
        check(&[], 1_000, None);
        check(&[1_000; 4], 1_000, None);
        check(&[1_000; 5], 1_000, Some(1_001));
        check(&[1_000; 5], 1_001, None);
        check(&[1_000; 6], 1_001, Some(1_002));
        check(&[1_000; 7], 1_001, Some(1_004));
        check(&[1_000; 9], 1_001, Some(1_016));
    }

    #[test]
    fn after_ten_tries_a_quarter_of_an_hour_must_pass() {
        check(&[1_000; 10], 1_100, Some(1_900));
        check(&[1_000; 10], 1_899, Some(1_900));
        check(&[1_000; 10], 1_900, None);
        check(
            &[1_001, 1_002, 1_003, 1_004, 1_005, 1_006, 1_007, 1_008, 1_009, 1_010, 1_011],
            1_100,
            Some(1_902),
        );
    }

    #[test]
    fn what_is_long_ago_is_forgotten() {
        check(&[1_000; 20], 1_900, None);
        check(&[100, 200, 300, 400, 1_500], 1_500, None);
    }
}
