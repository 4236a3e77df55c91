//! How do arrays go into a file and come back?
//!
//! Each with its length before it, through a buffer of fixed size, and everything through a hash that stands at the end.
//! Nothing is read that the size of the file does not allow: a damaged length reserves no memory. The rules of the file
//! are in `code_system/stored.rs`; the resource is <https://hl7.org/fhir/R4/codesystem.html>.

use std::io::{self, Read, Write};

use xxhash_rust::xxh3::Xxh3;

use super::plain::Plain;

/// Bytes that are read or written at once: few calls, and nothing that is felt beside the table itself.
const BUFFER_BYTES: usize = 1 << 18;

/// Bytes of the hash at the end.
const HASH_BYTES: u64 = 8;

/// Where a file is written to.
pub(super) struct Sink<'a> {
    out: &'a mut dyn Write,
    hash: Xxh3,
    buffer: Vec<u8>,
}

impl<'a> Sink<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self { out, hash: Xxh3::new(), buffer: Vec::with_capacity(BUFFER_BYTES) }
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.out.write_all(bytes)
    }

    pub(super) fn number(&mut self, number: u64) -> io::Result<()> {
        self.bytes(&number.to_le_bytes())
    }

    pub(super) fn text(&mut self, text: &str) -> io::Result<()> {
        self.number(text.len() as u64)?;
        self.bytes(text.as_bytes())
    }

    pub(super) fn array<T: Plain>(&mut self, items: &[T]) -> io::Result<()> {
        self.number(items.len() as u64)?;
        for some in items.chunks(BUFFER_BYTES / T::BYTES) {
            let mut buffer = std::mem::take(&mut self.buffer);
            buffer.clear();
            some.iter().for_each(|item| item.put(&mut buffer));
            self.bytes(&buffer)?;
            self.buffer = buffer;
        }
        Ok(())
    }

    /// Writes the hash of all before.
    pub(super) fn end(&mut self) -> io::Result<()> {
        self.out.write_all(&self.hash.digest().to_le_bytes())?;
        self.out.flush()
    }
}

/// Where a file is read from.
pub(super) struct Source<'a> {
    from: &'a mut dyn Read,
    /// Bytes before the hash that are not read yet.
    left: u64,
    hash: Xxh3,
    buffer: Vec<u8>,
}

impl<'a> Source<'a> {
    /// From a file of so many bytes.
    pub(super) fn new(from: &'a mut dyn Read, bytes: u64) -> Self {
        Self { from, left: bytes.saturating_sub(HASH_BYTES), hash: Xxh3::new(), buffer: Vec::new() }
    }

    pub(super) fn bytes(&mut self, length: usize) -> Result<Vec<u8>, String> {
        if length as u64 > self.left {
            return Err("it is shorter than it says, as if it had been cut".to_owned());
        }
        let mut bytes = vec![0; length];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    pub(super) fn number(&mut self) -> Result<u64, String> {
        Ok(u64::take(&self.bytes(u64::BYTES)?))
    }

    pub(super) fn text(&mut self) -> Result<Box<str>, String> {
        let length = self.length(1)?;
        let text = String::from_utf8(self.bytes(length)?);
        text.map(String::into_boxed_str).map_err(|_| "it has text that is no UTF-8".to_owned())
    }

    pub(super) fn array<T: Plain>(&mut self) -> Result<Box<[T]>, String> {
        let length = self.length(T::BYTES)?;
        let mut items = Vec::with_capacity(length);
        let mut buffer = std::mem::take(&mut self.buffer);
        let at_once = BUFFER_BYTES / T::BYTES;
        while items.len() < length {
            let some = std::cmp::min(at_once, length - items.len());
            buffer.resize(some * T::BYTES, 0);
            self.fill(&mut buffer)?;
            items.extend(buffer.chunks_exact(T::BYTES).map(T::take));
        }
        self.buffer = buffer;
        Ok(items.into())
    }

    /// Holds the hash of all that was read against the one at the end.
    pub(super) fn end(&mut self) -> Result<(), String> {
        if self.left > 0 {
            return Err("it is longer than it says".to_owned());
        }
        let mut told = [0; 8];
        let read = self.from.read_exact(&mut told);
        read.map_err(|error| format!("it cannot be read to its end: {error}"))?;
        if u64::from_le_bytes(told) != self.hash.digest() {
            return Err("it is damaged: its hash is not that of what stands in it".to_owned());
        }
        Ok(())
    }

    /// A number of things of which each takes so many bytes, if the file is long enough for them.
    fn length(&mut self, each: usize) -> Result<usize, String> {
        let length = self.number()?;
        if length.checked_mul(each as u64).is_none_or(|bytes| bytes > self.left) {
            return Err("it is shorter than it says, as if it had been cut".to_owned());
        }
        usize::try_from(length).map_err(|_| "it is longer than this machine can hold".to_owned())
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), String> {
        if bytes.len() as u64 > self.left {
            return Err("it is shorter than it says, as if it had been cut".to_owned());
        }
        self.from.read_exact(bytes).map_err(|error| format!("it cannot be read: {error}"))?;
        self.left -= bytes.len() as u64;
        self.hash.update(bytes);
        Ok(())
    }
}
