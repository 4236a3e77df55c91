//! Which files does this archive hold, and is it safe to look?
//!
//! A package is a gzipped tar: <https://hl7.org/fhir/R4/packages.html>. Nothing is ever written to disk, and still
//! an archive that would harm whoever unpacks it is refused as a whole: it was made to harm.

use std::collections::HashSet;
use std::io::{self, Read};

use tar::{Entry, EntryType};

use super::PackageError;
use crate::limits::{
    ENTRIES_MAX, ENTRY_HEADER_BYTES_MAX, ENTRY_NAME_BYTES_MAX, FILE_BYTES_MAX, PACKAGE_BYTES_MAX,
};

/// Gives every file of a tar to `take`: its path and its bytes.
pub(super) fn walk(
    archive: impl Read,
    mut take: impl FnMut(&str, &[u8]) -> Result<(), PackageError>,
) -> Result<(), PackageError> {
    let mut archive = tar::Archive::new(archive.take(PACKAGE_BYTES_MAX));
    let mut seen = HashSet::new();
    let mut long_name = None;
    let mut bytes = Vec::new();
    // Raw, so that extended headers of any size are ours to bound before anything reads them into memory.
    for (count, entry) in archive.entries()?.raw(true).enumerate() {
        let mut entry = entry?;
        let name = match long_name.take() {
            Some(name) => name,
            None => header_name(&entry)?,
        };
        if count >= ENTRIES_MAX {
            return Err(PackageError::refused(&name, "is one entry more than an archive may have"));
        }
        let kind = entry.header().entry_type();
        match kind {
            EntryType::GNULongName | EntryType::XHeader => {
                long_name = extended_name(&mut entry, kind, name)?;
                continue;
            }
            EntryType::XGlobalHeader => continue,
            EntryType::Regular | EntryType::Continuous => {}
            EntryType::Directory => {
                check_path(&name)?;
                continue;
            }
            EntryType::Symlink | EntryType::Link => {
                return Err(PackageError::refused(&name, "is a link, which no package may hold"));
            }
            _ => return Err(PackageError::refused(&name, "is neither a file nor a folder")),
        }
        let path = check_path(&name)?;
        if !seen.insert(path.to_owned()) {
            return Err(PackageError::refused(&name, "is there twice"));
        }
        if entry.size() > FILE_BYTES_MAX {
            return Err(PackageError::TooLarge(name));
        }
        bytes.clear();
        entry.read_to_end(&mut bytes)?;
        if bytes.len() as u64 != entry.size() {
            return Err(PackageError::Archive(io::ErrorKind::UnexpectedEof.into()));
        }
        take(path, &bytes)?;
    }
    // What follows the last entry is padding; reading it lets the decompressor compare its checksum.
    io::copy(&mut archive.into_inner(), &mut io::sink())?;
    Ok(())
}

/// The name in the entry's own header.
fn header_name<R: Read>(entry: &Entry<'_, R>) -> Result<String, PackageError> {
    let field = &entry.header().as_old().name;
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    let name = text(&entry.path_bytes())?;
    if field[end..].iter().any(|byte| *byte != 0) {
        return Err(PackageError::refused(&name, "has a name that goes on behind a NUL"));
    }
    Ok(name)
}

/// The name that an extended header gives to the entry behind it.
fn extended_name<R: Read>(
    entry: &mut Entry<'_, R>,
    kind: EntryType,
    name: String,
) -> Result<Option<String>, PackageError> {
    if entry.size() > ENTRY_HEADER_BYTES_MAX {
        return Err(PackageError::TooLarge(name));
    }
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes)?;
    if kind == EntryType::GNULongName {
        return text(bytes.strip_suffix(b"\0").unwrap_or(&bytes)).map(Some);
    }
    let mut found = None;
    for record in tar::PaxExtensions::new(&bytes) {
        let record = record?;
        match record.key_bytes() {
            b"path" => found = Some(text(record.value_bytes())?),
            b"size" => return Err(PackageError::refused(&name, "states a size of its own")),
            _ => {}
        }
    }
    Ok(found)
}

fn text(name: &[u8]) -> Result<String, PackageError> {
    let shown = String::from_utf8_lossy(name);
    match std::str::from_utf8(name) {
        Ok(name) if name.len() <= ENTRY_NAME_BYTES_MAX => Ok(name.to_owned()),
        Ok(_) => {
            let start: String = shown.chars().take(40).collect();
            Err(PackageError::refused(&start, "has a name longer than any file may have"))
        }
        Err(_) => Err(PackageError::refused(&shown, "has a name that is not UTF-8")),
    }
}

/// The path without a leading `./`, when it stays inside the archive.
fn check_path(name: &str) -> Result<&str, PackageError> {
    let reason = if name.contains('\0') {
        "has a name with a NUL in it"
    } else if name.starts_with('/') || name.contains(['\\', ':']) {
        "has a path that is not relative, or none that every system reads alike"
    } else if name.split('/').any(|part| part == "..") {
        "has a path that leads out of the archive"
    } else {
        return Ok(name.strip_prefix("./").unwrap_or(name));
    };
    Err(PackageError::refused(name, reason))
}

/// Fails once more was read than a source of its size may unpack to.
pub(super) struct Bounded<R> {
    source: R,
    left: u64,
}

impl<R> Bounded<R> {
    pub(super) fn new(source: R, left: u64) -> Self {
        Self { source, left }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        match self.left.checked_sub(count as u64) {
            Some(left) => self.left = left,
            None => {
                return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the archive unpacks to too much"));
            }
        }
        Ok(count)
    }
}
