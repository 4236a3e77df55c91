//! How is a code hashed?
//!
//! Codes of <https://hl7.org/fhir/R4/codesystem.html> are short and looked up by the million, so eight bytes at
//! a time are folded in by one multiplication. The seed differs from process to process, so that nobody outside can
//! choose codes that collide.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::OnceLock;

/// An odd number without pattern: the fraction of the golden ratio.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// A map whose keys are texts.
pub(crate) type TextMap<V> = HashMap<Box<str>, V, TextHash>;

/// Makes hashers of texts.
#[derive(Clone, Copy, Default)]
pub(crate) struct TextHash;

/// Hashes one text.
pub(crate) struct TextHasher(u64);

/// The hash of a text.
pub(crate) fn hash(text: &str) -> u64 {
    mix(text.as_bytes(), seed())
}

fn mix(bytes: &[u8], seed: u64) -> u64 {
    let mut words = bytes.chunks_exact(8);
    // The length tells apart what the zeros behind the last bytes would make alike.
    let mut mixed = fold(seed ^ bytes.len() as u64);
    for word in &mut words {
        let word = word.try_into().map_or(0, u64::from_le_bytes);
        mixed = fold(mixed ^ word);
    }
    let mut last = [0; 8];
    let rest = words.remainder();
    last[..rest.len()].copy_from_slice(rest);
    fold(mixed ^ u64::from_le_bytes(last)) ^ seed
}

/// Multiplies and joins both halves of the product, so that every bit reaches every other.
fn fold(word: u64) -> u64 {
    let product = u128::from(word ^ MULTIPLIER.rotate_left(32)) * u128::from(MULTIPLIER);
    let bytes = product.to_le_bytes();
    let half = |start: usize| bytes[start..start + 8].try_into().map_or(0, u64::from_le_bytes);
    half(0) ^ half(8)
}

/// Drawn once, as the maps of the standard library draw theirs.
fn seed() -> u64 {
    static SEED: OnceLock<u64> = OnceLock::new();
    *SEED.get_or_init(|| RandomState::new().build_hasher().finish())
}

impl BuildHasher for TextHash {
    type Hasher = TextHasher;

    fn build_hasher(&self) -> TextHasher {
        TextHasher(seed())
    }
}

impl Hasher for TextHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = mix(bytes, self.0);
    }

    // The mark behind a text: a key is one text, so that it separates nothing.
    fn write_u8(&mut self, _: u8) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// How many of the texts share one of twice as many slots with an earlier one.
    fn check(texts: impl Iterator<Item = String>, most: usize) {
        let texts: Vec<_> = texts.collect();
        let mask = (texts.len() * 2).next_power_of_two() as u64 - 1;
        let slots: HashSet<u64> = texts.iter().map(|text| hash(text) & mask).collect();
        assert!(texts.len() - slots.len() <= most, "{} of {}", texts.len() - slots.len(), texts.len());
    }

    #[test]
    fn codes_that_are_alike_fall_apart() {
        // By chance some 22 of 100 share a slot of two for each.
        check((0..10_000).map(|number| number.to_string()), 2_500);
        check((0..10_000).map(|number| format!("{number:08}-x")), 2_500);
        check((0..10_000).map(|number| "a".repeat(number % 100) + &(number / 100).to_string()), 2_500);
    }
}
