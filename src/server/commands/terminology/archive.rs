//! Which files does a zip archive hold, and how is one of them read?
//!
//! Releases are published so. The directory at the end of an archive names each file, where it stands and how long it is:
//! <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>, 4.3. Nothing is written anywhere: a file is inflated
//! while it is read, is never longer than the directory says, and is held against its checksum.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use flate2::Crc;
use flate2::read::DeflateDecoder;

/// Files of one archive.
const FILES_MAX: usize = 10_000;

/// Bytes of the directory: some hundred for each file.
const DIRECTORY_BYTES_MAX: u64 = 16 << 20;

/// Bytes of all files of an archive once they are inflated; the largest releases have some 10 GB.
const INFLATED_BYTES_MAX: u64 = 64 << 30;

/// Bytes at the end of an archive among which its end record begins: that and its longest comment.
const END_BYTES_MAX: u64 = 22 + 65_535;

/// What the end record, the directory's records and those of files begin with; and the same of large archives.
const END: &[u8] = b"PK\x05\x06";
const ENTRY: &[u8] = b"PK\x01\x02";
const LOCAL: &[u8] = b"PK\x03\x04";
const LARGE_LOCATOR: &[u8] = b"PK\x06\x07";
const LARGE_END: &[u8] = b"PK\x06\x06";

/// Bytes of the fixed parts of those records.
const END_LENGTH: usize = 22;
const ENTRY_LENGTH: usize = 46;
const LOCAL_LENGTH: u64 = 30;
const LARGE_LOCATOR_LENGTH: usize = 20;
const LARGE_END_LENGTH: usize = 56;

/// The extra field in which a large archive tells lengths and places.
const LARGE_EXTRA: u16 = 1;

/// A flag: the file is encrypted.
const ENCRYPTED: u16 = 1;

/// A file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    /// Its name, with the folders that it is in.
    pub(super) name: String,
    /// How long it is once it is inflated.
    pub(super) bytes: u64,
    packed: u64,
    place: u64,
    method: u16,
    crc: u32,
}

/// Whether a file begins as an archive does.
pub(super) fn is_archive(head: &str) -> bool {
    head.as_bytes().starts_with(LOCAL)
}

/// Every file of an archive, in the order of their names.
pub(super) fn members(path: &Path) -> io::Result<Vec<Member>> {
    let mut file = File::open(path)?;
    let (count, start, length) = directory(&mut file)?;
    if count > FILES_MAX as u64 || length > DIRECTORY_BYTES_MAX {
        return Err(wrong(format!("the archive has more than the limit of {FILES_MAX} files")));
    }
    let records = read_at(&mut file, start, length)?;
    let (mut rest, mut members, mut inflated) = (records.as_slice(), Vec::new(), 0_u64);
    for _ in 0..count {
        let (member, behind) =
            member(rest).ok_or_else(|| wrong("the directory of the archive is damaged"))?;
        rest = behind;
        inflated = inflated.saturating_add(member.bytes);
        // The name of a folder ends so.
        if !member.name.ends_with('/') {
            members.push(member);
        }
    }
    if inflated > INFLATED_BYTES_MAX {
        return Err(wrong(format!(
            "the files of the archive are {inflated} bytes long, more than the limit of {INFLATED_BYTES_MAX}"
        )));
    }
    members.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(members)
}

/// Reads a file of an archive, inflated.
pub(super) fn open(path: &Path, member: &Member) -> io::Result<Box<dyn Read>> {
    let mut file = File::open(path)?;
    let local = read_at(&mut file, member.place, LOCAL_LENGTH)?;
    if !local.starts_with(LOCAL) {
        return Err(wrong("the archive is damaged: its directory leads astray"));
    }
    let before = u64::from(half(&local, 26)) + u64::from(half(&local, 28));
    file.seek(SeekFrom::Start(member.place + LOCAL_LENGTH + before))?;
    let packed = file.take(member.packed);
    let content: Box<dyn Read> = match member.method {
        0 => Box::new(packed),
        8 => Box::new(DeflateDecoder::new(packed)),
        other => return Err(wrong(format!("the file is packed in a way that is not known, {other}"))),
    };
    Ok(Box::new(Checked { content, left: member.bytes, hash: Crc::new(), crc: member.crc }))
}

/// How many records the directory has, where it begins, and how long it is.
fn directory(file: &mut File) -> io::Result<(u64, u64, u64)> {
    let length = file.metadata()?.len();
    let from = length.saturating_sub(END_BYTES_MAX);
    let tail = read_at(file, from, length - from)?;
    let fits = |place: &usize| {
        let record = &tail[*place..];
        record.starts_with(END) && usize::from(half(record, 20)) + END_LENGTH == record.len()
    };
    let last = tail.len().checked_sub(END_LENGTH);
    let place = last.and_then(|last| (0..=last).rev().find(fits));
    let place = place.ok_or_else(|| wrong("the archive has no end: it was cut, or is in several files"))?;
    let end = &tail[place..];
    let found = (u64::from(half(end, 10)), u64::from(word(end, 16)), u64::from(word(end, 12)));
    let is_large = found.0 == 0xffff || found.1 == 0xffff_ffff || found.2 == 0xffff_ffff;
    let locator = place.checked_sub(LARGE_LOCATOR_LENGTH).map(|at| &tail[at..place]);
    match locator.filter(|locator| is_large && locator.starts_with(LARGE_LOCATOR)) {
        None => Ok(found),
        Some(locator) => {
            let end = read_at(file, long(locator, 8), LARGE_END_LENGTH as u64)?;
            if !end.starts_with(LARGE_END) {
                return Err(wrong("the archive is damaged: its end leads astray"));
            }
            Ok((long(&end, 32), long(&end, 48), long(&end, 40)))
        }
    }
}

/// The first record of the directory, and what is behind it.
fn member(records: &[u8]) -> Option<(Member, &[u8])> {
    let fixed = records.get(..ENTRY_LENGTH).filter(|record| record.starts_with(ENTRY))?;
    let lengths = [28, 30, 32].map(|at| usize::from(half(fixed, at)));
    let (name, rest) = records[ENTRY_LENGTH..].split_at_checked(lengths[0])?;
    let (extra, rest) = rest.split_at_checked(lengths[1])?;
    let rest = rest.get(lengths[2]..)?;
    let mut large = large_numbers(extra);
    let mut number = |at: usize| match word(fixed, at) {
        u32::MAX => large.next(),
        other => Some(u64::from(other)),
    };
    let (bytes, packed, place) = (number(24)?, number(20)?, number(42)?);
    let is_encrypted = half(fixed, 8) & ENCRYPTED != 0;
    let member = Member {
        name: String::from_utf8_lossy(name).into_owned(),
        bytes,
        packed,
        place,
        // Whatever it is packed by, it cannot be read.
        method: if is_encrypted { u16::MAX } else { half(fixed, 10) },
        crc: word(fixed, 16),
    };
    Some((member, rest))
}

/// The numbers of a large archive in the extra fields of a record.
fn large_numbers(mut extra: &[u8]) -> impl Iterator<Item = u64> {
    let mut found: &[u8] = &[];
    while let Some((head, rest)) = extra.split_at_checked(4) {
        let Some((field, behind)) = rest.split_at_checked(usize::from(half(head, 2))) else { break };
        if half(head, 0) == LARGE_EXTRA {
            found = field;
        }
        extra = behind;
    }
    found.chunks_exact(8).map(|chunk| long(chunk, 0))
}

/// A file that is as long as it should be, and has the checksum that it should have.
struct Checked {
    content: Box<dyn Read>,
    left: u64,
    hash: Crc,
    crc: u32,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.content.read(buffer)?;
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| wrong("it is longer than it says"))?;
        self.hash.update(&buffer[..count]);
        if count == 0 && !buffer.is_empty() && (self.left > 0 || self.hash.sum() != self.crc) {
            return Err(wrong("it is damaged: not what the directory of the archive says"));
        }
        Ok(count)
    }
}

fn read_at(file: &mut File, place: u64, length: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(place))?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 != length {
        return Err(wrong("the archive was cut"));
    }
    Ok(bytes)
}

fn half(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).and_then(|bytes| bytes.try_into().ok()).map_or(0, u16::from_le_bytes)
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes)
}

fn long(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes)
}

fn wrong(message: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message.into())
}

#[cfg(test)]
mod tests;
