//! Which current versions need no question to the database?
//!
//! Rendered versions in sharded maps, bounded by bytes; what was not asked for since the hand last came
//! by goes first (CLOCK). Only a process that is the only writer may use it.
//!
//! Invariants, which together make a read linearisable and a transaction whole for readers:
//!
//! 1. Before a commit becomes visible, the committer holds the entries of the keys that it changes: a
//!    held entry is a miss for readers, is never evicted and is filled by nobody but the committer.
//! 2. When the commit is visible and before it is answered, the committer fills in the new versions.
//! 3. A reader fills in what it read only where no entry stands for the key that is newer or held, and
//!    only if nothing newer than the last commit before its statement was evicted from the shard: what
//!    it missed would have been either.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use model::{Instant, Key};
use store::Version;

/// Shards, so that two threads seldom want the same one.
const SHARDS: usize = 64;

/// Bytes that an entry costs beside its JSON.
const ENTRY_BYTES: usize = 300;

/// Current versions by key.
pub(crate) struct Cache {
    shards: Box<[Mutex<Shard>]>,
    hasher: RandomState,
    shard_bytes_max: usize,
    last_commit: AtomicI64,
}

#[derive(Default)]
struct Shard {
    entries: HashMap<u64, Entry, BuildHasherDefault<Hashed>>,
    /// Every hash in `entries` exactly once, in the order in which the hand comes by.
    clock: VecDeque<u64>,
    bytes: usize,
    /// The newest version that was ever evicted or displaced.
    lost: Option<Instant>,
}

struct Entry {
    tenant: u32,
    /// None while the committer holds it.
    version: Option<Version>,
    used: bool,
}

/// The moment before a reader's statement.
#[derive(Clone, Copy)]
pub(crate) struct Moment(Instant);

impl Cache {
    /// An empty cache of about so many bytes.
    pub(crate) fn new(bytes_max: usize, last_commit: Instant) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        let shard_bytes_max = bytes_max / SHARDS;
        let last_commit = AtomicI64::new(last_commit.0);
        Self { shards, hasher: RandomState::new(), shard_bytes_max, last_commit }
    }

    /// The current version, if it is known here.
    pub(crate) fn get(&self, tenant: u32, key: &Key) -> Option<Version> {
        let hash = self.hasher.hash_one((tenant, key));
        let mut shard = self.shard(hash).lock().expect("no holder panics");
        let entry = shard.entries.get_mut(&hash)?;
        let version = entry.version.as_ref().filter(|it| it.key == *key && entry.tenant == tenant)?.clone();
        entry.used = true;
        Some(version)
    }

    /// The moment that a reader passes to [`Cache::fill`].
    pub(crate) fn moment(&self) -> Moment {
        Moment(self.last())
    }

    /// Up to when everything is visible: what is answered already, at least.
    pub(crate) fn last(&self) -> Instant {
        Instant(self.last_commit.load(Ordering::Acquire))
    }

    /// Takes in what a reader read after `moment`, where that cannot hide anything newer.
    pub(crate) fn fill(&self, tenant: u32, version: Version, moment: Moment) {
        let hash = self.hasher.hash_one((tenant, &version.key));
        let mut shard = self.shard(hash).lock().expect("no holder panics");
        let newer = |entry: &Entry| {
            entry.version.as_ref().is_none_or(|held| held.committed_at >= version.committed_at)
        };
        if shard.lost.is_some_and(|lost| lost > moment.0) || shard.entries.get(&hash).is_some_and(newer) {
            return;
        }
        shard.put(hash, tenant, version);
        shard.shrink(self.shard_bytes_max);
    }

    /// Makes readers ask the database for a key until it is filled in or released.
    pub(crate) fn hold(&self, tenant: u32, key: &Key) {
        let hash = self.hasher.hash_one((tenant, key));
        self.shard(hash).lock().expect("no holder panics").hold(hash, tenant);
    }

    /// Takes in a version that the committer has made visible.
    pub(crate) fn put(&self, tenant: u32, version: Version) {
        let hash = self.hasher.hash_one((tenant, &version.key));
        let mut shard = self.shard(hash).lock().expect("no holder panics");
        shard.put(hash, tenant, version);
        shard.shrink(self.shard_bytes_max);
    }

    /// Forgets a key whose commit failed.
    pub(crate) fn release(&self, tenant: u32, key: &Key) {
        let hash = self.hasher.hash_one((tenant, key));
        let mut shard = self.shard(hash).lock().expect("no holder panics");
        if shard.entries.get(&hash).is_some_and(|entry| entry.version.is_none()) {
            shard.entries.remove(&hash);
            shard.clock.retain(|it| *it != hash);
        }
    }

    /// Notes that everything up to `last` is visible and filled in.
    pub(crate) fn committed(&self, last: Instant) {
        self.last_commit.fetch_max(last.0, Ordering::Release);
    }

    fn shard(&self, hash: u64) -> &Mutex<Shard> {
        let place = usize::try_from(hash >> 32).expect("32 bits fit") % SHARDS;
        &self.shards[place]
    }
}

impl Shard {
    fn put(&mut self, hash: u64, tenant: u32, version: Version) {
        self.bytes += cost(&version);
        self.replace(hash, Entry { tenant, version: Some(version), used: false });
    }

    fn hold(&mut self, hash: u64, tenant: u32) {
        self.replace(hash, Entry { tenant, version: None, used: false });
    }

    fn replace(&mut self, hash: u64, entry: Entry) {
        match self.entries.insert(hash, entry) {
            None => self.clock.push_back(hash),
            Some(old) => self.lose(&old),
        }
    }

    /// Accounts for an entry that is gone.
    fn lose(&mut self, entry: &Entry) {
        if let Some(version) = &entry.version {
            self.bytes -= cost(version);
            self.lost = std::cmp::max(self.lost, Some(version.committed_at));
        }
    }

    fn shrink(&mut self, bytes_max: usize) {
        // Twice around is enough: the first round takes every second chance away.
        for _ in 0..2 * self.clock.len() {
            if self.bytes <= bytes_max {
                return;
            }
            let Some(hash) = self.clock.pop_front() else { return };
            let entry = self.entries.get_mut(&hash).expect("the clock holds what the map holds");
            if entry.version.is_none() || std::mem::take(&mut entry.used) {
                self.clock.push_back(hash);
            } else if let Some(entry) = self.entries.remove(&hash) {
                self.lose(&entry);
            }
        }
    }
}

fn cost(version: &Version) -> usize {
    ENTRY_BYTES + version.json.as_ref().map_or(0, bytes::Bytes::len)
}

/// The map's keys are hashes already.
#[derive(Default)]
pub(crate) struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("the keys are u64")
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use model::{Id, ResourceType, VersionId};
    use store::Method;

    use super::*;

    fn version(id: &str, number: i64) -> Version {
        Version {
            key: key(id),
            version: VersionId(u64::try_from(number).expect("positive")),
            committed_at: Instant(number),
            method: Method::Put,
            json: Some(Bytes::from(vec![b' '; 1000])),
            blob: None,
        }
    }

    fn key(id: &str) -> Key {
        Key::new(ResourceType::known("Patient"), Id::parse(id).expect("valid"))
    }

    fn check(cache: &Cache, id: &str, expected: Option<i64>) {
        assert_eq!(cache.get(0, &key(id)).map(|version| version.committed_at.0), expected, "{id}");
    }

    #[test]
    fn what_fits_is_kept_and_one_more_takes_the_place_of_the_first() {
        let mut shard = Shard::default();
        let bytes_max = 2 * cost(&version("a", 1));
        for (hash, id) in (1..).zip(["a", "b", "c"]) {
            shard.put(hash, 0, version(id, i64::try_from(hash).expect("small")));
            shard.shrink(bytes_max);
            let mut kept: Vec<_> = shard.entries.keys().copied().collect();
            kept.sort_unstable();
            assert_eq!(kept, (std::cmp::max(hash, 2) - 1..=hash).collect::<Vec<_>>(), "{id}");
        }
    }

    #[test]
    fn a_reader_that_was_overtaken_does_not_hide_the_newer_version() {
        let cache = Cache::new(1 << 20, Instant(1));
        let moment = cache.moment();
        cache.put(0, version("a", 2));
        cache.fill(0, version("a", 1), moment);
        check(&cache, "a", Some(2));
    }

    #[test]
    fn a_reader_that_was_overtaken_does_not_hide_a_newer_version_that_was_evicted() {
        let cache = Cache::new(0, Instant(1));
        let moment = cache.moment();
        cache.put(0, version("a", 2));
        cache.committed(Instant(2));
        check(&cache, "a", None);
        let roomy = Cache { shard_bytes_max: 1 << 20, ..cache };
        roomy.fill(0, version("a", 1), moment);
        check(&roomy, "a", None);
        roomy.fill(0, version("a", 2), roomy.moment());
        check(&roomy, "a", Some(2));
    }

    #[test]
    fn a_held_key_is_a_miss_until_the_committer_fills_or_releases_it() {
        let cache = Cache::new(1 << 20, Instant(1));
        cache.put(0, version("a", 1));
        cache.hold(0, &key("a"));
        check(&cache, "a", None);
        cache.fill(0, version("a", 1), Moment(Instant(9)));
        check(&cache, "a", None);
        cache.put(0, version("a", 2));
        check(&cache, "a", Some(2));
        cache.hold(0, &key("a"));
        cache.release(0, &key("a"));
        cache.fill(0, version("a", 2), Moment(Instant(9)));
        check(&cache, "a", Some(2));
    }

    #[test]
    fn tenants_do_not_see_each_other() {
        let cache = Cache::new(1 << 20, Instant(1));
        cache.put(1, version("a", 1));
        check(&cache, "a", None);
    }

    #[test]
    fn the_cache_stays_within_its_bytes_and_keeps_what_is_used() {
        let cache = Cache::new(SHARDS * 20 * 1300, Instant(0));
        for number in 1..20_000 {
            cache.put(0, version(&number.to_string(), number));
            cache.get(0, &key("1"));
        }
        let bytes: usize = cache.shards.iter().map(|it| it.lock().expect("sound").bytes).sum();
        assert!(bytes <= SHARDS * 20 * 1300, "{bytes}");
        assert!(bytes > SHARDS * 10 * 1300, "{bytes}");
        check(&cache, "1", Some(1));
    }
}
