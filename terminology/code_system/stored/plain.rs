//! How is a row of a table written in a fixed number of bytes?
//!
//! Little-endian, field by field, as the rows of <https://hl7.org/fhir/R4/codesystem.html>'s table have them.

use super::super::members::{DesignationSort, MemberRow};
use super::super::{Concept, DesignationRow, Kind, PropertyRow, PropertyShape, Span};

/// Something of a fixed size.
pub(super) trait Plain: Copy {
    /// How many bytes it takes.
    const BYTES: usize;
    /// Writes it.
    fn put(self, out: &mut Vec<u8>);
    /// Reads it from exactly so many bytes.
    fn take(bytes: &[u8]) -> Self;
}

fn half(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).and_then(|bytes| bytes.try_into().ok()).map_or(0, u16::from_le_bytes)
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes)
}

fn put_words(out: &mut Vec<u8>, words: &[u32]) {
    words.iter().for_each(|word| out.extend(word.to_le_bytes()));
}

impl Plain for u8 {
    const BYTES: usize = 1;

    fn put(self, out: &mut Vec<u8>) {
        out.push(self);
    }

    fn take(bytes: &[u8]) -> Self {
        bytes.first().copied().unwrap_or_default()
    }
}

impl Plain for u32 {
    const BYTES: usize = 4;

    fn put(self, out: &mut Vec<u8>) {
        put_words(out, &[self]);
    }

    fn take(bytes: &[u8]) -> Self {
        word(bytes, 0)
    }
}

impl Plain for u64 {
    const BYTES: usize = 8;

    fn put(self, out: &mut Vec<u8>) {
        out.extend(self.to_le_bytes());
    }

    fn take(bytes: &[u8]) -> Self {
        u64::from(word(bytes, 0)) | u64::from(word(bytes, 4)) << 32
    }
}

impl Plain for (u32, u32) {
    const BYTES: usize = 8;

    fn put(self, out: &mut Vec<u8>) {
        put_words(out, &[self.0, self.1]);
    }

    fn take(bytes: &[u8]) -> Self {
        (word(bytes, 0), word(bytes, 4))
    }
}

impl Plain for Span {
    const BYTES: usize = 8;

    fn put(self, out: &mut Vec<u8>) {
        put_words(out, &[self.start, self.length]);
    }

    fn take(bytes: &[u8]) -> Self {
        Self { start: word(bytes, 0), length: word(bytes, 4) }
    }
}

impl Plain for Concept {
    const BYTES: usize = 17;

    fn put(self, out: &mut Vec<u8>) {
        self.code.put(out);
        self.display.put(out);
        out.push(self.flags);
    }

    fn take(bytes: &[u8]) -> Self {
        let (code, rest) = bytes.split_at(Span::BYTES);
        let flags = rest.get(Span::BYTES).copied().unwrap_or_default();
        Self { code: Span::take(code), display: Span::take(rest), flags }
    }
}

impl Plain for DesignationRow {
    const BYTES: usize = 12;

    fn put(self, out: &mut Vec<u8>) {
        put_words(out, &[self.sort, self.value.start, self.value.length]);
    }

    fn take(bytes: &[u8]) -> Self {
        Self { sort: word(bytes, 0), value: Span { start: word(bytes, 4), length: word(bytes, 8) } }
    }
}

impl Plain for DesignationSort {
    const BYTES: usize = 8;

    fn put(self, out: &mut Vec<u8>) {
        out.extend(self.language.to_le_bytes());
        out.extend(self.purpose.to_le_bytes());
        put_words(out, &[self.detail]);
    }

    fn take(bytes: &[u8]) -> Self {
        Self { language: half(bytes, 0), purpose: half(bytes, 2), detail: word(bytes, 4) }
    }
}

impl Plain for PropertyShape {
    const BYTES: usize = 8;

    fn put(self, out: &mut Vec<u8>) {
        out.extend(self.code.to_le_bytes());
        let kind = KINDS.iter().position(|kind| *kind == self.kind).unwrap_or_default();
        out.extend(u16::try_from(kind).unwrap_or_default().to_le_bytes());
        put_words(out, &[self.system]);
    }

    fn take(bytes: &[u8]) -> Self {
        let kind = KINDS.get(usize::from(half(bytes, 2))).copied().unwrap_or(Kind::Text);
        Self { code: half(bytes, 0), kind, system: word(bytes, 4) }
    }
}

impl Plain for PropertyRow {
    const BYTES: usize = 8;

    fn put(self, out: &mut Vec<u8>) {
        out.extend(self.shape.to_le_bytes());
        out.extend(self.group.to_le_bytes());
        put_words(out, &[self.value]);
    }

    fn take(bytes: &[u8]) -> Self {
        Self { shape: half(bytes, 0), group: half(bytes, 2), value: word(bytes, 4) }
    }
}

impl Plain for MemberRow {
    const BYTES: usize = 12;

    fn put(self, out: &mut Vec<u8>) {
        put_words(out, &[self.code, self.detail, self.fields]);
    }

    fn take(bytes: &[u8]) -> Self {
        Self { code: word(bytes, 0), detail: word(bytes, 4), fields: word(bytes, 8) }
    }
}

/// Kinds by the numbers that stand for them.
const KINDS: [Kind; 7] =
    [Kind::Code, Kind::Coding, Kind::Text, Kind::Integer, Kind::Boolean, Kind::DateTime, Kind::Decimal];
