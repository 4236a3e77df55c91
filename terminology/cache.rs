//! What has been made ready already?
//!
//! Code systems and value sets by canonical, <https://hl7.org/fhir/R4/references.html#canonical>. Reading takes
//! no lock that keeps other readers out; only what is made for the first time is written.

use std::sync::{PoisonError, RwLock};

use crate::hash::TextMap;
use crate::limits::CACHE_ENTRIES_MAX;

/// Values by name, made when first asked for.
pub(crate) struct Cache<T> {
    entries: RwLock<TextMap<T>>,
}

impl<T: Clone> Cache<T> {
    pub(crate) fn new() -> Self {
        Self { entries: RwLock::new(TextMap::default()) }
    }

    /// What is kept under `key`, looked at in place.
    pub(crate) fn look<R>(&self, key: &str, look: impl FnOnce(&T) -> R) -> Option<R> {
        // A panic elsewhere leaves the map whole, because values are put in ready made.
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.get(key).map(look)
    }

    /// What is kept under `key`, or else what `make` gives, which is kept while there is room. Two threads may
    /// make the same at once; the first one's is kept.
    pub(crate) fn get_or_make(&self, key: &str, make: impl FnOnce() -> T) -> T {
        if let Some(known) = self.look(key, T::clone) {
            return known;
        }
        let made = make();
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= CACHE_ENTRIES_MAX {
            return made;
        }
        entries.entry(key.into()).or_insert(made).clone()
    }
}
