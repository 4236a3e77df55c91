//! How many may do something at the same time?

use std::sync::atomic::{AtomicUsize, Ordering};

/// A place among those who do it, given back when it is dropped, also when the visitor goes away.
pub(super) struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    /// Takes a place, if there is one.
    pub(super) fn take(taken: &'a AtomicUsize, places: usize) -> Option<Self> {
        let place = Self(taken);
        (taken.fetch_add(1, Ordering::Relaxed) < places).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_was_given_back_can_be_taken() {
        let taken = AtomicUsize::new(0);
        let first = Place::take(&taken, 1).expect("free");
        assert!(Place::take(&taken, 1).is_none());
        drop(first);
        assert!(Place::take(&taken, 1).is_some());
    }
}
