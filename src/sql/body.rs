//! How is a resource's content kept small, and how is damage found?
//!
//! A draft's JSON is compressed with zstd, where a dictionary of the type exists with that, and kept as
//! text where compression does not help. A digest over the JSON and its gap tells damage at every read,
//! and tells whether a write changes anything.
//!
//! The digest is not a cryptographic one: it finds accidents. Whoever can construct two contents with
//! one digest can only make the server believe that their own write changed nothing.

use std::cell::RefCell;

use model::Draft;
use xxhash_rust::xxh3::xxh3_128_with_seed;
use zstd::zstd_safe::{CCtx, DCtx, compress_bound, get_frame_content_size};

use crate::dictionaries::Dictionary;

/// The `coding` of a body that is text.
pub(crate) const TEXT: i64 = 0;
/// The `coding` of a body that is compressed without a dictionary; with one, it is the dictionary's.
pub(crate) const PLAIN: i64 = 1;

/// The level at which a body costs least time to write; the dictionary does more for its size.
pub(crate) const LEVEL: i32 = 1;

/// Bytes of one body after decompression. Requests are bound to less; a larger one is damage.
const CONTENT_BYTES_MAX: u64 = 1 << 30;

/// Bytes below which compression without a dictionary gains nothing.
const PLAIN_BYTES_MIN: usize = 200;

/// Bytes of room that a thread keeps for the next body; few are larger.
const ROOM_BYTES_KEPT: usize = 64 << 10;

/// What tells one content from another.
pub(crate) type Digest = [u8; 16];

/// A content as the database keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Body {
    /// How the bytes are to be read.
    pub coding: i64,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// The digest of a draft.
pub(crate) fn digest(draft: &Draft) -> Digest {
    // The gap is the seed, so that a damaged gap is found too.
    xxh3_128_with_seed(draft.json(), draft.gap() as u64).to_be_bytes()
}

thread_local! {
    // A context is hundreds of kilobytes, and making one costs more than using it. Beside it is room for
    // what might not become smaller.
    static COMPRESS: RefCell<(CCtx<'static>, Vec<u8>)> = RefCell::new((CCtx::create(), Vec::new()));
    static DECOMPRESS: RefCell<DCtx<'static>> = RefCell::new(DCtx::create());
}

/// Makes a content small.
pub(crate) fn compress(json: &[u8], dictionary: Option<&Dictionary>) -> Body {
    let text = || Body { coding: TEXT, bytes: json.to_vec() };
    if dictionary.is_none() && json.len() < PLAIN_BYTES_MIN {
        return text();
    }
    let bytes = COMPRESS.with_borrow_mut(|(context, room)| {
        room.clear();
        room.reserve(compress_bound(json.len()));
        let written = match dictionary {
            Some(dictionary) => context.compress_using_cdict(room, json, dictionary.compress.as_cdict()),
            None => context.compress(room, json, LEVEL),
        };
        let smaller = (written.is_ok() && room.len() < json.len()).then(|| room.as_slice().to_vec());
        room.shrink_to(ROOM_BYTES_KEPT);
        smaller
    });
    match bytes {
        Some(bytes) => Body { coding: dictionary.map_or(PLAIN, |dictionary| dictionary.coding), bytes },
        None => text(),
    }
}

/// Undoes [`compress`]; none when the bytes are damaged or need a dictionary that is not given.
pub(crate) fn decompress(coding: i64, bytes: &[u8], dictionary: Option<&Dictionary>) -> Option<Vec<u8>> {
    if coding == TEXT {
        return Some(bytes.to_vec());
    }
    let length =
        get_frame_content_size(bytes).ok().flatten().filter(|length| *length <= CONTENT_BYTES_MAX)?;
    let mut json = Vec::with_capacity(usize::try_from(length).ok()?);
    let read = DECOMPRESS.with_borrow_mut(|context| match (coding, dictionary) {
        (PLAIN, _) => Some(context.decompress(&mut json, bytes)),
        (_, Some(dictionary)) => {
            Some(context.decompress_using_ddict(&mut json, bytes, dictionary.decompress.as_ddict()))
        }
        _ => None,
    });
    read?.ok().map(|_| json)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, dictionary: Option<&Dictionary>, coding: i64) {
        let body = compress(json.as_bytes(), dictionary);
        assert_eq!(body.coding, coding, "{json}");
        let read = decompress(body.coding, &body.bytes, dictionary).expect("undamaged");
        assert_eq!(read, json.as_bytes());
    }

    fn patient(number: usize) -> String {
        format!(
            r#"{{"resourceType":"Patient","id":"{number}","meta":{{}},"active":true,"name":[{{"use":"official","family":"Family{}","given":["Given{}"]}}],"birthDate":"19{:02}-01-01"}}"#,
            number * 7919 % 1000,
            number * 104_729 % 1000,
            number % 100
        )
    }

    #[test]
    fn content_comes_back_as_it_was_however_it_was_kept() {
        check("{}", None, TEXT);
        check(&"x".repeat(1000), None, PLAIN);
        let samples: Vec<_> = (0..1000).map(|number| patient(number).into_bytes()).collect();
        let dictionary = Dictionary::train(7, &samples).expect("enough samples");
        check(&patient(5000), Some(&dictionary), 7);
        let small = compress(patient(5000).as_bytes(), Some(&dictionary)).bytes.len();
        assert!(small * 2 < patient(5000).len(), "{small} bytes");
    }

    #[test]
    fn damaged_bytes_are_not_read_as_content() {
        let body = compress("x".repeat(1000).as_bytes(), None);
        assert_eq!(decompress(PLAIN, &body.bytes[..5], None), None);
        assert_eq!(decompress(PLAIN, b"", None), None);
        assert_eq!(decompress(7, &body.bytes, None), None);
    }
}
