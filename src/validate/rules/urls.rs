//! Might this canonical be one of many?
//!
//! A filter of bits, <https://en.wikipedia.org/wiki/Bloom_filter>: every coding of every write is asked whether its
//! system is a value set by mistake, and nearly none is.

/// The canonicals that were put in, as one bit each.
pub(super) struct Urls {
    bits: Box<[u64]>,
}

/// Words of bits: sixty-five thousand for the two thousand value sets of R4 and a few guides.
const WORDS: usize = 1 << 10;

/// An odd number near the golden ratio of 2 to the power of 64, which spreads keys well.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

impl Urls {
    pub(super) fn new<'u>(urls: impl Iterator<Item = &'u str>) -> Self {
        let mut bits = vec![0; WORDS].into_boxed_slice();
        for url in urls {
            let (word, bit) = place(url.as_bytes());
            bits[word] |= bit;
        }
        Self { bits }
    }

    /// Whether the canonical could be one of those that were put in, in any version; false when it is none of them.
    pub(super) fn may_hold(&self, canonical: &str) -> bool {
        // A version is not among the letters that were put in, and what a fragment names is contained in something
        // else. Without an end in between, which many bytes at once can be asked.
        let has_more = canonical.bytes().fold(false, |found, byte| found | (byte == b'|') | (byte == b'#'));
        let (word, bit) = place(canonical.as_bytes());
        has_more || self.bits[word] & bit != 0
    }
}

/// The word and the bit in it.
fn place(url: &[u8]) -> (usize, u64) {
    let spread = |key: u64, word: u64| (key.rotate_left(5) ^ word).wrapping_mul(MULTIPLIER);
    let (eights, rest) = url.as_chunks::<8>();
    let key = eights.iter().fold(0, |key, eight| spread(key, u64::from_le_bytes(*eight)));
    let key = spread(key, rest.iter().fold(1, |word, byte| word << 8 | u64::from(*byte)));
    let word = usize::try_from(key >> 54).unwrap_or_default();
    (word, 1 << (key >> 48 & 63))
}

#[cfg(test)]
mod tests {
    use fhir_profiles::Registry;

    use super::*;

    #[test]
    fn what_was_put_in_is_found_in_any_version_and_hardly_anything_else() {
        let registry = Registry::r4();
        let urls = || registry.of_type("ValueSet").map(|entry| &*entry.url);
        let filter = Urls::new(urls());
        assert!(urls().count() > 1000);
        assert!(urls().all(|url| filter.may_hold(url) && filter.may_hold(&format!("{url}|4.0.1"))));
        assert!(filter.may_hold("http://example.org/any#fragment"));
        let others = registry.of_type("StructureDefinition").map(|entry| &*entry.url);
        let (count, mistaken) = others
            .fold((0, 0), |(count, mistaken), url| (count + 1, mistaken + usize::from(filter.may_hold(url))));
        assert!(mistaken * 10 < count, "{mistaken} of {count}");
    }
}
