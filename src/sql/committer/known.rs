//! What does the committer know without asking?
//!
//! Where nobody else writes, what it wrote last still stands, and what changes often was written lately.
//! What a server-made id names does not stand yet. Neither is trusted blindly: a statement that would
//! write over something else fails, and the batch is decided again over what the database says.
//!
//! Invariant: what is remembered was committed, and nothing about its resource was committed since.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, BuildHasherDefault};

use model::{Instant, Key};

use super::Others;
use super::decide::{Place, Standing};
use crate::cache::Hashed;

/// Resources in one of two generations, at some 250 bytes each: what was written in the last second of a
/// busy server, several times over.
const GENERATION_MAX: usize = 8192;

/// Batches of a process among others that ask for everything after a mistake: where the clocks of two
/// computers differ, the one that is behind would be mistaken every time.
const DOUBTED_MAX: usize = 256;

/// What is remembered, in two generations: when the young one is full, the old one is forgotten.
pub(super) struct Known {
    others: Others,
    last: Option<Instant>,
    /// Batches that ask for everything still.
    doubted: usize,
    hasher: RandomState,
    young: Generation,
    old: Generation,
    generation_max: usize,
}

/// By hash; of two resources with one hash, the later is remembered.
type Generation = HashMap<u64, Remembered, BuildHasherDefault<Hashed>>;

struct Remembered {
    tenant: u32,
    key: Key,
    standing: Standing,
}

impl Known {
    /// Knows of the last commit only.
    pub(super) fn new(others: Others, last: Instant) -> Self {
        Self {
            others,
            last: Some(last),
            doubted: 0,
            hasher: RandomState::new(),
            young: Generation::default(),
            old: Generation::default(),
            generation_max: GENERATION_MAX,
        }
    }

    /// When the last commit was, as far as is known; others may have committed since.
    pub(super) fn last(&self) -> Option<Instant> {
        self.last
    }

    /// Whether nobody else writes.
    pub(super) fn is_alone(&self) -> bool {
        self.others == Others::None
    }

    /// Whether what a server-made id names may be taken for absent, and the last commit for the last.
    /// After a mistake the database is asked for everything, once.
    pub(super) fn is_trusted(&self) -> bool {
        self.last.is_some()
    }

    /// Where a resource stands.
    pub(super) fn recall(&self, place: &Place<'_>) -> Option<&Standing> {
        let hash = self.hash(place);
        let remembered = self.young.get(&hash).or_else(|| self.old.get(&hash))?;
        (remembered.tenant == place.tenant && remembered.key == *place.key).then_some(&remembered.standing)
    }

    /// Takes in what a commit has changed, the newest at `last`.
    pub(super) fn remember(&mut self, changed: HashMap<Place<'_>, Standing>, last: Instant) {
        self.doubted = self.doubted.saturating_sub(1);
        self.last = (self.doubted == 0).then_some(last);
        if self.others == Others::Some {
            return;
        }
        for (place, standing) in changed {
            let hash = self.hash(&place);
            let remembered = Remembered { tenant: place.tenant, key: place.key.clone(), standing };
            self.young.insert(hash, remembered);
            if self.young.len() >= self.generation_max {
                self.old = std::mem::take(&mut self.young);
            }
        }
    }

    /// Forgets everything.
    pub(super) fn forget(&mut self) {
        self.last = None;
        self.doubted = if self.others == Others::Some { DOUBTED_MAX } else { 0 };
        self.young.clear();
        self.old.clear();
    }

    fn hash(&self, place: &Place<'_>) -> u64 {
        self.hasher.hash_one(place)
    }
}

#[cfg(test)]
mod tests {
    use model::{Id, ResourceType, VersionId};
    use store::Method;

    use super::*;

    fn key(id: &str) -> Key {
        Key::new(ResourceType::known("Patient"), Id::parse(id).expect("valid"))
    }

    fn remember(known: &mut Known, id: &str, version: u64) {
        let committed_at = Instant(i64::try_from(version).expect("small"));
        let (version, method) = (VersionId(version), Method::Put);
        let standing = Standing { resource: 1, version, committed_at, method, content: None };
        let key = key(id);
        known.remember(HashMap::from([(Place { tenant: 0, code: 1, key: &key }, standing)]), committed_at);
    }

    fn check(known: &Known, tenant: u32, id: &str, expected: Option<u64>) {
        let found = known.recall(&Place { tenant, code: 1, key: &key(id) });
        assert_eq!(found.map(|standing| standing.version.0), expected, "{id} of {tenant}");
    }

    fn small(others: Others) -> Known {
        Known { generation_max: 2, ..Known::new(others, Instant(0)) }
    }

    #[test]
    fn what_was_written_last_is_known_for_its_tenant_alone() {
        let mut known = small(Others::None);
        remember(&mut known, "a", 1);
        remember(&mut known, "a", 2);
        check(&known, 0, "a", Some(2));
        check(&known, 1, "a", None);
        assert_eq!(known.last(), Some(Instant(2)));
    }

    #[test]
    fn two_generations_are_remembered_and_the_third_takes_the_place_of_the_first() {
        let mut known = small(Others::None);
        for (version, id) in (1..).zip(["a", "b", "c", "d"]) {
            check(&known, 0, "a", if version == 1 { None } else { Some(1) });
            remember(&mut known, id, version);
        }
        check(&known, 0, "a", None);
        check(&known, 0, "c", Some(3));
        check(&known, 0, "d", Some(4));
    }

    #[test]
    fn a_newer_version_hides_the_one_in_the_old_generation() {
        let mut known = small(Others::None);
        for (version, id) in (1..).zip(["a", "b", "a"]) {
            remember(&mut known, id, version);
        }
        check(&known, 0, "a", Some(3));
    }

    #[test]
    fn where_others_write_too_nothing_is_remembered_but_the_time() {
        let mut known = small(Others::Some);
        remember(&mut known, "a", 1);
        check(&known, 0, "a", None);
        assert_eq!(known.last(), Some(Instant(1)));
    }

    #[test]
    fn what_was_forgotten_is_not_trusted_until_the_next_commit() {
        let mut known = small(Others::None);
        remember(&mut known, "a", 1);
        known.forget();
        check(&known, 0, "a", None);
        assert!(!known.is_trusted());
        remember(&mut known, "b", 2);
        assert!(known.is_trusted());
    }

    #[test]
    fn among_others_a_mistake_is_followed_by_batches_that_ask() {
        let mut known = small(Others::Some);
        known.forget();
        for version in 1..=256 {
            assert!(!known.is_trusted(), "{version}");
            remember(&mut known, "a", version);
        }
        assert!(known.is_trusted());
    }
}
