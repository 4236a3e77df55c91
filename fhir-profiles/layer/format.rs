//! How is a layer laid out in bytes?
//!
//! ```text
//! 8   magic, the last byte being the version of this format
//! 32  SHA-256 of all that follows
//! 4   bytes of the index, unpacked     4   bytes of the index, compressed
//! …   the index, compressed
//! …   the blocks, compressed, one behind the other
//! ```
//!
//! The index: the label; the number of blocks and the two sizes of each; the number of definitions and, of
//! each, five texts, the block, where it starts and how long it is. Numbers have four bytes, the lowest first; a
//! text is its length and its bytes. Compression is zstd (RFC 8878).

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use model::{Value, json};
use sha2::{Digest, Sha256};

use super::{Damaged, Entry, Source};
use crate::limits::{BLOCK_BYTES, FILE_BYTES_MAX, INDEX_BYTES_MAX};

const MAGIC: &[u8; 8] = b"brigidL\x01";
const HEAD_BYTES: usize = MAGIC.len() + 32;

/// A block is closed when it is full, and so exceeds it by one definition at most.
const BLOCK_BYTES_MAX: u64 = FILE_BYTES_MAX + BLOCK_BYTES as u64;

/// The compressed blocks, and the last one that was unpacked: definitions are often read in order.
pub(super) struct Blocks {
    bytes: Cow<'static, [u8]>,
    blocks: Vec<Block>,
    latest: Mutex<Option<(u32, Arc<[u8]>)>>,
}

struct Block {
    range: Range<usize>,
    unpacked_bytes: usize,
}

/// Where a definition stands.
#[derive(Clone, Copy)]
pub(super) struct Place {
    block: u32,
    start: u32,
    length: u32,
}

impl Blocks {
    pub(super) fn decode(&self, place: Place) -> Option<Value> {
        let block = self.unpack(place.block)?;
        let start = usize::try_from(place.start).ok()?;
        let end = start.checked_add(usize::try_from(place.length).ok()?)?;
        json::parse(block.get(start..end)?).ok()
    }

    fn unpack(&self, number: u32) -> Option<Arc<[u8]>> {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, bytes)) = latest.filter(|(latest, _)| *latest == number) {
            return Some(bytes);
        }
        let block = self.blocks.get(usize::try_from(number).ok()?)?;
        let packed = self.bytes.get(block.range.clone())?;
        let bytes: Arc<[u8]> = zstd::bulk::decompress(packed, block.unpacked_bytes).ok()?.into();
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some((number, Arc::clone(&bytes)));
        Some(bytes)
    }
}

pub(super) fn read(bytes: Cow<'static, [u8]>) -> Result<(String, Vec<Entry>), Damaged> {
    let rest = bytes.get(HEAD_BYTES..).ok_or(Damaged("it is cut short"))?;
    if !bytes.starts_with(MAGIC) {
        return Err(Damaged("it has another format"));
    }
    if bytes.get(MAGIC.len()..HEAD_BYTES) != Some(&Sha256::digest(rest)[..]) {
        return Err(Damaged("its checksum differs"));
    }
    let mut head = Reader { bytes: rest };
    let unpacked_bytes = head.size()?;
    let packed_bytes = head.size()?;
    if unpacked_bytes > INDEX_BYTES_MAX {
        return Err(Damaged("its index is larger than the limit"));
    }
    let packed = head.take(packed_bytes)?;
    let index = zstd::bulk::decompress(packed, unpacked_bytes).map_err(|_| Damaged("its index is broken"))?;
    let mut index = Reader { bytes: &index };
    let label = index.text()?.to_owned();
    let blocks = blocks(&mut index, bytes.len() - head.bytes.len(), bytes.len())?;
    let blocks = Arc::new(Blocks { bytes, blocks, latest: Mutex::new(None) });
    let count = index.number()?;
    let entries: Result<_, _> = (0..count).map(|_| entry(&mut index, &blocks)).collect();
    Ok((label, entries?))
}

fn blocks(index: &mut Reader<'_>, mut start: usize, end: usize) -> Result<Vec<Block>, Damaged> {
    let count = index.number()?;
    let mut blocks = Vec::new();
    for _ in 0..count {
        let packed_bytes = index.size()?;
        let unpacked_bytes = index.size()?;
        let until = start.checked_add(packed_bytes).filter(|until| *until <= end);
        let range = start..until.ok_or(Damaged("a block reaches beyond its end"))?;
        if unpacked_bytes as u64 > BLOCK_BYTES_MAX {
            return Err(Damaged("a block is larger than the limit"));
        }
        start = range.end;
        blocks.push(Block { range, unpacked_bytes });
    }
    Ok(blocks)
}

fn entry(index: &mut Reader<'_>, blocks: &Arc<Blocks>) -> Result<Entry, Damaged> {
    let mut text = || index.text().map(Box::from);
    let (resource_type, id, url, version, name) = (text()?, text()?, text()?, text()?, text()?);
    let place = Place { block: index.number()?, start: index.number()?, length: index.number()? };
    let source = Source::Packed { blocks: Arc::clone(blocks), place, decoded: OnceLock::new() };
    Ok(Entry { resource_type, id, url, version, name, source })
}

struct Reader<'b> {
    bytes: &'b [u8],
}

impl<'b> Reader<'b> {
    fn take(&mut self, count: usize) -> Result<&'b [u8], Damaged> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or(Damaged("it is cut short"))?;
        self.bytes = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32, Damaged> {
        let (taken, rest) = self.bytes.split_first_chunk().ok_or(Damaged("it is cut short"))?;
        self.bytes = rest;
        Ok(u32::from_le_bytes(*taken))
    }

    fn size(&mut self) -> Result<usize, Damaged> {
        usize::try_from(self.number()?).map_err(|_| Damaged("a size exceeds what this machine can count"))
    }

    fn text(&mut self) -> Result<&'b str, Damaged> {
        let count = self.size()?;
        std::str::from_utf8(self.take(count)?).map_err(|_| Damaged("a name is not UTF-8"))
    }
}

pub(super) fn write(label: &str, entries: &[([&str; 5], &Value)], level: i32) -> Vec<u8> {
    let mut packer = Packer { level, block: Vec::new(), sizes: Vec::new(), packed: Vec::new() };
    let mut listed = Vec::new();
    for (names, resource) in entries {
        for name in names {
            put_text(&mut listed, name);
        }
        let start = packer.block.len();
        put_size(&mut listed, packer.sizes.len() / 8);
        put_size(&mut listed, start);
        json::write_compact(resource, &mut packer.block);
        put_size(&mut listed, packer.block.len() - start);
        if packer.block.len() >= BLOCK_BYTES {
            packer.close();
        }
    }
    packer.close();
    let mut index = Vec::new();
    put_text(&mut index, label);
    put_size(&mut index, packer.sizes.len() / 8);
    index.extend(packer.sizes);
    put_size(&mut index, entries.len());
    index.extend(listed);
    let packed_index = compress(&index, level);
    let mut rest = Vec::new();
    put_size(&mut rest, index.len());
    put_size(&mut rest, packed_index.len());
    rest.extend(packed_index);
    rest.extend(packer.packed);
    [&MAGIC[..], &Sha256::digest(&rest)[..], &rest].concat()
}

/// Gathers JSON and compresses it block by block.
struct Packer {
    level: i32,
    block: Vec<u8>,
    sizes: Vec<u8>,
    packed: Vec<u8>,
}

impl Packer {
    fn close(&mut self) {
        if self.block.is_empty() {
            return;
        }
        let packed = compress(&self.block, self.level);
        put_size(&mut self.sizes, packed.len());
        put_size(&mut self.sizes, self.block.len());
        self.packed.extend(packed);
        self.block.clear();
    }
}

fn compress(bytes: &[u8], level: i32) -> Vec<u8> {
    zstd::bulk::compress(bytes, level).expect("compressing in memory fails only without memory")
}

fn put_size(bytes: &mut Vec<u8>, size: usize) {
    let size = u32::try_from(size).expect("a package's files together have less than 4 GiB");
    bytes.extend(size.to_le_bytes());
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    put_size(bytes, text.len());
    bytes.extend(text.as_bytes());
}
