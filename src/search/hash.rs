//! Which number stands for this text?
//!
//! Systems, units and type names stand in rows as numbers, so that rows are short. A number that a client could
//! aim at by choosing a text is the beginning of a SHA-256; the others need only be spread.

use std::cell::RefCell;
use std::collections::HashMap;

use sha2::{Digest as _, Sha256};
use xxhash_rust::xxh3::xxh3_64;

use crate::limits::NUMBERS_KEPT;

thread_local! {
    // The same few systems and units come again and again.
    static KNOWN: RefCell<HashMap<Box<str>, i64>> = RefCell::default();
}

/// The number of a system or unit; 0 is that of the empty text.
pub fn number(text: &str) -> i64 {
    if text.is_empty() {
        return 0;
    }
    KNOWN.with_borrow_mut(|known| {
        if let Some(number) = known.get(text) {
            return *number;
        }
        let digest = Sha256::digest(text.as_bytes());
        let first = digest.first_chunk().expect("a digest has 32 bytes");
        let number = i64::from_be_bytes(*first);
        if known.len() < NUMBERS_KEPT {
            known.insert(text.into(), number);
        }
        number
    })
}

/// The number of a name that the definitions give: never 0.
pub fn short(name: &str) -> u32 {
    let bytes = xxh3_64(name.as_bytes()).to_be_bytes();
    let number = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    std::cmp::max(number, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_same_on_every_machine_and_for_ever() {
        assert_eq!(number(""), 0);
        assert_eq!(number("http://loinc.org"), number("http://loinc.org"));
        assert_eq!(number("abc").to_be_bytes(), [0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea]);
        assert_ne!(short("Patient.name"), short("Patient.family"));
    }
}
