//! Where do the bytes of a young entry lie?
//!
//! In the entry itself, nearly always: whoever looks for one in a map compares neighbours without following a pointer,
//! and no memory is asked for when one is made or copied.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::ops::{Deref, DerefMut};

/// Bytes that lie in the entry itself: a code as long as a UUID still does, and the whole takes one line of cache.
const SHORT_MAX: usize = 62;

/// Bytes, ordered as such.
#[derive(Clone)]
pub(crate) enum Bytes {
    /// So many of the first.
    Short(u8, [u8; SHORT_MAX]),
    /// More than fit.
    Long(Box<[u8]>),
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        match u8::try_from(bytes.len()) {
            Ok(length) if bytes.len() <= SHORT_MAX => {
                let mut short = [0; SHORT_MAX];
                short[..bytes.len()].copy_from_slice(bytes);
                Bytes::Short(length, short)
            }
            _ => Bytes::Long(bytes.into()),
        }
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Short(length, short) => &short[..usize::from(*length)],
            Bytes::Long(long) => long,
        }
    }
}

impl DerefMut for Bytes {
    fn deref_mut(&mut self) -> &mut [u8] {
        match self {
            Bytes::Short(length, short) => &mut short[..usize::from(*length)],
            Bytes::Long(long) => long,
        }
    }
}

impl Borrow<[u8]> for Bytes {
    fn borrow(&self) -> &[u8] {
        self
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Bytes {}

impl PartialOrd for Bytes {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Bytes {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl std::fmt::Debug for Bytes {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (**self).fmt(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_kept_and_ordered_as_such_however_many_they_are() {
        let long: Vec<u8> = (0..200).collect();
        let lengths = [0, 1, SHORT_MAX - 1, SHORT_MAX, SHORT_MAX + 1, 199, 200];
        for length in lengths {
            assert_eq!(*Bytes::from(&long[..length]), long[..length], "{length}");
            for other in lengths {
                let order = Bytes::from(&long[..length]).cmp(&Bytes::from(&long[..other]));
                assert_eq!(order, length.cmp(&other), "{length} and {other}");
            }
        }
        assert!(Bytes::from(&[2][..]) > Bytes::from(&long[..]));
    }

    #[test]
    fn an_entry_takes_one_line_of_cache() {
        assert_eq!(size_of::<Bytes>(), 64);
    }
}
