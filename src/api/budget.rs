//! How much memory do the bodies take that are in work?
//!
//! A cap on each body bounds none of them together. What does not fit is refused at once, before it is
//! gathered, so that many large requests end in 503 and not in the end of the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use model::limits::BODIES_BYTES_MAX;
use model::{Code, Issue};

/// Bytes of all bodies in work.
#[derive(Clone, Default)]
pub(crate) struct Budget(Arc<AtomicUsize>);

/// The part of the budget that one request holds until it is dropped.
pub(crate) struct Held {
    budget: Budget,
    bytes: usize,
}

impl Budget {
    /// A part without bytes.
    pub(crate) fn begin(&self) -> Held {
        Held { budget: self.clone(), bytes: 0 }
    }
}

impl Held {
    /// Takes more of the budget, if there is more.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), Issue> {
        self.bytes += bytes;
        let before = self.budget.0.fetch_add(bytes, Ordering::Relaxed);
        if before + bytes > BODIES_BYTES_MAX {
            let message = format!("the bodies in work hold {BODIES_BYTES_MAX} bytes already");
            return Err(Issue::error(Code::Overloaded, message));
        }
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.budget.0.fetch_sub(self.bytes, Ordering::Relaxed);
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
}
