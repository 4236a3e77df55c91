//! Where does chance come from that can be repeated?
//!
//! A stream of numbers from a seed (the SplitMix64 sequence), so that a failing run can be run again.

use std::hash::{BuildHasher, Hasher, RandomState};

/// A repeatable stream of numbers.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The stream that belongs to a seed.
    pub fn from_seed(seed: u64) -> Self {
        Self(seed)
    }

    /// A seed that differs from run to run.
    pub fn fresh_seed() -> u64 {
        RandomState::new().build_hasher().finish()
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not zero.
    pub fn below(&mut self, end: u64) -> u64 {
        assert!(end > 0, "there is no number below zero");
        self.number() % end
    }

    /// A place in a list of `length` entries, which is not empty.
    pub fn place(&mut self, length: usize) -> usize {
        let place = self.below(u64::try_from(length).expect("a length fits 64 bits"));
        usize::try_from(place).expect("it is below a usize")
    }

    /// One of the choices, which are not none.
    pub fn pick<'list, T>(&mut self, choices: &'list [T]) -> &'list T {
        &choices[self.place(choices.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_stream_again_and_another_seed_another() {
        let stream = |seed| {
            let mut chance = Chance::from_seed(seed);
            [chance.number(), chance.number(), chance.below(1000)]
        };
        assert_eq!(stream(7), stream(7));
        assert_ne!(stream(7), stream(8));
    }
}
