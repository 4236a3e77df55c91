//! How much memory do the bodies take that are in work?
//!
//! A cap on each body bounds none of them together. What does not fit is refused at once, before it is
//! gathered, so that many large requests end in 503 and not in the end of the process. Bundles wait for each other
//! before they are read: what is made of them takes many times their bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use model::limits::{BODIES_BYTES_MAX, REQUEST_MS_MAX};
use model::{Code, Issue};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// KiB of Bundles that are worked on at a time. What is made of one takes some twenty times as much memory, and more
/// at a time than there are processors for are not done earlier, so that the others wait.
const BUNDLES_KIB_MAX: u32 = 4 << 10;

/// Bytes of all bodies in work.
#[derive(Clone)]
pub(crate) struct Budget {
    bytes: Arc<AtomicUsize>,
    bundles: Arc<Semaphore>,
}

/// The part of the budget that one request holds until it is dropped.
pub(crate) struct Held {
    budget: Budget,
    bytes: usize,
    turn: Option<OwnedSemaphorePermit>,
}

impl Default for Budget {
    fn default() -> Self {
        Self { bytes: Arc::default(), bundles: Arc::new(Semaphore::new(BUNDLES_KIB_MAX as usize)) }
    }
}

impl Budget {
    /// A part without bytes.
    pub(crate) fn begin(&self) -> Held {
        Held { budget: self.clone(), bytes: 0, turn: None }
    }
}

impl Held {
    /// Takes more of the budget, if there is more.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), Issue> {
        self.bytes += bytes;
        let before = self.budget.bytes.fetch_add(bytes, Ordering::Relaxed);
        if before + bytes > BODIES_BYTES_MAX {
            let message = format!("the bodies in work hold {BODIES_BYTES_MAX} bytes already");
            return Err(Issue::error(Code::Overloaded, message));
        }
        Ok(())
    }

    /// Waits until a Bundle of so many bytes may be worked on, which it may until this is dropped. Whoever came first
    /// goes first, and one that is larger than all may be together goes alone.
    pub(crate) async fn wait_for_turn(&mut self, bytes: usize) -> Result<(), Issue> {
        let kib = u32::try_from(bytes >> 10).unwrap_or(BUNDLES_KIB_MAX);
        let turn = self.budget.bundles.clone().acquire_many_owned(std::cmp::min(kib, BUNDLES_KIB_MAX));
        match tokio::time::timeout(Duration::from_millis(REQUEST_MS_MAX), turn).await {
            Ok(Ok(turn)) => self.turn = Some(turn),
            // Nobody closes it.
            Ok(Err(_)) => {}
            Err(_) => {
                let message = format!("the Bundle waited {REQUEST_MS_MAX} ms for others to be done");
                return Err(Issue::error(Code::Overloaded, message));
            }
        }
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.budget.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_ends_at_its_limit_and_what_is_dropped_is_there_again() {
        let budget = Budget::default();
        let (mut large, mut small) = (budget.begin(), budget.begin());
        assert_eq!(large.grow(BODIES_BYTES_MAX), Ok(()));
        assert_eq!(small.grow(1).map_err(|issue| issue.code), Err(Code::Overloaded));
        drop((large, small));
        assert_eq!(budget.begin().grow(BODIES_BYTES_MAX), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_bundle_waits_until_those_before_it_leave_room_and_the_largest_goes_alone() {
        let budget = Budget::default();
        let half = (BUNDLES_KIB_MAX as usize / 2) << 10;
        let (mut one, mut other, mut largest) = (budget.begin(), budget.begin(), budget.begin());
        assert_eq!(one.wait_for_turn(half).await, Ok(()));
        assert_eq!(other.wait_for_turn(half).await, Ok(()));
        let waiting = tokio::time::timeout(Duration::from_millis(20), largest.wait_for_turn(1 << 40));
        assert!(waiting.await.is_err());
        drop((one, other));
        assert_eq!(largest.wait_for_turn(1 << 40).await, Ok(()));
        assert_eq!(budget.bundles.available_permits(), 0);
        drop(largest);
        assert_eq!(budget.begin().wait_for_turn(2 * half).await, Ok(()));
    }
}
