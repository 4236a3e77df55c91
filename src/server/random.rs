//! What is a new resource called?
//!
//! UUIDs of version 7 (<https://www.rfc-editor.org/rfc/rfc9562#section-5.7>): they begin with the time, so
//! that new rows stand beside each other in an index, and end with 62 random bits, so that nobody
//! guesses one. The twelve bits between count the part of the millisecond (section 6.2, method 3).

use std::cell::RefCell;
use std::sync::Arc;

use interactions::{NewId, Random};
use model::{Clock, Id, Instant};

/// Random bytes fetched from the system at a time: a call of its own for each id would cost more than
/// everything else about it.
const POOL_BYTES: usize = 1024;

thread_local! {
    static POOL: RefCell<Pool> = const { RefCell::new(Pool { bytes: [0; POOL_BYTES], used: POOL_BYTES }) };
}

struct Pool {
    bytes: [u8; POOL_BYTES],
    used: usize,
}

/// Names resources by the time and by chance.
pub(crate) fn new_ids(clock: Clock) -> NewId {
    Arc::new(move || identify(clock(), eight_bytes()))
}

/// The id made of a moment and 62 of the bits of `chance`.
fn identify(now: Instant, chance: [u8; 8]) -> Id {
    let millis = u128::try_from(now.0.div_euclid(1_000).max(0)).expect("not negative");
    let fraction =
        u128::try_from(now.0.rem_euclid(1_000) * 4_096 / 1_000).expect("a remainder is not negative");
    let chance = u128::from(u64::from_be_bytes(chance) >> 2);
    let number = (millis & 0xffff_ffff_ffff) << 80 | 7 << 76 | fraction << 64 | 0b10 << 62 | chance;
    dashed(number.to_be_bytes())
}

/// Sixteen bytes as a UUID is written.
pub(crate) fn dashed(bytes: [u8; 16]) -> Id {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [b'-'; 36];
    let mut place = 0;
    for (index, byte) in bytes.into_iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            place += 1;
        }
        text[place] = DIGITS[usize::from(byte >> 4)];
        text[place + 1] = DIGITS[usize::from(byte & 15)];
        place += 2;
    }
    let text = std::str::from_utf8(&text).expect("only ASCII digits were written");
    Id::parse(text).expect("a UUID keeps to the grammar of ids")
}

/// Makes what secrets are made of, straight from the system each time: nothing of it lies about in a pool.
pub(crate) fn secrets() -> Random {
    Arc::new(|| {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).expect("the system gives random bytes once it has started");
        bytes
    })
}

/// Bytes that nobody guesses.
pub(crate) fn eight_bytes() -> [u8; 8] {
    POOL.with_borrow_mut(|pool| {
        if pool.used + 8 > POOL_BYTES {
            getrandom::fill(&mut pool.bytes).expect("the system gives random bytes once it has started");
            pool.used = 0;
        }
        let mut taken = [0; 8];
        taken.copy_from_slice(&pool.bytes[pool.used..pool.used + 8]);
        // What was given out must not lie about in memory.
        pool.bytes[pool.used..pool.used + 8].fill(0);
        pool.used += 8;
        taken
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn an_id_is_a_uuid_of_version_seven() {
        let id = identify(Instant(1_645_557_742_000_000), [0x3, 0x11, 0x30, 0, 0, 0, 0, 0xff]);
        assert_eq!(id.as_str(), "017f22e2-79b0-7000-80c4-4c000000003f");
    }

    #[test]
    fn ids_stand_in_the_order_of_their_microseconds() {
        let ids: Vec<_> =
            (0..2_000).map(|micros| identify(Instant(1_000_000 + micros), eight_bytes())).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn no_two_ids_of_one_moment_are_the_same() {
        let ids: BTreeSet<_> = (0..10_000).map(|_| identify(Instant(0), eight_bytes())).collect();
        assert_eq!(ids.len(), 10_000);
    }
}
