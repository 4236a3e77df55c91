//! Where did a page end?
//!
//! The place of its last entry in the order that is read, never a number of entries: what is written meanwhile
//! moves no other entry, and the next page begins in the middle of an index as cheaply as the first.

use model::Text;

use crate::scan::{Key, Part};

/// The place of the last entry of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// In which branch.
    pub branch: u32,
    /// In which way to the candidates: pages of one search all take the same.
    pub way: u32,
    /// In which of its ranges.
    pub range: u32,
    /// The place there, or one for each sort key; none of what has no value and so comes last.
    pub keys: Vec<Option<Key>>,
    /// The resource.
    pub resource: i64,
}

impl Cursor {
    /// The bytes of it, to be signed.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        for number in [self.branch, self.way, self.range] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(&self.resource.to_le_bytes());
        for key in &self.keys {
            match key {
                None => out.push(0),
                Some(key) => {
                    out.push(1);
                    key.0.iter().for_each(|part| put(&mut out, part));
                    out.push(0);
                }
            }
        }
        out
    }

    /// Undoes [`Cursor::encode`]; none for other bytes.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut input = bytes;
        let [branch, way, range] = [number(&mut input)?, number(&mut input)?, number(&mut input)?];
        let resource = i64::from_le_bytes(take(&mut input)?);
        let mut keys = Vec::new();
        while let Some((has_key, rest)) = input.split_first() {
            input = rest;
            keys.push(match has_key {
                0 => None,
                1 => Some(key(&mut input)?),
                _ => return None,
            });
        }
        Some(Self { branch, way, range, keys, resource })
    }
}

fn put(out: &mut Vec<u8>, part: &Part) {
    match part {
        Part::Int(number) => {
            out.push(1);
            out.extend_from_slice(&number.to_le_bytes());
        }
        Part::Text(text) => {
            out.push(2);
            // A text in a key is short: `KEY_BYTES_MAX`.
            out.extend_from_slice(&u16::try_from(text.len()).unwrap_or(u16::MAX).to_le_bytes());
            out.extend_from_slice(text.as_bytes());
        }
    }
}

fn take<const N: usize>(input: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = input.split_first_chunk()?;
    *input = rest;
    Some(*taken)
}

fn number(input: &mut &[u8]) -> Option<u32> {
    take(input).map(u32::from_le_bytes)
}

fn key(input: &mut &[u8]) -> Option<Key> {
    let mut parts = Vec::new();
    loop {
        let [kind] = take(input)?;
        parts.push(match kind {
            0 => return Some(Key(parts)),
            1 => Part::Int(i64::from_le_bytes(take(input)?)),
            2 => {
                let length = usize::from(u16::from_le_bytes(take(input)?));
                let (text, rest) = input.split_at_checked(length)?;
                *input = rest;
                Part::Text(Text::from(std::str::from_utf8(text).ok()?))
            }
            _ => return None,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was_and_other_bytes_do_not() {
        let key = Key(vec![Part::Text("pétér".into()), Part::Int(-7)]);
        let cursor = Cursor { branch: 3, way: 1, range: 2, keys: vec![Some(key), None], resource: i64::MAX };
        let bytes = cursor.encode();
        assert_eq!(Cursor::decode(&bytes), Some(cursor));
        for end in 0..bytes.len() - 1 {
            let cut = Cursor::decode(&bytes[..end]);
            assert!(cut.is_none_or(|it| it.encode() == bytes[..end]), "{end}");
        }
        assert_eq!(Cursor::decode(b""), None);
    }
}
