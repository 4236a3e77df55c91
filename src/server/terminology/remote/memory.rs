//! What did another server answer to this question a while ago?
//!
//! Answers and refusals, for a time, within a bound of bytes; the oldest go first.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use model::{Value, json};

/// How long an answer counts: code systems change a few times a year, and somebody may mend one now.
const KEPT_FOR: Duration = Duration::from_secs(600);

/// Bytes of all answers together, as JSON.
const BYTES_MAX: usize = 32 << 20;

/// Bytes of an answer that is kept; larger ones are rare, and would drive out all others.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// Bytes that an answer takes besides its own.
const OVERHEAD_BYTES: usize = 200;

/// A question, by its hash.
pub(super) type Key = [u8; 32];

/// What was answered, or why the question was refused.
pub(super) type Told = Result<Value, String>;

/// What is remembered.
#[derive(Default)]
pub(super) struct Memory {
    entries: HashMap<Key, Entry>,
    /// In the order in which they came.
    order: VecDeque<Key>,
    bytes: usize,
}

struct Entry {
    told: Told,
    until: Instant,
    bytes: usize,
}

impl Memory {
    /// What was told, if that still counts.
    pub(super) fn find(&mut self, key: &Key, now: Instant) -> Option<Told> {
        self.forget(|entry, _| entry.until <= now);
        self.entries.get(key).map(|entry| entry.told.clone())
    }

    /// Remembers what was told, unless it is too large.
    pub(super) fn keep(&mut self, key: Key, told: Told, now: Instant) {
        let own = told.as_ref().map_or_else(String::len, |answer| json::to_compact(answer).len());
        if own > ANSWER_BYTES_MAX || self.entries.contains_key(&key) {
            return;
        }
        let bytes = own + OVERHEAD_BYTES;
        self.forget(|_, held| held + bytes > BYTES_MAX);
        self.bytes += bytes;
        self.order.push_back(key);
        self.entries.insert(key, Entry { told, until: now + KEPT_FOR, bytes });
    }

    /// Forgets from the oldest on, as long as one is to be forgotten by itself or by how many bytes are held.
    fn forget(&mut self, is_over: impl Fn(&Entry, usize) -> bool) {
        while let Some(key) = self.order.front() {
            let entry = self.entries.get(key);
            if entry.is_some_and(|entry| !is_over(entry, self.bytes)) {
                return;
            }
            if let Some(gone) = self.entries.remove(key) {
                self.bytes -= gone.bytes;
            }
            self.order.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    fn key(number: u8) -> Key {
        [number; 32]
    }

    #[test]
    fn an_answer_counts_for_a_time() {
        let (mut memory, now) = (Memory::default(), clock::mark());
        memory.keep(key(1), Ok("a".into()), now);
        memory.keep(key(2), Err("no".to_owned()), now);
        assert_eq!(memory.find(&key(1), now), Some(Ok("a".into())));
        assert_eq!(memory.find(&key(2), now), Some(Err("no".to_owned())));
        assert_eq!(memory.find(&key(3), now), None);
        assert_eq!(memory.find(&key(1), now + KEPT_FOR), None);
        assert_eq!((memory.bytes, memory.order.len(), memory.entries.len()), (0, 0, 0));
    }

    #[test]
    fn the_oldest_answers_make_room() {
        let (mut memory, now) = (Memory::default(), clock::mark());
        let large = "x".repeat(ANSWER_BYTES_MAX - 2);
        (0..40).for_each(|number| memory.keep(key(number), Ok(large.as_str().into()), now));
        assert!(memory.bytes <= BYTES_MAX && memory.entries.len() >= 30, "{}", memory.entries.len());
        assert!(memory.find(&key(0), now).is_none() && memory.find(&key(39), now).is_some());
        memory.keep(key(50), Ok("x".repeat(ANSWER_BYTES_MAX).as_str().into()), now);
        assert!(memory.find(&key(50), now).is_none(), "it is too large");
    }
}
